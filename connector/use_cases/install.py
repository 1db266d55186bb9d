"""Install into a CRM account, or sign in to one that is installed: one OAuth dance for both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connector.ports import DisconnectedError, Grant, Identity
from connector.store.models import (
    Account,
    Installation,
    InstallationState,
    Reconciliation,
    Role,
    Uninstall,
    User,
)
from connector.use_cases.crm_access import can_open_tokens, seal_tokens, with_crm
from connector.use_cases.presets import publish_presets
from connector.use_cases.world import World


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who came through the door, and whether the app was installed by it."""

    user_id: int
    installation_id: int
    account_id: int
    role: Role
    is_new: bool


class UnknownCrmError(Exception):
    """There is no way into a CRM of that name."""


def redirect_uri(world: World, crm: str) -> str:
    """Where the CRM sends the browser back."""
    return f"{world.settings.public_base}/oauth/{crm}/callback"


def start(world: World, crm: str, state: str) -> str:
    """Where the browser goes to grant access. Raises UnknownCrmError."""
    door = world.outside.crm_doors.get(crm)
    if door is None:
        raise UnknownCrmError(f"there is no CRM {crm!r} here")
    return door.authorize_url(state, redirect_uri(world, crm))


def complete(world: World, crm: str, code: str) -> SignedIn:
    """Finish the dance. Raises UnknownCrmError and the four errors.

    Whoever installs, or renews an installation that is disconnected, is admin and their tokens are
    kept. Anybody else of the same CRM account signs in as rep; their tokens are thrown away, not
    revoked: HubSpot's revocation would end the installation's own grant.
    """
    door = world.outside.crm_doors.get(crm)
    if door is None:
        raise UnknownCrmError(f"there is no CRM {crm!r} here")
    grant = door.exchange(code, redirect_uri(world, crm))
    identity = door.identify(grant.tokens.access)
    if not identity.is_active:
        raise DisconnectedError("The CRM says that the access just granted is not active: try again.")
    signed_in = world.sessions.run(partial(_sign_in, world, crm=crm, grant=grant, identity=identity))
    world.outside.queue.enqueue("set_up_installation", signed_in.installation_id)
    return signed_in


def _sign_in(world: World, session: Session, crm: str, grant: Grant, identity: Identity) -> SignedIn:
    query = select(Installation).where(
        Installation.crm == crm, Installation.external_account == grant.external_account
    )
    installation = session.scalars(query.with_for_update(key_share=True)).first()
    is_new = installation is None
    if installation is None:
        installation = _new_installation(world, session, crm, grant, identity)
    elif installation.state is InstallationState.DISCONNECTED or not can_open_tokens(world, installation):
        _keep_tokens(world, installation, grant)
        installation.installed_at = world.outside.clock.now()
        installation.synced_at = installation.sync_after = None
        for model in (Reconciliation, Uninstall):
            session.execute(delete(model).where(model.installation_id == installation.id))
    user = _user(world, session, installation, grant, identity, Role.ADMIN if is_new else Role.REP)
    return SignedIn(user.id, installation.id, installation.account_id, user.role, is_new)


def _new_installation(
    world: World, session: Session, crm: str, grant: Grant, identity: Identity
) -> Installation:
    now = world.outside.clock.now()
    account = Account(name=identity.domain or f"{crm} {grant.external_account}", created_at=now)
    session.add(account)
    session.flush()
    installation = Installation(
        account_id=account.id,
        crm=crm,
        external_account=grant.external_account,
        domain=identity.domain,
        state=InstallationState.ACTIVE,
        scopes=list(grant.scopes),
        sealed_tokens="",
        tokens_expire_at=grant.tokens.expires_at,
        installed_at=now,
    )
    session.add(installation)
    session.flush()
    _keep_tokens(world, installation, grant)
    publish_presets(session, account.id, identity.user_email or f"{crm} user {grant.user_id}", now)
    return installation


def _keep_tokens(world: World, installation: Installation, grant: Grant) -> None:
    installation.sealed_tokens = seal_tokens(world, installation.id, grant.tokens)
    installation.tokens_expire_at = grant.tokens.expires_at
    installation.scopes = list(grant.scopes)
    installation.state = InstallationState.ACTIVE
    installation.trouble = ""


def _user(
    world: World, session: Session, installation: Installation, grant: Grant, identity: Identity, role: Role
) -> User:
    query = select(User).where(User.installation_id == installation.id, User.crm_user_id == grant.user_id)
    user = session.scalars(query).first()
    if user is None:
        user = User(
            account_id=installation.account_id,
            installation_id=installation.id,
            crm_user_id=grant.user_id,
            email=identity.user_email,
            role=role,
            created_at=world.outside.clock.now(),
        )
        session.add(user)
        session.flush()
    user.email = identity.user_email or user.email
    return user


def set_up_installation(world: World, installation_id: int) -> None:
    """After the dance: the account's facts, our properties, then the first sync. Safe to repeat."""
    with world.sessions.read() as session:
        is_done = session.get_one(Installation, installation_id).provisioned_at is not None
    if not is_done:
        details = with_crm(world, installation_id, lambda crm: crm.details())
        with_crm(world, installation_id, lambda crm: crm.ensure_properties())
        world.sessions.run(
            partial(
                _note_details,
                world,
                installation_id=installation_id,
                time_zone=details.time_zone,
                ui_domain=details.ui_domain,
            )
        )
    world.outside.queue.enqueue("sync_contacts", installation_id)


def _note_details(
    world: World, session: Session, installation_id: int, time_zone: str, ui_domain: str
) -> None:
    installation = session.get_one(Installation, installation_id)
    installation.time_zone, installation.ui_domain = time_zone or installation.time_zone, ui_domain
    installation.provisioned_at = world.outside.clock.now()
    session.get_one(Account, installation.account_id).time_zone = installation.time_zone


def find_unfinished(world: World) -> list[int]:
    """Installations that are not provisioned or whose first sync has not come to its end."""
    with world.sessions.read() as session:
        query = select(Installation.id).where(
            Installation.state == InstallationState.ACTIVE,
            Installation.provisioned_at.is_(None) | Installation.synced_at.is_(None),
        )
        return list(session.scalars(query))
