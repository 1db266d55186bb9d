from __future__ import annotations

import time

import pytest

from connector.content.html_words import words_of_html
from connector.content.mail import build_mail
from connector.content.mail_words import above_signature, new_words

OURS = build_mail(
    "Hi Dana,\n\nStill looking?\n\nBob",
    postal_address="1 Harbor Street",
    unsubscribe_url="https://h.example/u/x",
)
QUOTE = "\n".join(f"> {line}".rstrip() for line in OURS.text.splitlines())
PLAIN_HEAD = (
    "From: Harbor Homes <us@example.com>\nSent: Tuesday, March 2, 2027 10:00 AM\nTo: Dana\nSubject: Hi"
)

TOP_POSTED = {
    "Gmail": f"On Tue, Mar 2, 2027 at 10:00 AM Harbor Homes <us@example.com> wrote:\n\n{QUOTE}",
    "Gmail, wrapped": f"On Tue, Mar 2, 2027 at 10:00 AM Harbor Homes of the Bay <\nus@example.com> wrote:\n\n{QUOTE}",
    "Outlook": f"________________________________\n{PLAIN_HEAD}\n\n{OURS.text}",
    "Outlook without a rule": f"{PLAIN_HEAD}\n\n{OURS.text}",
    "old Outlook": f"-----Original Message-----\n{PLAIN_HEAD}\n\n{OURS.text}",
    "Gmail, German": f"Am Di., 2. März 2027 um 10:00 Uhr schrieb Harbor Homes <us@example.com>:\n\n{QUOTE}",
    "Apple, German": f"Am 02.03.2027 um 10:00 schrieb Harbor Homes <us@example.com>:\n\n{QUOTE}",
    "Gmail, French": f"Le mar. 2 mars 2027 à 10:00, Harbor Homes <us@example.com> a écrit :\n\n{QUOTE}",
    "Gmail, Spanish": f"El mar, 2 mar 2027 a las 10:00, Harbor Homes (<us@example.com>) escribió:\n\n{QUOTE}",
    "Gmail, Dutch": f"Op di 2 mrt 2027 om 10:00 schreef Harbor Homes <us@example.com>:\n\n{QUOTE}",
    "older Dutch": f"Op 2 mrt 2027 om 10:00 heeft Harbor <us@example.com> het volgende geschreven:\n\n{QUOTE}",
    "Gmail, Portuguese": f"Em ter., 2 de mar. de 2027 às 10:00, Harbor Homes <us@example.com> escreveu:\n\n{QUOTE}",
    "a quote without a head": QUOTE,
    "a rule of ours unmarked": OURS.text[OURS.text.index("If you would rather") :],
    "nothing": "",
}


@pytest.mark.parametrize("name", TOP_POSTED)
def test_an_answer_above_a_quote_is_found(name: str) -> None:
    assert new_words(f"Yes please,\r\ncall me.\n\n{TOP_POSTED[name]}") == "Yes please,\ncall me."


HEAD = "On Tue, Mar 2, 2027 at 10:00 AM Harbor Homes <us@example.com> wrote:"


def test_answers_below_and_between_quoted_lines_are_found() -> None:
    assert new_words(f"{HEAD}\n{QUOTE}\n\nYes please") == "Yes please"
    between = f"{HEAD}\n> Still looking?\nYes I am\n> When?\nTomorrow"
    assert new_words(between) == "Yes I am\nTomorrow"
    assert new_words(f"See below.\n\n{between}") == "See below.\n\nYes I am\nTomorrow"


def test_a_mail_that_only_quotes_says_nothing() -> None:
    assert new_words(QUOTE) == ""
    assert new_words("") == ""


def test_a_long_paragraph_stays_one() -> None:
    paragraph = "We would like to see the flat on Elm Street. " * 50
    assert new_words(f"{paragraph}\n\n{HEAD}\n{QUOTE}") == paragraph.strip()


def test_what_stands_below_a_signature_mark_is_no_wish() -> None:
    assert above_signature("Call me\n\n-- \nDana\nunsubscribe") == "Call me"
    assert above_signature("Two -- or three") == "Two -- or three"


def test_html_counts_where_there_is_no_text() -> None:
    assert new_words(" \n", "<p>Yes</p>") == "Yes"
    assert new_words("Text", "<p>HTML</p>") == "Text"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("Yes &amp; no<br>maybe", "Yes & no\nmaybe"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<style>x</style><script>y</script><title>z</title>w", "w"),
        ("a<!-- hidden -->b<![CDATA[c]]>", "ab"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<a href='https://x.example/u/1'>here</a>", "here"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n\n>> b\n\nc"),
        ("", ""),
    ],
)
def test_html_is_read_as_a_person_sees_it(html: str, words: str) -> None:
    assert words_of_html(html) == words


def test_the_quote_of_a_mail_program_is_left_out_of_html() -> None:
    gmail = (
        '<div dir="ltr">Yes <b>please</b></div><br><div class="gmail_quote"><div class="gmail_attr">On Tue, Mar 2, '
        "2027 at 10:00 AM Harbor Homes &lt;us@example.com&gt; wrote:<br></div><blockquote><p>Hi Dana</p></blockquote>"
    )
    assert new_words("", gmail) == "Yes please"
    outlook = (
        "<p>Yes</p><hr><div><b>From:</b> us@example.com<br><b>Sent:</b> Tue<br><b>To:</b> Dana</div><p>Hi</p>"
    )
    assert new_words("", outlook) == "Yes"


@pytest.mark.parametrize(
    "hostile",
    ["On a ", "On a\n", "wrote:\n", "From: \n", "> ", "\n", "_", "Thanks,\n", "Disclaimer: mail ", "<!--", "<a ", "<", "</", "&#", "<blockquote>", "<a href='", "Em b\nOp c\n"],
)  # fmt: skip
def test_hostile_bodies_take_little_time(hostile: str) -> None:
    began = time.monotonic()
    new_words(hostile * (100_000 // len(hostile)))
    new_words("", hostile * (1_000_000 // len(hostile)))
    assert time.monotonic() - began < 10
