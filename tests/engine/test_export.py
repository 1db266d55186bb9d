"""What is exported is what a loss would need, and all that an auditor may ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from connector.domain.channels import Consent
from connector.ports import RecordChanged, TextReceived
from connector.store.models import (
    Base,
    Contact,
    InboundCall,
    InboundCallState,
    Installation,
    Newcomer,
    NewcomerState,
    UnknownText,
)
from connector.store.personal import PERSONAL
from connector.use_cases.address_hashes import hash_address
from connector.use_cases.erase import erase
from connector.use_cases.export import export_account, export_contact
from connector.use_cases.sync import take_records
from jobs.cli import main
from tests.engine.conftest import Town
from tests.engine.fakes import lead

Command = Callable[..., Result]


@pytest.fixture
def told(town: Town) -> Town:
    """Dana was texted and said stop; Lee was never contacted."""
    town.timeline.contacts["205"] = lead("205", first_name="Lee", email="lee@example.com", phone="")
    with town.world.sessions.write() as session:
        installation = session.get_one(Installation, town.signed_in.installation_id)
        take_records(town.world, session, installation, [town.timeline.contacts["205"]], town.clock.now())
    town.enroll()
    town.go_to_due()
    town.hear(TextReceived("+12125550142", "+12025550100", "STOP", "SM9"), "reply")
    return town


def _contact_id(town: Town, first_name: str) -> int:
    with town.world.sessions.read() as session:
        return session.scalars(select(Contact.id).where(Contact.first_name == first_name)).one()


@pytest.fixture
def command(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `sixthtouch …` on the town's database."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **more: str) -> Result:
        url = town.world.sessions.engine.url.render_as_string(hide_password=False)
        env = {"DATABASE_URL": url, "DATA_DIR": str(tmp_path / "data")}
        return CliRunner().invoke(main, arguments, env=env, input=more.get("typed"))

    return run


def test_an_account_is_exported_with_what_the_crm_does_not_hold(told: Town) -> None:
    content = export_account(told.world, told.signed_in.account_id)
    assert (content["format"], content["version"]) == ("sixthtouch-export", 1)
    assert content["installations"] == [{"crm": "fake", "external_account": "1"}]
    sequences = {each["key"]: each["versions"] for each in content["sequences"]}
    assert sequences["high-intent"][0]["definition"]["steps"]
    assert {(row["address"], row["reason"]) for row in content["suppressions"]} == {
        ("+12125550142", "opted_out"),
        ("dana@example.com", "opted_out"),
    }
    assert {row["record_id"]: row["is_text_opted_out"] for row in content["consent"]} == {
        "101": True,
        "205": False,
    }
    assert json.loads(json.dumps(content)) == content


def test_who_was_erased_is_exported_as_hashes_that_can_be_known_again(told: Town) -> None:
    erase(told.world, told.signed_in.account_id, _contact_id(told, "Dana"))
    content = export_account(told.world, told.signed_in.account_id)
    assert "dana" not in json.dumps(content).lower()
    key = bytes.fromhex(content["hash_key"])
    barred = {row["address"] for row in content["suppressions"] if row["is_hashed"]}
    assert hash_address(key, "dana@example.com") in barred


def test_a_contact_is_exported_whole(told: Town) -> None:
    content = export_contact(told.world, told.signed_in.account_id, _contact_id(told, "Dana"))
    assert content["consent"]["consent"] == "express_written"
    assert content["contact"][0]["email"] == "dana@example.com"
    assert [touch["to_address"] for touch in content["touch"]] == ["+12125550142"] * len(content["touch"])
    assert {verdict["touch_id"] for verdict in content["verdict"]} == {
        each["id"] for each in content["touch"]
    }
    assert [signal["body"] for signal in content["signal"]] == ["STOP"]
    assert content["activity"]
    assert {row["address"] for row in content["suppressions"]} == {"+12125550142", "dana@example.com"}
    assert {model.__tablename__ for model in PERSONAL} <= set(content)
    assert "lee@example.com" not in json.dumps(content)


def _tables(town: Town) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with town.world.sessions.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }


def _keep_what_does_not_name_her(town: Town) -> None:
    """A call, a text and a wish of her number; a change of her record, which is to be read."""
    now, account_id = town.clock.now(), town.signed_in.account_id
    town.hear(RecordChanged("1", "contact", "101"), "changed")
    number = "+12125550142"
    with town.world.sessions.write() as session:
        session.add_all(
            [
                InboundCall(
                    account_id=None,
                    provider="twilio",
                    provider_id="CA77",
                    from_address=number,
                    to_address="+12025550100",
                    received_at=now,
                    state=InboundCallState.MISSED,
                    look_up_at=now,
                ),
                UnknownText(
                    account_id=account_id,
                    provider_id="SM77",
                    from_address=number,
                    to_address="+12025550100",
                    body="is it still free?",
                    received_at=now,
                ),
                Newcomer(
                    account_id=account_id,
                    installation_id=town.signed_in.installation_id,
                    number=number,
                    our_number="+12025550100",
                    consent=Consent.INQUIRY,
                    consent_evidence="she wrote FLAT",
                    created_at=now,
                    state=NewcomerState.WELCOMED,
                ),
            ]
        )


def test_whatever_an_erasure_takes_an_export_has_shown(told: Town) -> None:
    told.write_back()
    _keep_what_does_not_name_her(told)
    contact_id, before = _contact_id(told, "Dana"), _tables(told)
    shown = export_contact(told.world, told.signed_in.account_id, contact_id)
    erase(told.world, told.signed_in.account_id, contact_id)
    after = _tables(told)
    taken = {name for name, rows in before.items() if set(map(str, rows)) - set(map(str, after[name]))}
    assert {"inbound_call", "unknown_text", "newcomer", "stale_record", "inbox_event", "suppression"} <= taken
    # The account gets the key of its hashes.
    assert {name for name in taken - {"account", "suppression"} if not shown.get(name)} == set()
    for name in ("inbound_call", "unknown_text", "newcomer", "stale_record", "inbox_event"):
        gone = len(set(map(str, before[name])) - set(map(str, after[name])))
        assert (name, len(shown[name])) == (name, gone)
    assert json.loads(json.dumps(shown)) == shown


def test_an_address_of_earlier_days_is_exported_with_why_it_is_barred(told: Town) -> None:
    contact_id = _contact_id(told, "Dana")
    with told.world.sessions.write() as session:
        contact = session.get_one(Contact, contact_id)
        contact.phone, contact.phone_key = "+12125550199", "+12125550199"
    shown = export_contact(told.world, told.signed_in.account_id, contact_id)
    assert "+12125550142" in {row["address"] for row in shown["suppressions"]}


def test_another_accounts_contact_is_not_exported(told: Town) -> None:
    with pytest.raises(LookupError):
        export_contact(told.world, told.signed_in.account_id + 1, _contact_id(told, "Dana"))


def test_the_command_writes_a_file_that_only_the_passphrase_opens(
    told: Town, command: Command, tmp_path: Path
) -> None:
    words = tmp_path / "words"
    words.write_text("a long passphrase\n", encoding="utf-8")
    done = command("export", "--passphrase-file", str(words), "--json")
    assert (done.exit_code, json.loads(done.stdout)["suppressions"]) == (0, 2), done.output
    path = tmp_path / "sixthtouch-1.export"
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"dana" not in path.read_bytes()
    opened = command("export", "--open", str(path), typed="a long passphrase\n")
    assert json.loads(opened.stdout)["suppressions"][0]["reason"] == "opted_out"
    refused = command("export", "--open", str(path), typed="another\n")
    assert refused.exit_code == 1
    assert "passphrase or key is another" in refused.output


def test_the_command_prints_one_contact_for_an_audit(told: Town, command: Command) -> None:
    done = command("export", "--contact", "101", "--json")
    assert (done.exit_code, json.loads(done.stdout)["contact"][0]["last_name"]) == (0, "Reyes")
    unknown = command("export", "--contact", "999")
    assert unknown.exit_code == 1
    assert "no contact has the CRM record 999" in unknown.output


def test_the_command_erases_after_asking_once(told: Town, command: Command) -> None:
    refused = command("erase", "101", typed="n\n")
    assert refused.exit_code == 1
    assert "Erase Dana Reyes (record 101)?" in refused.stderr
    assert _contact_id(told, "Dana")
    done = command("erase", "101", typed="y\n")
    assert done.exit_code == 0, done.output
    assert "Record 101 is erased." in done.stdout
    assert "2 addresses stay barred" in done.stdout
    again = command("erase", "101", "--yes")
    assert "there was nothing left" in again.stdout
    said = json.loads(command("erase", "101", "--yes", "--json").stdout)
    assert (said["record_id"], said["was_erased_before"], said["rows"]) == ("101", True, {})
    assert "no contact has the CRM record 999" in command("erase", "999", "--yes").output
