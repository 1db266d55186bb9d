"""A text that is a sequence's keyword: whoever sends it asks to be followed up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.channels import Consent
from connector.domain.replies.keywords import keyword_in
from connector.domain.sequence import Sequence
from connector.store.models import Account, Contact, Signal
from connector.store.reads.people import lock_person
from connector.use_cases.changes import live_enrollments
from connector.use_cases.enroll import EnrollRequest, enroll_here
from connector.use_cases.sequences import list_published, sequence_of
from connector.use_cases.timeline import homes_of, put_reply, status_changed
from connector.use_cases.world import World


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword as the sequence writes it, and what texting it agrees to."""

    word: str
    account_id: int
    sequence: str
    consent: Consent
    disclosure: str

    def evidence(self, our_number: str, at: dt.datetime) -> str:
        """Where, when and in which words the consent was given, for the record."""
        said = f"texted {self.word} to {our_number} on {at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
        return f"{said}; the keyword is published with: “{self.disclosure}”" if self.disclosure else said


def find_keyword(session: Session, text: str, account_id: int | None = None) -> Keyword | None:
    """The published keyword that a text consists of, of this account or (None) of the first that has it."""
    accounts = [account_id] if account_id else session.scalars(select(Account.id).order_by(Account.id))
    for each in accounts:
        for version in list_published(session, each):
            plan = sequence_of(version)
            if word := keyword_in(text, plan):
                return Keyword(word, each, plan.key, consent_of(plan), plan.keyword_disclosure)
    return None


def consent_of(plan: Sequence) -> Consent:
    """What texting a keyword agrees to: a text alone asks for an answer, no more.

    It is written consent to automated calls and texts only where the words beside the keyword said
    so (47 CFR 64.1200(f)(9)): the sequence quotes them.
    """
    return Consent.EXPRESS_WRITTEN if plan.keyword_disclosure else Consent.EXPRESS


def enroll_by_keyword(world: World, session: Session, contact: Contact, signal: Signal) -> bool:
    """Enroll a contact who texted a keyword. False when it is none, or they are in a follow-up or may not be."""
    keyword = find_keyword(session, signal.body, contact.account_id)
    home = homes_of(session, [contact]).get(contact.id)
    if keyword is None or home is None:
        return False
    people = lock_person(session, contact)
    if contact.is_opted_out or live_enrollments(session, [person.id for person in people]):
        return False
    _agree(session, contact, keyword, signal)
    answer = enroll_here(
        world,
        session,
        EnrollRequest(
            account_id=contact.account_id,
            installation_id=home.installation_id,
            object=home.object,
            record_id=home.record_id,
            sequence=keyword.sequence,
            request_key=f"keyword:{signal.dedupe_key}",
            enrolled_by=f"the keyword {keyword.word}",
            is_asked_by_text=True,
        ),
    )
    if answer.status != "enrolled":
        return False
    signal.kind = "wrote"
    put_reply(session, contact, signal, answer.message)
    return True


def _agree(session: Session, contact: Contact, keyword: Keyword, signal: Signal) -> None:
    """The consent they gave, unless they have given more before."""
    if contact.consent.permits(keyword.consent):
        return
    contact.consent = keyword.consent
    contact.consent_evidence = keyword.evidence(signal.to_address, signal.at)
    contact.is_consent_news = True
    status_changed(session, contact)
