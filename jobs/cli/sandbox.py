"""`sixthtouch sandbox`: the vendors' protocols on loopback, and the leads."""

from __future__ import annotations

from pathlib import Path

import click

from adapters.sandbox.server import serve
from adapters.sandbox.world import Options
from jobs.cli.places import ROOT, find_places


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where it listens. [default: PORT + 100]")
@click.option("--app", help="Where its webhooks go.  [default: http://localhost:PORT]")
@click.option("--contacts", type=click.IntRange(0), default=25, show_default=True, help="How many leads.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides how the leads behave.")
@click.option("--latency-ms", type=click.IntRange(0), default=0, help="How long an answer takes at least.")
@click.option("--still", is_flag=True, help="Play nobody.")
@click.option(
    "--record", type=click.Path(dir_okay=False, path_type=Path), help="Write every exchange to this file."
)
def sandbox(
    port: int | None,
    app: str | None,
    contacts: int,
    seed: int,
    latency_ms: int,
    still: bool,
    record: Path | None,
) -> None:
    """Serve HubSpot, Twilio and SendGrid as their specifications have them, until Ctrl-C.

    Its state is kept in DATA_DIR/sandbox.db, and its time is that of the run in DATA_DIR.
    """
    places = find_places()
    places.data_dir.mkdir(parents=True, exist_ok=True)
    serve(
        Options(
            port=port or places.sandbox_port,
            app_url=(app or f"http://localhost:{places.port}").rstrip("/"),
            contacts=contacts,
            seed=seed,
            latency_ms=latency_ms,
            still=still,
            data_path=places.data_dir / "sandbox.db",
            clock_path=places.data_dir / "clock.json",
            manifest_path=ROOT / "manifest.json",
            record_path=record,
        )
    )
