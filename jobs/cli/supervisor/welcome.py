"""The few lines that say what is ready and where to look."""

from __future__ import annotations

from connector.settings import Settings, TimeMode

_DAY_SECONDS = 24 * 3600


def welcome(settings: Settings, sandbox_url: str) -> str:
    """What `sixthtouch run` prints once all is up; `sandbox_url` is empty when it runs for real."""
    places = [f"  The product   {settings.public_base}"]
    if sandbox_url:
        places.append(
            f"  The sandbox   {sandbox_url}   (HubSpot's timeline beside the lead's phone and inbox)"
        )
    else:
        places.append(f"  To install    {settings.public_base}/install")
    places.append(f"  Logs          {settings.data_dir / 'logs'}")
    return "\n".join(["", "Sixth Touch is ready.", "", *places, "", _time(settings), _ending(settings), ""])


def _time(settings: Settings) -> str:
    if settings.sixthtouch_time is TimeMode.SCALE:
        return f"A day passes in {_DAY_SECONDS / settings.sixthtouch_time_scale:.0f} seconds."
    if settings.sixthtouch_time is TimeMode.STEP:
        return "Time stands still; `sixthtouch step` moves it to what is due next."
    return "Time is the machine's."


def _ending(settings: Settings) -> str:
    return f"Ctrl-C stops everything. The next start goes on from {settings.data_dir}; `FRESH=1` begins anew."
