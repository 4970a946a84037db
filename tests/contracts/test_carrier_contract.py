"""What every carrier adapter owes the rest, over every adapter there is and every sample in its folder."""

import copy
import json
import socket
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import xmltodict
from hypothesis import given, reject
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests import fuzzing
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, Carrier, Parcel, all_slugs, get_carrier
from tracking.carriers._base import EXTRAS
from tracking.carriers._codes import CodeTable, forget_unseen
from tracking.platform.facts import Answer, ResultCode, TrackingResult
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply, Upstream

# an extra's adapter reads without what the extra installs
SLUGS = sorted({*all_slugs(), *EXTRAS})
SAMPLES = Path(__file__).parent.parent / "samples" / "carriers"
CODES = Path(__file__).parents[2] / "tracking" / "carriers" / "codes"
STRANGER = "ZZ00STRANGER00ZZ"
SECRET = "a-secret-nobody-may-read"
TOKENS = {"token_type": "Bearer", "expires_in": "3600", "expire": "2099-01-01 00:00:00+07:00"}


@dataclass(frozen=True)
class Sample:
    """A sample answer.

    status    the HTTP status it comes with
    codes_in  where codes stand in it beside the usual fields
    number    what it was asked about, where the carrier's answers do not say that themselves
    """

    slug: str
    name: str
    status: int
    codes_in: tuple[str, ...] = ()
    number: str = ""

    @property
    def body(self) -> bytes:
        return (SAMPLES / self.slug / self.name).read_bytes()

    @property
    def document(self) -> Any:
        return xmltodict.parse(self.body) if self.is_xml else _opened(json.loads(self.body))

    @property
    def is_xml(self) -> bool:
        return self.name.endswith(".xml")

    def encode(self, document: Any) -> bytes:
        """The same answer with other values in it."""
        text = xmltodict.unparse(document) if self.is_xml else json.dumps(_closed(document))
        return text.encode("utf-8", "surrogatepass")

    def parse(self, body: bytes | None = None, *numbers: str) -> Answer:
        reply = Reply(self.status, self.body if body is None else body)
        return get_carrier(self.slug).parse(reply, numbers or ((self.number,) if self.number else ()))

    def __str__(self) -> str:
        return f"{self.slug}/{self.name}"


class Inside(dict[str, Any]):
    """An object that stands as a JSON text in another document."""


def _opened(node: Any) -> Any:
    """The document with the JSON texts in it read."""
    if isinstance(node, dict):
        return {key: _opened(value) for key, value in node.items()}
    if isinstance(node, str) and node.startswith("{") and node.endswith("}"):
        return Inside(_opened(json.loads(node)))
    return [_opened(item) for item in node] if isinstance(node, list) else node


def _closed(node: Any) -> Any:
    """The same with them written as texts again."""
    if isinstance(node, dict):
        plain = {key: _closed(value) for key, value in node.items()}
        return json.dumps(plain) if isinstance(node, Inside) else plain
    return [_closed(item) for item in node] if isinstance(node, list) else node


def _samples() -> list[Sample]:
    found = []
    for slug in SLUGS:
        source = SAMPLES / slug / "SOURCES.toml"
        told = tomllib.loads(source.read_text()) if source.exists() else {}
        # a carrier without codes says by its words what an event means
        codes_in = tuple(told.get("codes_in", ()))
        listed = sorted(told.get("samples", {}).items())
        found += [
            Sample(slug, name, about.get("status", 200), codes_in, about.get("number", "")) for name, about in listed
        ]
    return found


ALL = _samples()
TOLD = [sample for sample in ALL if sample.parse().results]


def _account(carrier: type[Carrier], url: str) -> Account:
    return Account("one", {field.name: SECRET for field in carrier.credentials}, url)


each_carrier = pytest.mark.parametrize("carrier", [get_carrier(slug) for slug in SLUGS], ids=SLUGS)
# some carriers fetch tokens only where an account asks for it
WITH_TOKENS = [
    slug
    for slug in SLUGS
    if get_carrier(slug)(_account(get_carrier(slug), "https://carrier.example")).token_call() is not None
]
# some are asked through a library, which has tests of its own
OVER_HTTP = [slug for slug in SLUGS if get_carrier(slug).base_url]
each_over_http = pytest.mark.parametrize("carrier", [get_carrier(slug) for slug in OVER_HTTP], ids=OVER_HTTP)
each_with_tokens = pytest.mark.parametrize("carrier", [get_carrier(slug) for slug in WITH_TOKENS], ids=WITH_TOKENS)
# some carriers answer everybody
WITH_CREDENTIALS = [slug for slug in SLUGS if any(field.required for field in get_carrier(slug).credentials)]
each_with_credentials = pytest.mark.parametrize(
    "carrier", [get_carrier(slug) for slug in WITH_CREDENTIALS], ids=WITH_CREDENTIALS
)
each_sample = pytest.mark.parametrize("sample", ALL, ids=str)
each_telling = pytest.mark.parametrize("sample", TOLD, ids=str)


# what it says of itself


@each_carrier
def test_it_names_itself_as_its_file_and_says_what_it_needs(carrier: type[Carrier]) -> None:
    assert carrier.slug == carrier.__module__.rsplit(".", 1)[-1].replace("_", "-")
    assert carrier.name
    assert carrier.base_url.startswith("https://") or carrier.slug in EXTRAS
    assert all(field.name.isidentifier() and field.help for field in carrier.credentials)
    assert carrier.batch_size >= 1
    assert carrier.limits
    assert all(limit.amount > 0 and limit.per_s > 0 and limit.source for limit in carrier.limits)
    assert all(fact.endswith(".") for fact in carrier.weak)


@each_carrier
@pytest.mark.parametrize("locale", ["en", "fr", "th", "xx"])
def test_its_public_page_cannot_be_broken_out_of_by_a_number(carrier: type[Carrier], locale: str) -> None:
    url = carrier.public_url('1"><script>/../?a=b&c#d', locale)
    assert url.startswith("https://")
    assert not set(url) & set('"<> ')
    # the page itself may have one
    assert url.count("#") == carrier.public_url("1", locale).count("#")
    assert "script>/" not in url


@each_carrier
def test_it_has_samples_that_tell_where_they_come_from(carrier: type[Carrier]) -> None:
    listed = tomllib.loads((SAMPLES / carrier.slug / "SOURCES.toml").read_text())
    files = {file.name for file in (SAMPLES / carrier.slug).iterdir()} - {"SOURCES.toml"}
    assert listed["document"]
    assert set(listed["samples"]) == files
    assert any(sample.slug == carrier.slug for sample in TOLD)


@pytest.mark.parametrize("name", sorted(file.stem for file in CODES.glob("*.csv")))
def test_every_row_of_a_table_is_a_known_status_and_reason(name: str) -> None:
    rows = list(CodeTable.load(name, name))
    assert rows
    for _group, code, meaning in rows:
        assert isinstance(meaning.status, Status)
        assert meaning.reason is None or isinstance(meaning.reason, Reason)
        assert code == code.strip().upper()
        assert meaning.status is not Status.EXPIRED, "only Waypost sets it"


# what it makes of answers


def _check(answer: Answer) -> None:
    """What holds for whatever came."""
    assert answer.results or answer.errors
    for result in answer.results:
        _check_result(result)
    for error in answer.errors:
        assert error.code in ResultCode
        assert error.message.endswith((".", "…"))
        assert error.retryable is (error.code in (ResultCode.RATE_LIMITED, ResultCode.UNAVAILABLE))
        assert error.retry_after is None or error.retryable


def _check_result(result: TrackingResult) -> None:
    assert result.number
    assert result.number == "".join(result.number.upper().split())
    assert result.status is not Status.UNKNOWN
    assert result.status is not Status.EXPIRED
    for event in result.events:
        assert event.at.utcoffset() is not None
        assert event.status in Status
        assert event.location.country is None or len(event.location.country) == 2
        assert "\x00" not in event.description + event.code
    instants = [event.at for event in result.events]
    assert instants == sorted(instants)
    told = [(event.at, event.code, event.description, event.location) for event in result.events]
    assert len(told) == len(set(told))
    if result.estimated:
        assert result.estimated.earliest <= result.estimated.latest
    assert result.delivered_at is None or result.delivered_at.utcoffset() is not None
    assert result.delivered_at is None or result.status is Status.DELIVERED
    # what is stored and shown must be writable
    str(result).encode()


@each_sample
def test_a_sample_is_told_oldest_first_each_once_with_aware_times(sample: Sample) -> None:
    _check(sample.parse())


@each_telling
def test_a_number_asked_for_is_told_under_that_number(sample: Sample) -> None:
    for number in {result.number for result in sample.parse().results}:
        answer = sample.parse(None, number)
        assert [result.number for result in answer.results] == [number]


@pytest.mark.parametrize("sample", [sample for sample in TOLD if not sample.number], ids=str)
def test_an_answer_about_another_number_is_no_result(sample: Sample) -> None:
    answer = sample.parse(None, STRANGER)
    assert answer.results == ()
    assert [error.number for error in answer.errors] == [STRANGER]
    assert answer.errors[0].code in (ResultCode.UNREADABLE, ResultCode.NOT_FOUND)


def _unseen(document: Any, codes_in: tuple[str, ...]) -> Any:
    """The same document with a code that nobody has seen wherever a code can stand."""
    if isinstance(document, list):
        return [_unseen(item, codes_in) for item in document]
    if not isinstance(document, dict):
        return document
    return type(document)({key: _swapped(key, value, codes_in) for key, value in document.items()})


def _swapped(key: str, value: Any, codes_in: tuple[str, ...]) -> Any:
    name = key.lower()
    holds_code = any(word in name for word in ("code", "status", "type"))
    holds_other = any(word in name for word in ("country", "post", "date", "barcode", "tracking_code"))
    if (key in codes_in or (holds_code and not holds_other)) and isinstance(value, str) and value:
        return "Q☂Z"
    return _unseen(value, codes_in)


@each_telling
def test_an_unseen_code_is_unknown_and_logged_once_and_never_guessed(sample: Sample) -> None:
    before = sum(len(result.events) for result in sample.parse().results)
    body = sample.encode(_unseen(sample.document, sample.codes_in))
    forget_unseen()
    with capture_logs() as logs:
        events = [event for _ in range(2) for result in sample.parse(body).results for event in result.events]
    assert len(events) == 2 * before
    assert {event.status for event in events} == {Status.UNKNOWN}
    lines = [(line["carrier"], line["code"]) for line in logs if line["event"] == "carrier.code_unseen"]
    assert lines
    assert len(lines) == len(set(lines))
    assert {carrier for carrier, _ in lines} == {sample.slug}


def _broken_one_by_one(document: Any) -> Iterator[Any]:
    """The document with the last of two or more objects in a list replaced by rubbish, list by list."""

    def lists(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        if isinstance(node, list) and len(node) > 1 and all(isinstance(item, dict) for item in node):
            yield path
        for key, child in children:
            yield from lists(child, (*path, key))

    for path in lists(document, ()):
        for rubbish in (None, 42, "<b>", [], {"date": {}, "status": []}):
            broken = copy.deepcopy(document)
            node = broken
            for key in path:
                node = node[key]
            node[-1] = rubbish
            yield broken


@each_telling
def test_the_good_half_of_a_half_broken_answer_is_kept(sample: Sample) -> None:
    for broken in _broken_one_by_one(sample.document):
        answer = sample.parse(sample.encode(broken))
        assert answer.results
        _check(answer)


# what it makes of refusals

NUMBERS = ("NUMBER0000000001", "NUMBER0000000002")


@each_carrier
@pytest.mark.parametrize(
    ("status", "wait", "expected"),
    [
        (401, None, (ResultCode.UNAUTHORIZED, None)),
        (403, None, (ResultCode.UNAUTHORIZED, None)),
        (404, None, (ResultCode.NOT_FOUND, None)),
        (408, None, (ResultCode.UNAVAILABLE, None)),
        (429, None, (ResultCode.RATE_LIMITED, None)),
        (429, "120", (ResultCode.RATE_LIMITED, 120.0)),
        (429, "soon", (ResultCode.RATE_LIMITED, None)),
        (500, None, (ResultCode.UNAVAILABLE, None)),
        (502, None, (ResultCode.UNAVAILABLE, None)),
        (503, "30", (ResultCode.UNAVAILABLE, 30.0)),
    ],
)
@pytest.mark.parametrize("body", [b"", b"{}", b"null", b'{"message": "no"}'])
def test_a_refusal_is_told_for_every_number(
    carrier: type[Carrier], status: int, wait: str | None, expected: tuple[ResultCode, float | None], body: bytes
) -> None:
    answer = carrier.parse(Reply(status, body, {"retry-after": wait} if wait else {}), NUMBERS)
    assert answer.results == ()
    assert [error.number for error in answer.errors] == list(NUMBERS)
    assert {(error.code, error.retry_after) for error in answer.errors} == {expected}
    _check(answer)


@each_carrier
@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_gateways_page_means_what_its_status_says(carrier: type[Carrier], status: int) -> None:
    page = carrier.parse(Reply(status, b"<html>Sorry</html>"), NUMBERS)
    bare = carrier.parse(Reply(status, b""), NUMBERS)
    assert [error.code for error in page.errors] == [error.code for error in bare.errors]


@each_carrier
def test_a_page_under_404_is_a_wrong_address_and_no_unknown_number(carrier: type[Carrier]) -> None:
    answer = carrier.parse(Reply(404, b"<html>no such page</html>"), NUMBERS)
    assert {error.code for error in answer.errors} == {ResultCode.UNREADABLE}


@each_carrier
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"<html><body>Service</body></html>",
        b"\xef\xbb\xbf<?xml version='1.0'?><a/>",
        b"null",
        b"42",
        b'"text"',
        b"[1]",
        b"{}",
        b"true",
        b"\xff\xfe\x00\x01",
        b"{" * 100_000,
        b"[" * 100_000,
        b"1" * 100_000,
        b'{"a": 1e999999}',
        b'{"output": {"completeTrackResults": {"a": [[]]}}, "trackResponse": [], "shipments": 1, "response": "x"}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_no_answer_of_its_is_unreadable(carrier: type[Carrier], body: bytes) -> None:
    answer = carrier.parse(Reply(200, body), NUMBERS)
    assert answer.results == ()
    assert [error.number for error in answer.errors] == list(NUMBERS)
    assert {error.code for error in answer.errors} == {ResultCode.UNREADABLE}
    _check(answer)
    assert [error.number for error in carrier.parse(Reply(200, body), ()).errors] == [None]


@each_telling
def test_a_truncated_answer_is_unreadable(sample: Sample) -> None:
    for length in range(0, len(sample.body.rstrip()) - 1, 97):
        answer = sample.parse(sample.body[:length], *NUMBERS)
        assert {error.code for error in answer.errors} == {ResultCode.UNREADABLE}


# whatever bytes come

_FUZZ = fuzzing.shared_among(ALL)
_edits = st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=3), st.integers(0, 40)), min_size=1, max_size=6)


@each_sample
@_FUZZ
@given(edits=_edits)
def test_no_change_of_bytes_makes_it_raise(sample: Sample, edits: list[tuple[float, bytes, int]]) -> None:
    body = sample.body
    for where, instead, cut in edits:
        at = int(where * len(body))
        body = body[:at] + instead + body[at + cut :]
    _check(sample.parse(body))
    _check(sample.parse(body, *NUMBERS))


_ODD = st.sampled_from(
    [
        None, True, -1, 0, 10**30, 10**400, 1e308, float("inf"), float("nan"), "", " ", "\x00", "\ud800", "<b>&amp;",
        "9999-99-99T99:99:99Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "20261332", "+99:99",
        "31/02/2569 25:61:61+07:00", [], {}, [[]], [None], {"a": {}}, "x" * 10_000, "๙๙๙๙", "²",
    ]
)  # fmt: skip


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from _leaves(child, (*path, key))


@each_telling
@_FUZZ
@given(data=st.data())
def test_no_value_of_a_wrong_kind_makes_it_raise(sample: Sample, data: st.DataObject) -> None:
    document = sample.document
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(list(_leaves(document)) or [()]))
        node = document
        for key in path[:-1]:
            node = node[key]
        if path:
            node[path[-1]] = copy.deepcopy(data.draw(_ODD))
    try:
        body = sample.encode(document)
    except (ValueError, TypeError, AttributeError):
        reject()
    _check(sample.parse(body))
    _check(sample.parse(body, *NUMBERS))


# over real sockets


def _upstream(carrier: type[Carrier], url: str, **limits: Any) -> Upstream:
    return Upstream(carrier.slug, url, connect_timeout_s=1.0, **{"read_timeout_s": 2.0, "deadline_s": 10.0, **limits})


def _parcels(carrier: type[Carrier]) -> list[Parcel]:
    return [Parcel(number) for number in NUMBERS[: carrier.batch_size]]


def _is_token_call(carrier: type[Carrier], asked: Asked) -> bool:
    call = carrier(_account(carrier, "http://127.0.0.1")).token_call()
    return call is not None and asked.path == call.path


def _token(carrier: type[Carrier], value: str = "token-1") -> Told:
    """The answer to a token call; a carrier that answers in XML has `token.xml` among its samples."""
    told = SAMPLES / carrier.slug / "token.xml"
    if told.exists():
        return Told(told.read_bytes().replace(b"TOKEN", value.encode()))
    return Told({**TOKENS, "access_token": value, "token": value})


def _has_token(asked: Asked, value: str) -> bool:
    return value in f"{asked.path} {dict(asked.query)} {dict(asked.headers)}" or value.encode() in asked.body


def _first(slug: str) -> Sample:
    return next(sample for sample in TOLD if sample.slug == slug)


@each_over_http
def test_it_asks_reads_and_keeps_numbers_and_secrets_out_of_the_logs(carrier: type[Carrier]) -> None:
    sample = _first(carrier.slug)
    numbers = [result.number for result in sample.parse().results][: carrier.batch_size]

    def answer(asked: Asked) -> Told:
        return _token(carrier) if _is_token_call(carrier, asked) else Told(sample.body, sample.status)

    with Loopback(answer) as server, capture_logs() as logs:
        adapter = carrier(_account(carrier, server.url))
        found = adapter.track([Parcel(number) for number in numbers])
    assert [result.number for result in found.results] == numbers
    assert any(line["event"] == "upstream.call" for line in logs)
    written = json.dumps(logs, default=str)
    assert SECRET not in written
    assert "token-1" not in written
    assert not [number for number in numbers if number in written]


@each_over_http
@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
def test_no_secret_and_no_number_stands_in_an_error(carrier: type[Carrier], status: int) -> None:
    echo = json.dumps({"error": {"message": NUMBERS[0]}, "message": NUMBERS[0], "detail": NUMBERS[0]})

    def answer(asked: Asked) -> Told:
        return _token(carrier) if _is_token_call(carrier, asked) else Told(echo.encode(), status, {"Retry-After": "7"})

    with Loopback(answer) as server, capture_logs() as logs:
        found = carrier(_account(carrier, server.url)).track(_parcels(carrier)[:1])
    assert found.results == ()
    told = json.dumps([error.message for error in found.errors] + [str(line) for line in logs])
    assert SECRET not in told
    assert not [number for number in NUMBERS if number in told]


@each_with_tokens
def test_a_refused_token_is_renewed_once_and_the_question_asked_again(carrier: type[Carrier]) -> None:
    sample = _first(carrier.slug)
    number = sample.parse().results[0].number
    given_out: list[str] = []

    def answer(asked: Asked) -> Told:
        if _is_token_call(carrier, asked):
            given_out.append(f"token-{len(given_out)}")
            return _token(carrier, given_out[-1])
        return Told(sample.body) if _has_token(asked, "token-1") else Told({}, 401)

    with Loopback(answer) as server:
        adapter = carrier(_account(carrier, server.url))
        assert [result.number for result in adapter.track([Parcel(number)]).results] == [number]
        assert [result.number for result in adapter.track([Parcel(number)]).results] == [number]
    assert given_out == ["token-0", "token-1"]


@each_over_http
def test_a_token_that_is_refused_twice_ends_as_unauthorized(carrier: type[Carrier]) -> None:
    with Loopback(lambda asked: _token(carrier) if _is_token_call(carrier, asked) else Told({}, 401)) as server:
        found = carrier(_account(carrier, server.url)).track(_parcels(carrier))
        calls = len(server.asked)
    assert {error.code for error in found.errors} == {ResultCode.UNAUTHORIZED}
    assert [error.number for error in found.errors] == [parcel.number for parcel in _parcels(carrier)]
    assert calls <= 6, "it must not ask for ever"


@each_with_tokens
@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b"{}", ResultCode.UNAUTHORIZED),
        (429, b"{}", ResultCode.RATE_LIMITED),
        (503, b"<html>", ResultCode.UNAVAILABLE),
        (200, b"<html>", ResultCode.UNREADABLE),
        (200, b'{"access_token": 5, "token": []}', ResultCode.UNREADABLE),
        (
            200,
            b'{"access_token": "a\\nb", "token": "a\\nb", "expire": "2099-01-01 00:00:00+07:00"}',
            ResultCode.UNREADABLE,
        ),
    ],
)
def test_a_token_that_cannot_be_had_is_an_error_for_every_number(
    carrier: type[Carrier], status: int, body: bytes, code: ResultCode
) -> None:
    with Loopback(lambda _: Told(body, status, {"Retry-After": "9"} if status == 429 else {})) as server:
        found = carrier(_account(carrier, server.url)).track(_parcels(carrier))
        assert len(server.asked) == 1
    assert [error.number for error in found.errors] == [parcel.number for parcel in _parcels(carrier)]
    assert {error.code for error in found.errors} == {code}
    assert {error.retry_after for error in found.errors} == ({9.0} if status == 429 else {None})


@each_with_credentials
@pytest.mark.parametrize("bad", ["", "line\nbreak", "clé"])
def test_credentials_that_cannot_be_sent_are_refused_before_any_call(carrier: type[Carrier], bad: str) -> None:
    with Loopback(lambda _: Told({})) as server:
        credentials = {field.name: bad for field in carrier.credentials}
        found = carrier(Account("one", credentials, server.url)).track(_parcels(carrier))
        assert server.asked == []
    assert {error.code for error in found.errors} == {ResultCode.UNAUTHORIZED}
    assert not found.errors[0].retryable


@each_over_http
def test_nobody_listening_is_unavailable(carrier: type[Carrier]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    found = carrier(_account(carrier, url)).track(_parcels(carrier))
    assert {error.code for error in found.errors} == {ResultCode.UNAVAILABLE}
    assert all(error.retryable for error in found.errors)


@contextmanager
def _raw_server(pieces: Iterator[bytes] | list[bytes], pause_s: float) -> Iterator[str]:
    """Sends pieces with pauses to whoever connects, then hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            try:
                talk, _ = listening.accept()
            except OSError:
                return
            with talk:
                talk.recv(65_536)
                for piece in pieces:
                    if done.wait(pause_s):
                        return
                    try:
                        talk.sendall(piece)
                    except OSError:
                        break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        done.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@each_over_http
@pytest.mark.parametrize(
    ("pieces", "pause_s", "limits", "code"),
    [
        ([b""] * 400, 0.1, {"read_timeout_s": 0.3, "deadline_s": 1.0}, ResultCode.UNAVAILABLE),
        ([HEAD + b"Content-Length: 1000\r\n\r\n", *[b" "] * 800], 0.05, {"deadline_s": 0.4}, ResultCode.UNAVAILABLE),
        ([HEAD + b"Content-Length: 100\r\n\r\n{}"], 0.0, {}, ResultCode.UNAVAILABLE),
        ([HEAD + b"Content-Length: 9000\r\n\r\n" + b" " * 9000], 0.0, {"max_bytes": 4096}, ResultCode.UNREADABLE),
        ([HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"], 0.0, {}, ResultCode.UNREADABLE),
        ([b"no http at all\r\n\r\n"], 0.0, {}, ResultCode.UNAVAILABLE),
    ],
    ids=["silent", "slow drip", "hangs up half-way", "too large", "bad gzip", "not http"],
)
def test_a_bad_line_is_told_for_every_number_within_the_deadline(
    carrier: type[Carrier], pieces: list[bytes], pause_s: float, limits: dict[str, Any], code: ResultCode
) -> None:
    with _raw_server(pieces, pause_s) as url:
        adapter = carrier(_account(carrier, url), upstream=_upstream(carrier, url, **limits))
        started = time.monotonic()
        found = adapter.track(_parcels(carrier))
        # the line goes on for forty seconds; a busy machine is slow, but not that slow
        assert time.monotonic() - started < 20
    assert [error.number for error in found.errors] == [parcel.number for parcel in _parcels(carrier)]
    assert {error.code for error in found.errors} == {code}
    _check(Answer(errors=found.errors))
