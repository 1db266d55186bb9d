"""What surrounds every vendor's view: latency, faults, the ledger and the record."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, g, request

from adapters.sandbox.core.bodies import parsed
from adapters.sandbox.core.handler import DROP
from adapters.sandbox.core.orders import Fault
from adapters.sandbox.world import SandboxWorld

_SLOW_S = 2.0
_TIMEOUT_S = 120.0


def note(**extra: Any) -> None:
    """Adds keys to the ledger's entry of the current request: `to`, `text`, `contact`, `local_time`.

    The wire adds `fault`, the kind that befell the request, and `meant`, what would have been answered.
    """
    g.ledger_extra = {**g.get("ledger_extra", {}), **extra}


def surround(app: Flask, world: SandboxWorld, vendors: tuple[str, ...]) -> None:
    """Puts the wire around all paths under these prefixes."""
    wire = _Wire(world, vendors)
    app.before_request(wire.before)
    app.after_request(wire.after)


class _Wire:
    def __init__(self, world: SandboxWorld, vendors: tuple[str, ...]) -> None:
        self._world = world
        self._vendors = vendors

    def before(self) -> Response | None:
        vendor, _, rest = request.path.lstrip("/").partition("/")
        if vendor not in self._vendors:
            return None
        query = request.query_string.decode()
        g.vendor = vendor
        g.vendor_path = f"/{rest}" + (f"?{query}" if query else "")
        request.get_data()
        self._world.wait(self._world.latency_ms / 1000)
        g.fault = self._world.faults.take(vendor, g.vendor_path)
        return self._instead(g.fault) if g.fault else None

    def _instead(self, fault: Fault) -> Response | None:
        """The answer of a request that is not executed; None if it is executed after all."""
        if fault.kind == "slow":
            self._world.wait(fault.seconds or _SLOW_S)
        if fault.kind == "timeout":
            self._note(status=0)
            g.is_in_ledger = True
            self._world.wait(fault.seconds or _TIMEOUT_S)
            return Response(status=504)
        if fault.kind in {"429", "500"}:
            return self._world.faults.error(g.vendor, int(fault.kind))
        return None

    def after(self, answer: Response) -> Response:
        if "vendor" not in g:
            return answer
        fault: Fault | None = g.get("fault")
        if fault is not None:
            note(meant=answer.status_code)
            answer = self._spoilt(fault, answer)
        status = 0 if request.environ.get(DROP, False) else answer.status_code
        if not g.get("is_in_ledger", False):
            self._note(status)
        kind = fault.kind if fault else None
        self._world.recorder.record(g.vendor, g.vendor_path, request, status, answer, kind)
        return answer

    def _spoilt(self, fault: Fault, answer: Response) -> Response:
        if fault.kind in {"accept_then_drop", "timeout"}:
            request.environ[DROP] = True
        if fault.kind == "500_executed":
            return self._world.faults.error(g.vendor, 500)
        if fault.kind == "malformed":
            whole = answer.get_data()
            answer.set_data(whole[: len(whole) // 2] + b"\x00<")
        return answer

    def _note(self, status: int) -> None:
        fault: Fault | None = g.get("fault")
        self._world.ledger.record(
            direction="in",
            vendor=g.vendor,
            method=request.method,
            path=g.vendor_path,
            status=status,
            body=parsed(request.get_data(), request.content_type),
            **{"fault": fault.kind if fault else None, **g.get("ledger_extra", {})},
        )
