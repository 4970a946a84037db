"""The HTTP server: connections stay open, and end as asked."""

import http.client
import socket
import time
from urllib.parse import urlsplit

import pytest
import requests

from tests.sandbox.carriers.asking import dhl
from tracking.sandbox import Sandbox


def raw(sandbox: Sandbox, request: bytes) -> bytes:
    parts = urlsplit(sandbox.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    return answer


def test_connection_stays_open_for_many_calls(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=5)
    sockets = set()
    for _ in range(5):
        connection.request("GET", "/_sandbox/parcels")
        answer = connection.getresponse()
        answer.read()
        assert (answer.version, answer.status) == (11, 200)
        sockets.add(connection.sock.getsockname())
    connection.close()
    assert len(sockets) == 1


def test_pipelined_requests_are_answered_in_turn(sandbox: Sandbox) -> None:
    one = b"GET /_sandbox/limits HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /_sandbox/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = raw(sandbox, one + one + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.count(b"HTTP/1.1 404 NOT FOUND") == 1


def test_head_has_the_length_and_no_body(sandbox: Sandbox) -> None:
    answer = raw(sandbox, b"HEAD /_sandbox/limits HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b""
    assert b"Content-Length: 0" not in head


@pytest.mark.parametrize(
    "request_text",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    ],
)
def test_what_is_not_http_is_refused_and_the_connection_ends(sandbox: Sandbox, request_text: bytes) -> None:
    assert raw(sandbox, request_text).startswith(b"HTTP/1.1 400 ")
    assert requests.get(sandbox.url + "/_sandbox/limits", timeout=5).status_code == 200


def test_expect_continue_is_answered(sandbox: Sandbox) -> None:
    answer = raw(
        sandbox,
        b"POST /_sandbox/parcels HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
        b"Connection: close\r\n\r\n{}",
    )
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 ")


def test_stopping_ends_open_connections_and_frees_the_port() -> None:
    sandbox = Sandbox(limits="off").start()
    parts = urlsplit(sandbox.url)
    held = requests.Session()
    assert held.get(sandbox.url + "/_sandbox/limits", timeout=5).status_code == 200
    sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        held.get(sandbox.url + "/_sandbox/limits", timeout=5)
    held.close()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind((parts.hostname, parts.port))


def test_a_taken_port_is_reported_and_nothing_is_left_open(sandbox: Sandbox) -> None:
    port = urlsplit(sandbox.url).port
    assert port is not None
    with pytest.raises(OSError, match="in use"):
        Sandbox(port=port).start()
    smtp_port = urlsplit(sandbox.smtp_url).port
    assert smtp_port is not None
    with pytest.raises(OSError, match=r"in use|while attempting to bind"):
        Sandbox(smtp_port=smtp_port).start()


def test_stopping_wakes_whoever_is_kept_waiting() -> None:
    sandbox = Sandbox(limits="off").start()
    sandbox.fault("dhl", kind="timeout", seconds=60)
    began = time.monotonic()
    import threading

    threading.Timer(0.2, sandbox.stop).start()
    with pytest.raises(requests.ConnectionError):
        dhl(sandbox, "3318810025")
    assert time.monotonic() - began < 30  # of the sixty it would be kept
