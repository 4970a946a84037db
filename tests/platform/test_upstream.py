"""HTTP out: every foreign exception has a name of ours, and no host can hold a worker or fill its memory."""

import gzip
import inspect
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
from structlog.testing import capture_logs

from tests.loopback import Asked, Loopback, Told
from tracking.platform.errors import Transient, UnreadableAnswer, UpstreamDown, UpstreamError, UpstreamTimeout
from tracking.platform.upstream import Call, Reply, Upstream, retry_after_seconds

FOREIGN = sorted(
    (kind for _, kind in inspect.getmembers(requests.exceptions, inspect.isclass) if issubclass(kind, OSError)),
    key=lambda kind: kind.__name__,
)


class _Raising(Upstream):
    """An upstream whose session raises what it is told."""

    def __init__(self, error: Exception) -> None:
        super().__init__("someone", "http://127.0.0.1")
        self._error = error

    def _open(self) -> requests.Session:
        raise self._error


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
def test_every_exception_of_requests_is_mapped(kind: type[requests.RequestException]) -> None:
    foreign = kind("x", "y", 0) if kind is requests.exceptions.JSONDecodeError else kind("a secret")
    with pytest.raises(UpstreamError) as caught:
        _Raising(foreign).send(Call("GET", "/"))
    assert caught.value.provider == "someone"
    assert caught.value.message.startswith("someone ")
    assert caught.value.__cause__ is foreign
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (requests.exceptions.ConnectTimeout, UpstreamDown),
        (requests.exceptions.ReadTimeout, UpstreamTimeout),
        (requests.exceptions.ConnectionError, UpstreamDown),
        (requests.exceptions.SSLError, UpstreamDown),
        (requests.exceptions.ChunkedEncodingError, UpstreamDown),
        (requests.exceptions.ContentDecodingError, UnreadableAnswer),
    ],
)
def test_only_a_timeout_after_connecting_leaves_open_what_was_done(
    foreign: type[Exception], ours: type[UpstreamError]
) -> None:
    with pytest.raises(UpstreamError) as caught:
        _Raising(foreign("x")).send(Call("GET", "/"))
    assert type(caught.value) is ours


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("999999", 86_400.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("²", None),
    ],
)
def test_retry_after_in_seconds_is_bounded(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value) == seconds


def test_retry_after_as_a_date_counts_from_now_and_never_back() -> None:
    soon = retry_after_seconds(format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True))
    assert soon is not None
    assert 85 < soon <= 90
    assert retry_after_seconds(format_datetime(datetime.now(UTC) - timedelta(days=9), usegmt=True)) == 0.0
    # a date without a zone cannot be compared
    assert retry_after_seconds("Sun, 22 Nov 2026 12:00:00 -0000") is None
    assert Reply(429, b"", {"retry-after": "7"}).retry_after == 7.0


def test_an_answer_is_read_whole_whatever_its_status_and_connections_are_kept() -> None:
    def answer(asked: Asked) -> Told:
        packed = gzip.compress(b'{"long": "' + b"x" * 200_000 + b'"}')
        return Told(packed, 418, {"Content-Encoding": "gzip", "X-Odd": "Yes", "Content-Length": str(len(packed))})

    with Loopback(answer) as server:
        upstream = Upstream("someone", server.url + "/")
        reply = upstream.send(Call("POST", "/a", {"X-Mine": "1"}, {"q": "ü"}, json={"a": 1}))
    assert (reply.status, len(reply.body), reply.headers["x-odd"]) == (418, 200_012, "Yes")
    (asked,) = server.asked
    assert (asked.path, asked.query, asked.json, asked.headers["x-mine"]) == ("/a", {"q": "ü"}, {"a": 1}, "1")
    assert (asked.headers["accept"], asked.headers["user-agent"]) == ("application/json", "Waypost")


def test_a_redirect_is_not_followed() -> None:
    with Loopback(lambda _: Told(b"", 302, {"Location": "http://127.0.0.1:9/secret"})) as server:
        assert Upstream("someone", server.url).send(Call("GET", "/")).status == 302
        assert len(server.asked) == 1


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Loopback(lambda _: Told(b"{}")) as server:
        assert Upstream("someone", server.url).send(Call("GET", "/")).body == b"{}"


def test_neither_path_nor_query_nor_headers_are_logged() -> None:
    with Loopback(lambda _: Told(b"{}")) as server, capture_logs() as logs:
        Upstream("someone", server.url).send(Call("GET", "/number-1", {"Authorization": "secret"}, {"key": "secret"}))
    (line,) = logs
    assert (line["provider"], line["host"], line["status"]) == ("someone", "127.0.0.1", 200)
    assert "number-1" not in str(line)
    assert "secret" not in str(line)


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_above_the_limit_is_not_read_on(packed: bool) -> None:
    body = gzip.compress(b"x" * 50_000_000) if packed else b"x" * 200_000
    headers = {"Content-Encoding": "gzip"} if packed else {}
    with Loopback(lambda _: Told(body, 200, headers)) as server:
        upstream = Upstream("someone", server.url, max_bytes=100_000)
        with pytest.raises(UnreadableAnswer, match="100000 bytes") as caught:
            upstream.send(Call("GET", "/"))
    assert caught.value.status == 200


@contextmanager
def _talker(pieces: list[bytes], pause_s: float) -> Iterator[str]:
    """Sends one piece after the other to the first who connects, then hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def talk() -> None:
        other, _ = listening.accept()
        with other:
            other.recv(65_536)
            for piece in pieces:
                if done.wait(pause_s):
                    return
                try:
                    other.sendall(piece)
                except OSError:
                    return

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        done.set()
        thread.join(5)
        listening.close()


_HEAD = b"HTTP/1.1 200 OK\r\n"
_LENGTH = _HEAD + b"Content-Length: 500\r\n\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("start", [_LENGTH, _CHUNKED + b"1f4\r\n", _HEAD + b"\r\n"], ids=["length", "chunked", "open"])
def test_a_slow_drip_ends_at_the_deadline(start: bytes) -> None:
    with _talker([start, *[b"x"] * 400], 0.05) as url:
        upstream = Upstream("someone", url, read_timeout_s=30.0, deadline_s=0.4)
        started = time.monotonic()
        with pytest.raises(UpstreamTimeout) as caught:
            upstream.send(Call("GET", "/"))
        assert time.monotonic() - started < 10  # the drip goes on for twenty
    assert caught.value.status == 200


@pytest.mark.parametrize(
    ("pieces", "pause_s", "ours"),
    [
        ([b""] * 80, 0.1, UpstreamTimeout),
        ([_LENGTH + b"half", *[b""] * 80], 0.1, UpstreamTimeout),
        ([_LENGTH + b"half"], 0.0, UpstreamDown),
        ([_CHUNKED + b"zz\r\n"], 0.0, UpstreamDown),
        ([_CHUNKED + b"1f4\r\nhalf"], 0.0, UpstreamDown),
        ([b"nonsense\r\n\r\n"], 0.0, UpstreamDown),
        ([_HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"], 0.0, UnreadableAnswer),
    ],
    ids=["silent", "silent half-way", "hangs up", "bad chunk", "half a chunk", "no http", "bad gzip"],
)
def test_a_bad_line_has_a_name(pieces: list[bytes], pause_s: float, ours: type[UpstreamError]) -> None:
    with _talker(pieces, pause_s) as url:
        upstream = Upstream("someone", url, read_timeout_s=1.0, deadline_s=10.0)
        with pytest.raises(UpstreamError) as caught:
            upstream.send(Call("GET", "/"))
    assert type(caught.value) is ours
    assert caught.value.retryable is issubclass(ours, Transient)


def test_nobody_listening_is_down() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(UpstreamDown):
        Upstream("someone", url).send(Call("GET", "/"))


def test_threads_share_one_session_and_its_connections() -> None:
    with Loopback(lambda _: Told(b"{}")) as server:
        upstream = Upstream("someone", server.url, connections=2)
        replies: list[Reply] = []
        threads = [threading.Thread(target=lambda: replies.append(upstream.send(Call("GET", "/")))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert [reply.status for reply in replies] == [200] * 8
