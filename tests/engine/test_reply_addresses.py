from __future__ import annotations

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.settings import Settings, load_settings
from connector.use_cases.draft import new_touch_id
from connector.use_cases.reply_addresses import (
    Addressed,
    Purpose,
    message_id,
    read_address,
    reply_address,
    touch_of_message_id,
    unsubscribe_address,
)

touch_ids = st.binary(min_size=12, max_size=12).map(lambda raw: f"t_{raw.hex()}")


def make_settings(secret: str = "s" * 40, domain: str = "reply.example.com") -> Settings:
    return load_settings(secret_key=secret, reply_domain=domain)


OURS = make_settings()


@given(touch_ids, st.randoms())
def test_an_address_is_read_back_whatever_becomes_of_its_case(touch_id: str, chance: object) -> None:
    address = reply_address(OURS, touch_id)
    cases = [address.lower(), address.upper(), address.title(), address.swapcase()]
    assert {read_address(OURS, each) for each in cases} == {Addressed(Purpose.REPLY, touch_id)}
    way_out = unsubscribe_address(OURS, touch_id).upper()
    assert read_address(OURS, way_out) == Addressed(Purpose.UNSUBSCRIBE, touch_id)


@given(touch_ids)
def test_a_local_part_fits_into_a_mail_address(touch_id: str) -> None:
    local, _, domain = reply_address(OURS, touch_id).partition("@")
    assert (len(local), domain) == (47, "reply.example.com")
    assert set(local) <= set(string.ascii_lowercase + "234567+")


@given(touch_ids, st.integers(2, 46), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_an_address_with_one_other_letter_belongs_to_nobody(touch_id: str, place: int, letter: str) -> None:
    address = reply_address(OURS, touch_id)
    changed = address[:place] + letter + address[place + 1 :]
    found = read_address(OURS, changed)
    assert found == Addressed(Purpose.REPLY, touch_id if changed == address else None)


@given(touch_ids, st.binary(min_size=16, max_size=16))
def test_who_knows_a_touchs_id_cannot_make_its_address(touch_id: str, guessed: bytes) -> None:
    token = base64.b32encode(bytes.fromhex(touch_id[2:]) + guessed).decode().rstrip("=")
    assert read_address(OURS, f"r+{token}@reply.example.com") == Addressed(Purpose.REPLY, None)


@given(touch_ids)
def test_an_address_is_good_for_its_purpose_and_its_installation_alone(touch_id: str) -> None:
    token = reply_address(OURS, touch_id)[2:]
    assert read_address(OURS, f"u+{token}") == Addressed(Purpose.UNSUBSCRIBE, None)
    assert read_address(make_settings(secret="t" * 40), f"r+{token}") == Addressed(Purpose.REPLY, None)


def test_addresses_outlive_the_key_that_made_them() -> None:
    touch_id = new_touch_id()
    earlier = reply_address(OURS, touch_id)
    now = load_settings(
        secret_key="t" * 40, secret_key_fallbacks=f"u,{OURS.secret_key}", reply_domain=OURS.reply_domain
    )
    assert reply_address(now, touch_id) != earlier
    assert read_address(now, earlier) == Addressed(Purpose.REPLY, touch_id)


@given(st.text(max_size=80))
def test_any_text_is_read_without_harm(text: str) -> None:
    for address in (text, f"r+{text}@reply.example.com", f"u+{text}"):
        found = read_address(OURS, address)
        assert found is None or found.touch_id is None


@pytest.mark.parametrize("address", ["bob@example.com", "r@example.com", "x+abc@example.com", "", "@", "+@"])
def test_other_addresses_are_not_ours(address: str) -> None:
    assert read_address(OURS, address) is None


def test_without_a_reply_domain_there_are_no_such_addresses() -> None:
    nowhere = make_settings(domain="")
    touch_id = new_touch_id()
    assert (reply_address(nowhere, touch_id), unsubscribe_address(nowhere, touch_id)) == ("", "")
    assert message_id(nowhere, touch_id) == ""


def test_a_message_id_of_ours_names_its_touch() -> None:
    touch_id = new_touch_id()
    assert touch_of_message_id(message_id(OURS, touch_id)) == touch_id
    assert touch_of_message_id(message_id(OURS, touch_id).upper()) == touch_id
    assert touch_of_message_id("t_short@reply.example.com") is None
    assert touch_of_message_id("CAF=1@mail.gmail.com") is None
