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
    assert (done.returncode, said["lost"], said["may_drop_old_keys"]) == (0, [], True)
    assert said["resealed"] == said["total"] >= 1
    assert f"{said['total']} of {said['total']}" in done.stderr
    assert "Restart web, workers and clock" in said["advice"]
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
