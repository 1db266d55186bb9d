"""Keys are replaced while everything runs: nothing sealed is lost, no process is left without its secrets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select

from adapters.vault import FernetVault
from connector.ports import TryLaterError
from connector.store.models import Account, Installation, InstallationState
from connector.use_cases.address_hashes import find_or_make_key, owner_of_key
from connector.use_cases.crm_access import open_tokens, refresh, with_crm
from connector.use_cases.install import complete
from connector.use_cases.rotate_keys import Rotation, rotate_keys, sealed_columns
from connector.use_cases.unsubscribe_links import touch_of_token, unsubscribe_url
from connector.use_cases.world import World
from tests.engine.conftest import Town
from tests.engine.fakes import TUESDAY

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def having(town: Town, keys: str) -> World:
    """A process of the same run that was started with these keys."""
    return replace(town.world, outside=replace(town.world.outside, vault=FernetVault(keys)))


@pytest.fixture
def old(town: Town) -> World:
    """A process with the old key alone, which has sealed everything there is."""
    world = having(town, OLD)
    with world.sessions.write() as session:
        find_or_make_key(world, session.scalars(select(Account)).one())
        session.scalars(select(Installation)).one().state = InstallationState.DISCONNECTED
    complete(world, "fake", "1:7")
    return world


def _installation(world: World) -> Installation:
    with world.sessions.read() as session:
        return session.scalars(select(Installation)).one()


def _access(world: World) -> str:
    return open_tokens(world, _installation(world)).access


def test_every_secret_is_sealed_anew_and_opens_with_the_new_key_alone(town: Town, old: World) -> None:
    heard: list[int] = []
    done = rotate_keys(having(town, f"{NEW},{OLD}"), lambda rotation: heard.append(rotation.done))
    assert (done.total, done.resealed, done.of_today) == (2, 2, 0)
    assert heard[-1] == 2
    assert {f"{table.name}.{column.name}" for table, column in sealed_columns()} >= {
        "installation.sealed_tokens",
        "account.sealed_hash_key",
    }
    new = having(town, NEW)
    assert _access(new) == "first-access"
    with new.sessions.read() as session:
        account = session.scalars(select(Account)).one()
    assert new.outside.vault.open(owner_of_key(account.id), account.sealed_hash_key)


def test_a_process_with_the_old_key_alone_works_on_until_it_is_restarted(town: Town, old: World) -> None:
    both = having(town, f"{NEW},{OLD}")
    rotate_keys(both)
    assert with_crm(old, town.signed_in.installation_id, lambda crm: crm.read_contacts(["101"])).records
    refresh(both, _installation(both), is_refused=True)
    assert _access(old) == "fresh-1-access"


def test_the_old_key_may_go_when_a_run_finds_nothing_sealed_for_it_alone(town: Town, old: World) -> None:
    both = having(town, f"{NEW},{OLD}")
    assert not rotate_keys(both).may_drop_old_keys
    refresh(old, _installation(old), is_refused=True)
    assert not rotate_keys(both).may_drop_old_keys
    done = rotate_keys(both)
    assert (done.total, done.of_today, done.may_drop_old_keys) == (2, 2, True)


def test_what_it_seals_meanwhile_is_taken_over_by_the_next_run(town: Town, old: World) -> None:
    both = having(town, f"{NEW},{OLD}")
    rotate_keys(both)
    refresh(old, _installation(old), is_refused=True)
    assert _access(both) == "fresh-1-access"
    again = rotate_keys(both)
    assert (again.resealed, again.of_today) == (1, 1)
    assert _access(having(town, NEW)) == "fresh-1-access"
    assert rotate_keys(both).resealed == 0


def test_with_the_new_key_alone_nothing_stays_sealed_for_the_old_one(town: Town, old: World) -> None:
    rotate_keys(having(town, f"{NEW},{OLD}"))
    assert rotate_keys(having(town, NEW)).resealed == 2
    with pytest.raises(TryLaterError):
        _access(old)
    assert _access(having(town, NEW)) == "first-access"


def test_a_rotation_that_was_ended_goes_on_where_it_was(town: Town, old: World) -> None:
    with old.sessions.write() as session:
        session.add_all(
            Account(name="Team", sealed_hash_key=old.outside.vault.seal("x", str(n)), created_at=TUESDAY)
            for n in range(120)
        )
    both = having(town, f"{NEW},{OLD}")

    def end(rotation: Rotation) -> None:
        if rotation.done >= 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_keys(both, end)
    done = rotate_keys(both)
    assert (done.total, done.of_today, done.resealed) == (122, 50, 72)


def test_what_no_key_opens_is_named_and_left_as_it_is(town: Town, old: World) -> None:
    before = _installation(old).sealed_tokens
    done = rotate_keys(having(town, NEW))
    assert done.lost == ["account 1", "installation 1"]
    assert not done.may_drop_old_keys
    assert _installation(old).sealed_tokens == before


def test_a_process_without_the_key_ends_no_installation(town: Town, old: World) -> None:
    with pytest.raises(TryLaterError, match="cannot be decrypted") as raised:
        with_crm(having(town, NEW), town.signed_in.installation_id, lambda crm: crm.read_contacts(["101"]))
    assert raised.value.retry_after
    assert _installation(old).state is InstallationState.ACTIVE


def test_who_installs_again_when_the_key_is_lost_is_connected_anew(town: Town, old: World) -> None:
    new = having(town, NEW)
    complete(new, "fake", "1:7")
    assert _access(new) == "first-access"
    with new.sessions.read() as session:
        assert session.scalar(select(func.count()).select_from(Installation)) == 1


def test_a_secret_moved_to_another_row_does_not_open_there() -> None:
    vault = FernetVault(f"{NEW},{OLD}")
    sealed = vault.reseal(FernetVault(OLD).seal("installation:1", "secret"))
    assert vault.open("installation:1", sealed) == "secret"
    with pytest.raises(ValueError, match="belongs to installation:1"):
        vault.open("installation:2", sealed)


def test_a_link_in_a_mail_outlives_the_key_that_signed_it(town: Town) -> None:
    link = unsubscribe_url(town.world.settings, "t_1").rsplit("/", 1)[1]
    rotated = town.world.settings.model_copy(
        update={"secret_key": "another key", "secret_key_fallbacks": f"one between, {'s' * 40}"}
    )
    assert touch_of_token(rotated, link) == "t_1"
    fresh = unsubscribe_url(rotated, "t_2").rsplit("/", 1)[1]
    assert touch_of_token(rotated, fresh) == "t_2"
    assert touch_of_token(town.world.settings, fresh) is None
    assert touch_of_token(rotated.model_copy(update={"secret_key_fallbacks": ""}), link) is None
