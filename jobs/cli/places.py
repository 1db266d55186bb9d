"""Where a run's folder, processes and sandbox are, known before its settings are complete."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from connector.settings import SettingsError

#: The folder of `app.py`, `Procfile` and `manifest.json`.
ROOT = Path(__file__).resolve().parents[2]


class DataPlace(BaseSettings):
    """The one setting that is needed to find a run's others. Meanings are in `connector.settings`."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    data_dir: Path = Path("data")


class Places(DataPlace):
    """The few settings that a command needs which must not fail on the others.

    `sixthtouch step` next to a run has no vendor's key and no sandbox in its environment, for which the
    whole of the settings would rightly be refused.
    """

    port: int = Field(default=8000, ge=1, le=65535)
    sixthtouch_sandbox: str = ""
    hubspot_client_id: str = ""
    metrics_token: str = Field(default="", repr=False)

    @property
    def operator_headers(self) -> dict[str, str]:
        """With these the web process answers as it does to who runs it."""
        return {"Authorization": f"Bearer {self.metrics_token}"} if self.metrics_token else {}

    @property
    def app_url(self) -> str:
        """The web process on this machine."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_port(self) -> int:
        """Where a run's own sandbox listens."""
        return self.port + 100

    @property
    def sandbox_url(self) -> str:
        """The sandbox of this run."""
        return self.sixthtouch_sandbox.rstrip("/") or f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def has_vendor_keys(self) -> bool:
        """Whether the run is for real: keys are given, and no sandbox."""
        return bool(self.hubspot_client_id) and not self.sixthtouch_sandbox


def find_places() -> Places:
    """The places of this process's environment. Raises SettingsError naming every problem."""
    try:
        return Places()
    except ValidationError as error:
        lines = [f"{item['loc'][0]}".upper() + f": {item['msg']}" for item in error.errors()]
        raise SettingsError("\n".join(lines)) from error
