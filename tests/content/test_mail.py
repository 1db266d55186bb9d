from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.content.mail import build_mail

ADDRESS = "Acme Ltd\n1 Main Street, Springfield"
LINK = "https://acme.example/u/abc?x=1&y=2"


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_both_bodies_carry_the_words_the_address_and_the_way_out() -> None:
    mail = build_mail("Hello Dana,\n\ntwo\nlines", postal_address=ADDRESS, unsubscribe_url=LINK)
    page = _Page(mail.html)
    assert page.links == [LINK]
    for words in (mail.text, page.words):
        for part in ("Hello Dana,", "two\nlines", "Acme Ltd", "1 Main Street, Springfield", LINK):
            assert part in words
    assert mail.html.count("<p>") == 2
    assert "two<br>\nlines" in mail.html


def test_what_a_contact_wrote_stays_text() -> None:
    mail = build_mail("<script>alert(1)</script> & {x}", postal_address=ADDRESS, unsubscribe_url=LINK)
    page = _Page(mail.html)
    assert "script" not in page.tags
    assert "<script>alert(1)</script> & {x}" in page.words
    assert "<script>alert(1)</script> & {x}" in mail.text


@pytest.mark.parametrize(("address", "link"), [("", LINK), (" \n ", LINK), (ADDRESS, "")])
def test_no_mail_without_postal_address_and_way_out(address: str, link: str) -> None:
    with pytest.raises(ValueError, match="postal address"):
        build_mail("Hello", postal_address=address, unsubscribe_url=link)


@given(st.text(max_size=300))
def test_no_words_add_a_tag_of_their_own(body: str) -> None:
    page = _Page(build_mail(body, postal_address=ADDRESS, unsubscribe_url=LINK).html)
    assert set(page.tags) <= {"html", "head", "meta", "body", "p", "br", "a"}
    assert page.tags.count("a") == 1
