"""How a request failed on the wire: whether it certainly never left, for every client on urllib3."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema, ProxyError
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.exceptions import ProxyError as PoolProxyError

#: Seconds to reach a vendor: a little over 3, TCP's first retransmission.
_CONNECT_SECONDS = 3.05
#: Connections kept to one vendor by one process: as many as touches are sent at once.
POOL_SIZE = 32

_NEVER_CONNECTED = (
    NewConnectionError,  # refused, unreachable, or the name does not resolve
    ConnectTimeoutError,
    ssl.SSLCertVerificationError,  # the handshake failed, before any request
    PoolProxyError,
    ProxyError,
)
_NEVER_BUILT = (InvalidURL, MissingSchema, InvalidSchema, InvalidHeader)


def connect_seconds(read_seconds: float) -> float:
    """How long to try to reach a vendor that has `read_seconds` to answer: never longer than that."""
    return min(_CONNECT_SECONDS, read_seconds)


def never_left(error: BaseException) -> bool:
    """Whether the request certainly did not reach the other side, so that it may be asked again.

    False for a time-out while reading and for a connection lost after it stood: those may have
    been executed.
    """
    return any(isinstance(part, _NEVER_CONNECTED) for part in _parts(error))


def never_built(error: BaseException) -> bool:
    """Whether the address or a header in the settings is such that no request can be made."""
    return isinstance(error, _NEVER_BUILT)


def _parts(error: BaseException, depth: int = 5) -> Iterator[BaseException]:
    """The error and what it wraps: requests and urllib3 hand the cause on as argument or reason."""
    yield error
    if depth:
        for inner in (*error.args, getattr(error, "reason", None)):
            if isinstance(inner, BaseException):
                yield from _parts(inner, depth - 1)
