"""Serves one sandbox until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from adapters.sandbox import control, hubspot, pages, sendgrid, twilio
from adapters.sandbox.core.handler import KeepAliveHandler
from adapters.sandbox.core.wire import surround
from adapters.sandbox.people import control as people
from adapters.sandbox.world import Options, SandboxWorld, build_world

Register = Callable[[Flask, SandboxWorld], None]

VENDORS: dict[str, Register] = {
    "hubspot": hubspot.register,
    "twilio": twilio.register,
    "sendgrid": sendgrid.register,
}
"""The vendors, by the prefix of their paths."""

OTHERS: tuple[Register, ...] = (control.register, people.register, pages.register)
"""Routes beside the vendors': neither faults nor the ledger touch them."""


def build_app(world: SandboxWorld) -> Flask:
    """The Flask application over a world."""
    app = Flask("sandbox", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    surround(app, world, tuple(VENDORS))
    for register in (*VENDORS.values(), *OTHERS):
        register(app, world)
    return app


class Server:
    """A sandbox that listens on loopback. `port` 0 in the options takes a free one."""

    def __init__(self, options: Options) -> None:
        self.world = build_world(options)
        self._wsgi: BaseWSGIServer = make_server(
            "127.0.0.1",
            options.port,
            build_app(self.world),
            threaded=True,
            request_handler=KeepAliveHandler,
        )
        self.url = f"http://127.0.0.1:{self._wsgi.port}"

    def serve(self) -> None:
        """Serves until `stop` is called from another thread, then closes everything."""
        self.world.start()
        try:
            self._wsgi.serve_forever(poll_interval=0.05)
        finally:
            self._wsgi.server_close()
            self.world.stop()

    def stop(self) -> None:
        """Lets `serve` return; acts that wait are kept for the next start."""
        self.world.stopping.set()
        self._wsgi.shutdown()


def serve(options: Options) -> None:
    """Serves in this process until SIGTERM or SIGINT. Call it on the main thread."""
    server = Server(options)

    def stop(_number: int, _frame: FrameType | None) -> None:
        # shutdown() waits for the loop that this handler interrupts, so it needs a thread of its own.
        threading.Thread(target=server.stop, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.serve()
