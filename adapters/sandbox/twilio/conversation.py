"""A call that was answered: the product asked for TwiML, the TwiML played, the keys passed on."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from adapters.sandbox.people.person import People
from adapters.sandbox.twilio.call import ENDED, Call, lead_of, new_call, params
from adapters.sandbox.twilio.callback import Callbacks
from adapters.sandbox.twilio.debugger import Debugger
from adapters.sandbox.twilio.numbers import is_possible
from adapters.sandbox.twilio.progress import Progress
from adapters.sandbox.twilio.twiml import Dial, Fetch, Segment, TwimlError, parse_twiml, play
from adapters.sandbox.world import SandboxWorld

ACT = "twilio.call_goes_on"
# How long detection takes: a person says hello, a machine plays its greeting up to the beep.
_DETECTION_S = {"human": 3.0, "machine": 12.0}
_ANSWERED_BY: dict[str, dict[str, str | None]] = {
    "": {"human": None, "machine": None},
    "Enable": {"human": "human", "machine": "machine_start"},
    "DetectMessageEnd": {"human": "human", "machine": "machine_end_beep"},
}
_MAX_DOCUMENTS = 100
_OTHER_SIDE_RINGS_S = 5.0
_OTHER_SIDE_TALKS_S = 90.0
_PICKS_UP = "human"
_VOICEMAIL_ANSWERS_S = 25.0
_VOICEMAIL_LASTS_S = 20.0
_NOT_TAKEN = {"busy": (2.0, "busy"), "failed": (1.0, "failed")}
_APOLOGY = "We are sorry. An application error has occurred. Goodbye."

Step = dict[str, Any]


class Conversation:
    """Carries calls from the answer to their end. A step is kept, so that a restart goes on with it."""

    def __init__(self, world: SandboxWorld, progress: Progress) -> None:
        self._world = world
        self._progress = progress
        self._callbacks = Callbacks(world)
        self._debugger = Debugger(world)
        self._people = People(world)
        world.agenda.on(ACT, self._on_act)

    def resume(self) -> None:
        """Asks again for what was being asked when the sandbox stopped."""
        with self._world.store.lock:
            for _, call in self._progress.table.items():
                if call["status"] not in ENDED and call.get("asking"):
                    self._plan(call, 0, call["asking"])

    def begin(self, call: Call, outcome: str) -> None:
        """Somebody ("human") or something ("machine") picked up."""
        options = call["options"]
        detection = options["machine_detection"]
        call["answered_by"] = _ANSWERED_BY[detection][outcome]
        self._progress.move(call, "in-progress", "answered")
        wait_s = _DETECTION_S[outcome] if detection else 0.0
        detected = {"AnsweredBy": call["answered_by"]} if detection else {}
        if options["is_async"] and detection:
            self._plan(call, wait_s, {"kind": "detected", "params": detected})
            wait_s, detected = 0.0, {}
        call["talk_s"] += wait_s
        self._plan(call, wait_s, _first_step(options, detected))

    def take_in(self, call: Call) -> None:
        """A lead calls: the call is answered as soon as the product has said what to do."""
        step = _first_step(call["options"], {"FromCountry": "US", "ToCountry": "US"})
        self._plan(call, 0, {**step, "event": "call.incoming"})

    def redirect(self, call: Call, url: str, twiml: str) -> None:
        """Lets a call that is going on continue with another document."""
        call["epoch"] += 1
        self._progress.keep(call)
        self._plan(call, 0, _first_step({"url": url, "twiml": twiml}, {}))

    def _plan(self, call: Call, after_s: float, step: Step) -> None:
        at = self._world.clock.now() + dt.timedelta(seconds=after_s)
        self._world.agenda.add(at, ACT, {"sid": call["sid"], "epoch": call["epoch"], "step": step})

    def _on_act(self, data: dict[str, Any]) -> None:
        call = self._progress.table.get(data["sid"])
        if call is None or call["epoch"] != data["epoch"] or call["status"] in ENDED:
            return
        step = data["step"]
        match step["kind"]:
            case "fetch":
                self._fetch(call, step)
            case "play":
                self._hear(call, step["twiml"].encode(), step["url"], step["start"])
            case "dial":
                self._dial(call, step)
            case "dialed":
                self._after_dial(call, step)
            case "detected":
                self._tell_detection(call, step["params"])
            case "end":
                self._progress.end(call, "completed")

    def _fetch(self, call: Call, step: Step) -> None:
        call["asking"] = step
        call["documents"] += 1
        self._progress.keep(call)
        if call["documents"] > _MAX_DOCUMENTS:
            self._fail(call, 11220, f"More than {_MAX_DOCUMENTS} documents in one call")
            return
        sid, epoch, url = call["sid"], call["epoch"], step["url"]

        def then(status: int, body: bytes) -> None:
            with self._world.store.lock:
                current = self._progress.table.get(sid)
                if current and current["epoch"] == epoch and current["status"] not in ENDED:
                    current["asking"] = None
                    self._answered(current, status, body, url)

        def extra(status: int, body: bytes) -> dict[str, Any]:
            with self._world.store.lock:
                return self._ledger_keys(call, status, body, url)

        form = {**params(call), **step["params"]}
        self._callbacks.post(step.get("event", "call.twiml"), url, form, then=then, extra=extra)

    def _ledger_keys(self, call: Call, status: int, body: bytes, url: str) -> dict[str, Any]:
        person = self._people.at_number(lead_of(call))
        keys = {"to": call["to"], **(self._people.facts(person) if person else {})}
        if 200 <= status < 300:
            try:
                spoken = play(parse_twiml(body), url, call["digits"]).spoken
            except TwimlError:
                return keys
            keys["text"] = " ".join(spoken)
        return keys

    def _answered(self, call: Call, status: int, body: bytes, url: str) -> None:
        if 200 <= status < 300:
            self._hear(call, body, url, 0)
            return
        fallback = call["options"].get("fallback_url", "")
        sentence = f"HTTP retrieval failure: {url} answered {status or 'nothing'}"
        if fallback and url != fallback:
            self._debugger.note(call["sid"], 11200, sentence)
            step = {"kind": "fetch", "url": fallback, "params": {"ErrorCode": "11200", "ErrorUrl": url}}
            self._plan(call, 0, step)
            self._progress.keep(call)
        else:
            self._fail(call, 11200, sentence)

    def _fail(self, call: Call, code: int, sentence: str) -> None:
        """Twilio apologizes to whoever listens and hangs up."""
        self._debugger.note(call["sid"], code, sentence)
        self._go_on(call, Segment(spoken=[_APOLOGY], seconds=4.0))

    def _hear(self, call: Call, body: bytes, url: str, start: int) -> None:
        try:
            segment = play(parse_twiml(body), url, call["digits"], start)
        except TwimlError as error:
            self._fail(call, error.code, str(error))
            return
        for code, sentence in segment.warnings:
            self._debugger.note(call["sid"], code, sentence)
        call["document"] = {"twiml": body.decode("utf-8", errors="replace"), "url": url}
        self._go_on(call, segment)

    def _go_on(self, call: Call, segment: Segment) -> None:
        if call["status"] == "ringing":
            self._progress.move(call, "in-progress", "answered")
        left_s = max(call["options"]["time_limit"] - call["talk_s"], 0)
        step = _next_step(segment) if segment.seconds < left_s else {"kind": "end"}
        passing_s = min(segment.seconds, left_s)
        call["heard"] = call["heard"] + segment.spoken
        call["talk_s"] += passing_s
        call["digits"] = segment.digits
        if isinstance(segment.then, Fetch):
            call["pressed"] += segment.then.params.get("Digits", "")
        self._progress.keep(call)
        self._progress.show(call)
        self._plan(call, passing_s, step)

    def _dial(self, call: Call, step: Step) -> None:
        """Connects the lead to another number, where it rings until the lead's script says what happens."""
        refusal = self._refusal(call, step)
        if refusal:
            self._debugger.note(call["sid"], *refusal)
            self._plan(call, 0, {**step, "kind": "dialed", "status": "failed", "child": "", "talk_s": 0})
            return
        person = self._people.at_number(lead_of(call))
        outcome = self._people.next_put_through(person) if person else _PICKS_UP
        waits_s, status, talk_s = _other_side(outcome, float(step["rings_s"]))
        child = new_call(
            self._world,
            to=step["number"],
            from_=step["caller_id"] or call["from"],
            parent=call["sid"],
            status="in-progress" if talk_s else "ringing",
            direction="outbound-dial",
            started=self._world.clock.now().isoformat(),
        )
        self._progress.keep(child)
        call["talk_s"] += waits_s + talk_s
        call["note"] = f"connected to {step['number']}" if talk_s else f"{step['number']} did not answer"
        self._progress.keep(call)
        self._progress.show(call)
        done = {"kind": "dialed", "status": status, "child": child["sid"], "talk_s": talk_s}
        self._plan(call, waits_s + talk_s, {**step, **done})

    def _refusal(self, call: Call, step: Step) -> tuple[int, str] | None:
        """Twilio's code and words for a dial that it does not even try."""
        if not is_possible(step["number"]):
            return 13224, f"Dial: invalid phone number {step['number']}"
        # https://www.twilio.com/docs/api/errors/13214: ours, or the one that is calling.
        shown = step["caller_id"]
        if shown and shown not in (call["from"], self._world.credentials.twilio.from_number):
            return 13214, f"Dial: invalid callerId value {shown}"
        return None

    def _after_dial(self, call: Call, step: Step) -> None:
        child = self._progress.table.get(step["child"])
        if child is not None:
            child["talk_s"] = step["talk_s"]
            self._progress.end(child, step["status"])
        if step["action"]:
            asked = {"DialCallStatus": step["status"], "DialCallDuration": str(int(step["talk_s"]))}
            bridged = "true" if step["talk_s"] else "false"
            asked.update({"DialCallSid": step["child"], "DialBridged": bridged} if step["child"] else {})
            asking = {"kind": "fetch", "url": step["action"], "params": asked, "event": "call.dialed"}
            self._fetch(call, asking)
        else:
            document = call["document"]
            self._hear(call, document["twiml"].encode(), document["url"], step["resume_at"])

    def _tell_detection(self, call: Call, detected: dict[str, str]) -> None:
        url = call["options"].get("detection_callback", "")
        if url:
            milliseconds = str(
                int(_DETECTION_S["human" if detected["AnsweredBy"] == "human" else "machine"] * 1000)
            )
            form = {"CallSid": call["sid"], **detected, "MachineDetectionDuration": milliseconds}
            self._callbacks.post("call.detected", url, form)


def _other_side(outcome: str, rings_s: float) -> tuple[float, str, float]:
    """How long the number rings, what Twilio says of it then, and how long the two talk."""
    if outcome in _NOT_TAKEN:
        after_s, status = _NOT_TAKEN[outcome]
        return min(after_s, rings_s), status, 0.0
    if outcome == _PICKS_UP and rings_s > _OTHER_SIDE_RINGS_S:
        return _OTHER_SIDE_RINGS_S, "completed", _OTHER_SIDE_TALKS_S
    if outcome == "machine" and rings_s > _VOICEMAIL_ANSWERS_S:
        return _VOICEMAIL_ANSWERS_S, "completed", _VOICEMAIL_LASTS_S
    return rings_s, "no-answer", 0.0


def _first_step(options: dict[str, Any], asked: dict[str, Any]) -> Step:
    """A given document wins over its address only where there is no address, as at Twilio."""
    if options["url"]:
        return {"kind": "fetch", "url": options["url"], "params": asked}
    return {"kind": "play", "twiml": options["twiml"], "url": "", "start": 0}


def _next_step(segment: Segment) -> Step:
    if isinstance(segment.then, Fetch):
        return {"kind": "fetch", "url": segment.then.url, "params": segment.then.params}
    if isinstance(segment.then, Dial):
        return {"kind": "dial", **asdict(segment.then)}
    return {"kind": "end"}
