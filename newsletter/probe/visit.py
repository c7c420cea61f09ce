"""One request to one address, over before its time is up, whatever the server does."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse


@dataclass(frozen=True, slots=True)
class Visit:
    """`host` is for the Host header and the certificate, `address` where the connection goes."""

    scheme: str
    host: str
    port: int
    address: str
    path: str
    seconds: float


@contextmanager
def visit(asked: Visit, method: str) -> Iterator[HTTPResponse]:
    """The response to a request, to be read in the block. Raises OSError, TimeoutError or HTTPException."""
    with _wire(asked) as wire:
        is_over = threading.Event()
        # A timeout of the socket begins anew with each octet; who sends one every few seconds would hold us for hours.
        bell = threading.Timer(asked.seconds, _hang_up, (wire, is_over))
        bell.daemon = True
        bell.start()
        try:
            if isinstance(wire, ssl.SSLSocket):
                wire.do_handshake()
            connection = HTTPConnection(asked.host, asked.port)
            connection.sock = wire
            connection.request(method, asked.path, headers=_headers(asked))
            yield connection.getresponse()
        except (OSError, HTTPException) as error:
            if is_over.is_set():
                raise TimeoutError from error
            raise
        finally:
            bell.cancel()
        if is_over.is_set():
            raise TimeoutError


def _wire(asked: Visit) -> socket.socket:
    wire = socket.create_connection((asked.address, asked.port), timeout=asked.seconds)
    if asked.scheme != "https":
        return wire
    context = ssl.create_default_context()
    return context.wrap_socket(wire, server_hostname=asked.host, do_handshake_on_connect=False)


def _hang_up(wire: socket.socket, is_over: threading.Event) -> None:
    is_over.set()
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)


def _headers(asked: Visit) -> dict[str, str]:
    host = f"[{asked.host}]" if ":" in asked.host else asked.host
    usual = {"http": 80, "https": 443}[asked.scheme]
    return {
        "Host": host if asked.port == usual else f"{host}:{asked.port}",
        "User-Agent": "Newsletter link check",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
