"""Keys are replaced beside the running product: it works on, and the old key can go."""

from __future__ import annotations

import json

from cryptography.fernet import Fernet

from adapters.vault import FernetVault
from tests.doors.doors import Doors


def test_the_running_product_works_on_while_and_after_its_keys_are_replaced(doors: Doors) -> None:
    old = (doors.stage.folder / "keys" / "sixthtouch_keys").read_text(encoding="utf-8").strip()
    new = Fernet.generate_key().decode()
    before = len(doors.stage.ledger("hubspot"))
    done = doors.command("rotate-keys", "--json", SIXTHTOUCH_KEYS=f"{new},{old}")
    said = json.loads(done.stdout)
    assert (done.returncode, said["lost"], said["may_drop_old_keys"]) == (0, [], False)
    assert said["resealed"] == said["total"] >= 1
    assert f"{said['total']} of {said['total']}" in done.stderr
    assert "Restart web, workers and clock" in said["advice"]
    again = json.loads(doors.command("rotate-keys", "--json", SIXTHTOUCH_KEYS=f"{new},{old}").stdout)
    assert (again["resealed"], again["of_today"], again["may_drop_old_keys"]) == (0, said["total"], True)
    assert "Once every process was started with this list" in again["advice"]
    record = doors.lead(phone="+12125550190", email="rotated@example.com")
    doors.stage.do("run_workflow", id=record, sequence="high-intent")
    doors.stage.settle()
    assert len(doors.stage.ledger("hubspot")) > before
    assert doors.column("select state from installation") == ["active"]
    assert doors.column("select count(*) from activity where state != 'written'") == [0]
    (sealed,) = doors.column("select sealed_tokens from installation")
    for keys in (new, old):
        assert FernetVault(keys).open("installation:1", sealed)
    # Back to how the others find it.
    back = json.loads(doors.command("rotate-keys", "--json").stdout)
    assert (back["resealed"], back["keys"]) == (said["total"], 1)


def test_a_new_key_is_made_where_the_keys_are_kept_and_the_old_one_stays(doors: Doors) -> None:
    kept = doors.stage.folder / "keys" / "sixthtouch_keys"
    old = kept.read_text(encoding="utf-8").strip()
    try:
        done = doors.command("rotate-keys", "--new", "--json")
        said = json.loads(done.stdout)
        assert (done.returncode, said["keys"], said["resealed"]) == (0, 2, said["total"])
        assert str(kept) in done.stderr
        new, _, rest = kept.read_text(encoding="utf-8").strip().partition(",")
        assert rest == old
        assert new not in done.stdout + done.stderr
        (sealed,) = doors.column("select sealed_tokens from installation")
        for keys in (new, old):
            assert FernetVault(keys).open("installation:1", sealed)
    finally:
        kept.write_text(old, encoding="utf-8")
        doors.command("rotate-keys")


def test_keys_that_are_given_from_outside_are_not_added_to(doors: Doors) -> None:
    kept = doors.stage.folder / "keys" / "sixthtouch_keys"
    before = kept.read_text(encoding="utf-8")
    done = doors.command("rotate-keys", "--new", SIXTHTOUCH_KEYS=Fernet.generate_key().decode())
    assert done.returncode == 1
    assert "put a new key before the others there" in done.stderr
    assert kept.read_text(encoding="utf-8") == before
