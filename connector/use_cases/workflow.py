"""A CRM workflow's call: "Enroll in follow-up" and the list of sequences for its editor."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from connector.ports import ActionAnswer, ActionCall, RawRequest, Rendered, SequenceOption
from connector.store.models import Installation
from connector.use_cases.enroll import EnrollRequest, KeyReusedError, UnknownSequenceError, enroll
from connector.use_cases.install import UnknownCrmError
from connector.use_cases.sequences import list_published, sequence_of
from connector.use_cases.world import World

_log = structlog.get_logger(__name__)


def run_action(world: World, crm: str, request: RawRequest) -> Rendered:
    """Enroll and answer; whatever is wrong with the ask is an answer the workflow can branch on.

    Raises UnknownCrmError, BadSignatureError, BadRequestBodyError.
    """
    door = world.outside.actions.get(crm)
    if door is None:
        raise UnknownCrmError(f"there is no CRM {crm!r} here")
    call = door.accept_action(request)
    return door.render_action(_enroll(world, crm, call))


def _enroll(world: World, crm: str, call: ActionCall) -> ActionAnswer:
    installation = _installation(world, crm, call.external_account)
    if installation is None:
        _log.warning("workflow.foreign_account", crm=crm, external_account=call.external_account)
        return ActionAnswer("blocked", "INSTALLATION.UNKNOWN")
    asked = EnrollRequest(
        account_id=installation.account_id,
        installation_id=installation.id,
        object=call.object,
        record_id=call.record_id,
        sequence=call.inputs.get("sequence", ""),
        request_key=f"{crm}:{call.callback_id}",
        enrolled_by="a workflow",
    )
    try:
        answer = enroll(world, asked)
    except UnknownSequenceError as error:
        _log.warning("workflow.unknown_sequence", crm=crm, reason=str(error)[:200])
        return ActionAnswer("blocked", "SEQUENCE.UNKNOWN")
    except KeyReusedError as error:
        _log.warning("workflow.callback_reused", crm=crm, reason=str(error)[:200])
        return ActionAnswer("blocked", "REQUEST.REUSED")
    return ActionAnswer(answer.status, answer.reason_code, answer.next_touch_at)


def list_options(world: World, crm: str, request: RawRequest) -> Rendered:
    """The account's sequences that match what was typed.

    Raises UnknownCrmError, BadSignatureError, BadRequestBodyError.
    """
    door = world.outside.actions.get(crm)
    if door is None:
        raise UnknownCrmError(f"there is no CRM {crm!r} here")
    call = door.accept_options(request)
    installation = _installation(world, crm, call.external_account)
    if installation is None:
        return door.render_options([])
    with world.sessions.read() as session:
        plans = [sequence_of(version) for version in list_published(session, installation.account_id)]
    words = call.query.casefold()
    found = [plan for plan in plans if words in plan.name.casefold() or words in plan.key]
    return door.render_options([SequenceOption(plan.key, plan.name, plan.description) for plan in found])


def _installation(world: World, crm: str, external_account: str) -> Installation | None:
    with world.sessions.read() as session:
        query = select(Installation).where(
            Installation.crm == crm, Installation.external_account == external_account
        )
        return session.scalars(query).first()
