"""The HTTP server of the sandbox: threads, HTTP/1.1, connections kept open."""

import threading
from collections.abc import Callable
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class _Handler(WSGIRequestHandler):
    """Keeps connections open and quiet."""

    protocol_version = "HTTP/1.1"
    # head and body leave in two writes; with Nagle's algorithm the second one waits for the client's delayed ACK
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the sandbox has its own log of calls."""


class HttpServer:
    """A WSGI application served from a background thread."""

    def __init__(self, app: Callable[..., Any], host: str, port: int) -> None:
        """Bind at once; port 0 takes a free one."""
        self._server: BaseWSGIServer = make_server(host, port, app, threaded=True, request_handler=_Handler)
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port it is bound to."""
        return int(self._server.server_port)

    def start(self) -> None:
        """Serve until `stop`."""
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join(5)
        self._server.server_close()
