"""One enrollment's way to its next touch: conditions, verdict, draft, inside one transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from connector.content.templates import MissingVariableError
from connector.domain.channels import Channel
from connector.domain.enrollment import Event, State
from connector.domain.policy.rules import decide
from connector.domain.policy.verdict import Decision, Verdict
from connector.domain.sequence import Sequence, Step
from connector.domain.timing.due import due_at
from connector.domain.touch import BEYOND_CLAIM, TouchState, cause_of_step
from connector.store.models import Touch
from connector.store.reads.cases import Case
from connector.use_cases.changes import change_state
from connector.use_cases.draft import draft, new_touch_id
from connector.use_cases.facts import CALL_LASTS_AT_MOST, address_for, touch_facts, zone_of
from connector.use_cases.hand_off import hand_off_step
from connector.use_cases.left_out import TOLD, tell_left_out
from connector.use_cases.sequences import sequence_of
from connector.use_cases.stop import stop_person
from connector.use_cases.timeline import status_changed
from connector.use_cases.verdicts import note_verdict
from connector.use_cases.world import World

_CONDITION = "STEP.CONDITION"
_PAST = "STEP.PAST"
_VARIABLE = "CONTENT.VARIABLE"
_CALL_GOING = "CALL.GOING"
#: A call of which nothing was heard is asked for at once; where no answer comes, the step looks again.
_ASKED_WITHIN = dt.timedelta(minutes=1)
#: How an enrollment ends when a rule says stop; every other rule that does is an opt-out.
_ENDS_WITH = {"DELETED": Event.REMOVED}


def _what_became(touch: Touch | None) -> str:
    """The end of an earlier step's touch, as the end of a sentence."""
    if touch is not None and touch.result is not None:
        return f"ended with {touch.result.value.replace('_', ' ')}"
    return "was skipped" if touch is None or touch.state is TouchState.SKIPPED else "did not go"


@dataclass(slots=True)
class Walk:
    """A case being moved along at one instant."""

    world: World
    session: Session
    case: Case
    now: dt.datetime

    @property
    def plan(self) -> Sequence:
        """The sequence version the enrollment goes through."""
        return sequence_of(self.case.version)

    def to_next_touch(self) -> Touch | None:
        """Move over steps that are due until one may go, must wait, or the sequence has run out."""
        enrollment = self.case.enrollment
        while enrollment.state is State.ACTIVE and self._is_due():
            step = self.plan.step(enrollment.step_id) if enrollment.step_id else None
            if step is None:
                self._run_out()
                return None
            last = self.case.last_touch_of(step.id)
            if last is not None and last.state in BEYOND_CLAIM:
                enrollment.next_touch_at = None
                return None
            if touch := self._take(step):
                return touch
        return None

    def _is_due(self) -> bool:
        due = self.case.enrollment.next_touch_at
        return due is not None and due <= self.now

    def _take(self, step: Step) -> Touch | None:
        """Do what the step asks, or note why not. A touch that may go is returned drafted."""
        if waits_for := self._undecided(step):
            self._hold(step, waits_for)
        elif reason := self._unmet(step):
            self._skip(step, Verdict(Decision.SKIP, _CONDITION, reason))
        elif step.is_task:
            hand_off_step(self.world, self.session, self.case, step, self.now)
            self.go_on(step, self.now)
        else:
            verdict = self.judge(step)
            if verdict.is_allowed:
                return self._draft(step, verdict)
            self.obey(step, verdict)
        return None

    def judge(self, step: Step) -> Verdict:
        """Policy's word on the step's touch at this instant."""
        world = self.world
        facts = touch_facts(world.settings, self.case, self.plan, step, self.now, world.outside.clock.margin)
        return decide(facts)

    def obey(self, step: Step, verdict: Verdict) -> None:
        """Do what a verdict other than allow says."""
        if verdict.decision is Decision.HOLD:
            self._hold(step, verdict)
        elif verdict.decision is Decision.SKIP:
            self._skip(step, verdict)
        else:
            self._note(self._planned(step), verdict)
            event = _ENDS_WITH.get(verdict.rule, Event.OPTED_OUT)
            stop_person(self.session, self.case.contact, event, verdict.sentence, self.now)

    def _undecided(self, step: Step) -> Verdict | None:
        """A call that the step's condition looks at and whose end is not known yet."""
        for condition in step.conditions:
            call = self.case.last_touch_of(condition.step)
            if call is None or call.channel is not Channel.CALL or call.state is not TouchState.ACCEPTED:
                continue
            # By then its end should have come; if it has not, the provider is asked, and wakes the step.
            until = max((call.sent_at or self.now) + CALL_LASTS_AT_MOST, self.now + _ASKED_WITHIN)
            return Verdict(Decision.HOLD, _CALL_GOING, "Waiting for the call to end.", until)
        return None

    def _unmet(self, step: Step) -> str:
        """Why a condition of the step does not hold; empty when all do."""
        for condition in step.conditions:
            touch = self.case.last_touch_of(condition.step)
            came_true = touch is not None and touch.result in condition.results
            if came_true == condition.negated:
                return f"Not needed: “{self.plan.step(condition.step).name}” {_what_became(touch)}."
        return ""

    def _run_out(self) -> None:
        """The end of the sequence, once a call that is still going has ended."""
        enrollment, call = self.case.enrollment, self.case.call_in_progress()
        if call is not None and call.sent_at is not None and call.sent_at + CALL_LASTS_AT_MOST > self.now:
            enrollment.next_touch_at = call.sent_at + CALL_LASTS_AT_MOST
            return
        sentence = f"Follow-up “{self.plan.name}” ended: it ran its course without a reply."
        change_state(self.session, enrollment, self.case.contact, Event.RAN_OUT, sentence, self.now)

    def _draft(self, step: Step, verdict: Verdict) -> Touch | None:
        try:
            words = draft(self.world.settings, self.case, step)
        except MissingVariableError as error:
            self._skip(
                step, Verdict(Decision.SKIP, _VARIABLE, f"Skipped: the message lacks a value: {error}")
            )
            return None
        touch = self._planned(step)
        touch.subject, touch.body, touch.voicemail = words["subject"], words["body"], words["voicemail"]
        touch.to_address = address_for(self.case.contact, touch.channel)
        self._note(touch, verdict)
        return touch

    def _planned(self, step: Step) -> Touch:
        """The step's touch that has not gone yet, made when there is none."""
        last = self.case.last_touch_of(step.id)
        if last is not None and last.state is TouchState.PLANNED:
            return last
        enrollment = self.case.enrollment
        touch = Touch(
            id=new_touch_id(),
            account_id=enrollment.account_id,
            contact_id=enrollment.contact_id,
            enrollment_id=enrollment.id,
            cause=cause_of_step(enrollment.id, step.id),
            occurrence=1,
            attempt=1 if last is None else last.attempt + 1,
            step_id=step.id,
            channel=step.channel or Channel.CALL,
            state=TouchState.PLANNED,
            planned_at=enrollment.next_touch_at or self.now,
            body="",
        )
        self.session.add(touch)
        self.case.touches.append(touch)
        return touch

    def _note(self, touch: Touch, verdict: Verdict) -> None:
        note_verdict(self.session, touch, verdict, self.now)

    def _hold(self, step: Step, verdict: Verdict) -> None:
        if not step.is_task:
            self._note(self._planned(step), verdict)
        self.case.enrollment.next_touch_at = verdict.until
        self.case.enrollment.waiting_for = verdict.sentence
        status_changed(self.session, self.case.contact)

    def _skip(self, step: Step, verdict: Verdict) -> None:
        if not step.is_task:
            touch = self._planned(step)
            self._note(touch, verdict)
            touch.state, touch.ended_at = TouchState.SKIPPED, self.now
            if verdict.rule in TOLD:
                tell_left_out(self.session, self.case, step, touch, verdict, self.now)
        self.go_on(step, self.case.enrollment.previous_at)

    def go_on(self, step: Step, went_at: dt.datetime | None) -> None:
        """Point the enrollment at the step after this one, `went_at` being when this one went."""
        enrollment = self.case.enrollment
        enrollment.previous_at = went_at
        enrollment.waiting_for = ""
        enrollment.attempts, enrollment.retry_at = 0, None
        following = self.plan.following(step.id)
        enrollment.step_id = following.id if following else None
        enrollment.next_touch_at = self.now
        if following is not None:
            self.schedule(following)
        status_changed(self.session, self.case.contact)

    def schedule(self, step: Step) -> None:
        """Note when a step is due; one whose clock time is past and not made up for is skipped."""
        enrollment = self.case.enrollment
        due = due_at(
            step,
            enrolled_at=enrollment.enrolled_at,
            previous_at=enrollment.previous_at,
            zone=zone_of(self.case.contact, self.case.account),
            now=self.now,
        )
        if due is None:
            self._skip(step, Verdict(Decision.SKIP, _PAST, "Skipped: its time of day had passed."))
        else:
            enrollment.next_touch_at = due
