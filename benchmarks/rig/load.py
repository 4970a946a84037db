"""A load on a web server from a process of its own: a few keep-alive connections, as fast as they go.

    python load.py HOST PORT SECONDS CONNECTIONS < requests

Reads JSON from stdin: a list of [path, {header: value}]; each connection walks through it from a place of its own.
Prints JSON: how many answers came, how long it took, their statuses.
"""

import json
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence

Ask = tuple[str, dict[str, str]]


def run(port: int, asks: Sequence[Ask], *, seconds: float, connections: int = 16) -> dict[str, float]:
    """Start the load and wait for its figures: answers, seconds, "status 200", …"""
    done = subprocess.run(
        [sys.executable, __file__, "127.0.0.1", str(port), str(seconds), str(connections)],
        input=json.dumps(asks), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


class _Connection:
    """One connection: sends the next request as soon as an answer is whole."""

    def __init__(self, address: tuple[str, int], raw: Sequence[bytes], place: int) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._raw, self._place, self._held = raw, place, b""

    def ask(self) -> None:
        self.socket.sendall(self._raw[self._place % len(self._raw)])
        self._place += 1

    def read(self) -> str | None:
        """The status once the answer is whole."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise ConnectionError("the server closed the connection")
        self._held += piece
        head, found, body = self._held.partition(b"\r\n\r\n")
        if not found:
            return None
        status, length = head[9:12].decode(), 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            if name.lower() == b"transfer-encoding" and status != "304":
                raise ConnectionError("an answer without a length")
        if status != "304" and len(body) < length:
            return None
        self._held = b""
        return status


def main() -> None:
    """Load."""
    host, port, seconds, connections = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    raw = [
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/html\r\n".encode()
        + "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
        + b"\r\n"
        for path, headers in json.load(sys.stdin)
    ]
    waiting = selectors.DefaultSelector()
    for number in range(connections):
        one = _Connection((host, port), raw, number * len(raw) // connections)
        waiting.register(one.socket, selectors.EVENT_READ, one)
        one.ask()
    statuses: Counter[str] = Counter()
    started = time.perf_counter()
    until = started + seconds
    while (now := time.perf_counter()) < until:
        for key, _ in waiting.select(until - now):
            status = key.data.read()
            if status is not None:
                statuses[f"status {status}"] += 1
                key.data.ask()
    print(json.dumps({"answers": statuses.total(), "seconds": time.perf_counter() - started, **statuses}))


if __name__ == "__main__":
    main()
