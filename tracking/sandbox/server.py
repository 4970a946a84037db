"""The HTTP server of the sandbox: a thread a connection, HTTP/1.1, connections kept open.

Small and quick, because benchmarks measure clients against it; and able to do what proper servers refuse to: hang up
without an answer, or in the middle of one. A view asks for that through `hang_up`. For loopback only: no TLS, no
compression, bodies with a Content-Length.
"""

import contextlib
import io
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from flask import request

MAX_BODY = 8 * 1024 * 1024
_MAX_LINE, _MAX_HEADERS = 16 * 1024, 100
_HANG_UP = "sandbox.hang_up"

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _BadRequest(Exception):
    """What came in is not HTTP as this server speaks it."""


def hang_up(after: int = 0) -> None:
    """Ask the server to close the connection after `after` bytes of the body; 0 sends nothing, no head either."""
    request.environ[_HANG_UP] = after


class HttpServer:
    """A WSGI application served from background threads."""

    def __init__(self, app: Wsgi, host: str, port: int) -> None:
        """Bind at once; port 0 takes a free one. raises OSError when the port is taken"""
        self._app = app
        self._host = host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=1024)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve until `stop`."""
        self._thread = threading.Thread(target=self._accept, name="sandbox-http", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving, end open connections, free the port."""
        with self._lock:
            self._stopped = True
            open_now = list(self._open)
        # a blocked accept() wakes up from shutdown, not from close
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in open_now:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, peer = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if self._stopped:
                    connection.close()
                    return
                self._open.add(connection)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._converse, args=(connection, peer[0]), daemon=True).start()

    def _converse(self, connection: socket.socket, peer: str) -> None:
        try:
            with connection, connection.makefile("rb", 64 * 1024) as stream:
                while not self._stopped and self._exchange(connection, cast("io.BufferedReader", stream), peer):
                    pass
        except OSError:
            pass  # the other side went away
        finally:
            with self._lock:
                self._open.discard(connection)

    def _exchange(self, connection: socket.socket, stream: io.BufferedReader, peer: str) -> bool:
        """One request and its answer; False when the connection is to end."""
        try:
            environ = self._read(connection, stream, peer)
        except _BadRequest as error:
            text = str(error).encode()
            connection.sendall(_answer("400 Bad Request", [("Content-Type", "text/plain")], text, keep=False))
            return False
        if environ is None:
            return False
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            head[:] = [status, headers]

        parts = self._app(environ, start_response)
        try:
            body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        keep = environ["sandbox.keep_alive"]
        after = environ.get(_HANG_UP)
        if after is not None:
            if after:
                whole = _answer(head[0], head[1], body, keep=True)
                connection.sendall(whole[: len(whole) - max(len(body) - after, 0)])
            return False
        connection.sendall(_answer(head[0], head[1], body, keep=keep, head_only=environ["REQUEST_METHOD"] == "HEAD"))
        return bool(keep)

    def _read(self, connection: socket.socket, stream: io.BufferedReader, peer: str) -> dict[str, Any] | None:
        line = stream.readline(_MAX_LINE)
        if not line:
            return None
        try:
            method, target, version = line.decode("latin-1").split()
        except ValueError:
            raise _BadRequest("This is not a request line.") from None
        headers = _read_headers(stream)
        raw_length = headers.get("CONTENT_LENGTH", "0")
        if "HTTP_TRANSFER_ENCODING" in headers or not raw_length.isdigit() or int(raw_length) > MAX_BODY:
            raise _BadRequest("The sandbox reads bodies with a Content-Length of at most 8 MiB.")
        if headers.get("HTTP_EXPECT", "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(raw_length)
        body = stream.read(length) if length else b""
        if len(body) < length:
            return None
        path, _, query = target.partition("?")
        wants = headers.get("HTTP_CONNECTION", "").lower()
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "REQUEST_URI": target,
            "RAW_URI": target,
            "SERVER_NAME": self._host,
            "SERVER_PORT": str(self.port),
            "SERVER_PROTOCOL": version,
            "REMOTE_ADDR": peer,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            # the name Werkzeug's own server gives it
            "werkzeug.socket": connection,
            "sandbox.keep_alive": wants == "keep-alive" if version == "HTTP/1.0" else wants != "close",
            **headers,
        }


def _read_headers(stream: io.BufferedReader) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(_MAX_HEADERS):
        line = stream.readline(_MAX_LINE)
        if line in (b"\r\n", b"\n", b""):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise _BadRequest("This is not a header.")
        key = name.strip().upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        headers[key] = f"{headers[key]},{value.strip()}" if key in headers else value.strip()
    raise _BadRequest("These are too many headers.")


def _answer(status: str, headers: list[tuple[str, str]], body: bytes, *, keep: bool, head_only: bool = False) -> bytes:
    own = {"connection"} if head_only else {"connection", "content-length"}
    lines = [f"HTTP/1.1 {status}", f"Date: {formatdate(usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in headers if name.lower() not in own]
    if not head_only and status[:3] not in {"204", "304"}:
        lines.append(f"Content-Length: {len(body)}")
    lines.append("Connection: keep-alive" if keep else "Connection: close")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    return head if head_only else head + body
