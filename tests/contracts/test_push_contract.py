"""What every adapter that takes pushes owes the rest, over every push in its folder of samples.

`SOURCES.toml` says which credentials an account has and which headers each push comes with. `at` is the moment at which
a push that carries one was signed; `unsigned = true` marks a carrier that documents no way to verify.
"""

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import fuzzing
from tests.contracts.test_carrier_contract import _check_result
from tracking.carriers import all_slugs, get_carrier
from tracking.carriers._push import Delivery, Pushes
from tracking.platform import clock
from tracking.platform.errors import BadPayload, BadSignature
from tracking.platform.status import Status

SAMPLES = Path(__file__).parent.parent / "samples" / "pushes"
PUSHING = [slug for slug in all_slugs() if issubclass(get_carrier(slug), Pushes)]


@dataclass(frozen=True)
class Push:
    """A push as it comes, and what it tells: a status by number."""

    slug: str
    name: str
    credentials: dict[str, str]
    headers: dict[str, str]
    query: dict[str, str]
    tells: dict[str, str]
    signs_body: bool = True
    unsigned: bool = False
    at: datetime | None = None
    answer: str = ""
    about: str = ""
    composed: bool = False

    @property
    def adapter(self) -> type[Pushes]:
        found = get_carrier(self.slug)
        assert issubclass(found, Pushes)
        return found

    @property
    def delivery(self) -> Delivery:
        body = (SAMPLES / self.slug / self.name).read_bytes()
        return Delivery(body, {name.lower(): value for name, value in self.headers.items()}, self.query)

    def __str__(self) -> str:
        return f"{self.slug}/{self.name}"


def _pushes() -> Iterator[Push]:
    for slug in PUSHING:
        source = tomllib.loads((SAMPLES / slug / "SOURCES.toml").read_text())
        common = {key: source[key] for key in ("credentials", "signs_body", "unsigned") if key in source}
        for name, about in source["pushes"].items():
            yield Push(slug, name, **{"credentials": {}, "headers": {}, "query": {}, "tells": {}, **common, **about})


ALL = list(_pushes())
each_push = pytest.mark.parametrize("push", ALL, ids=str)
each_verified = pytest.mark.parametrize("push", [push for push in ALL if not push.unsigned], ids=str)


@pytest.fixture(autouse=True)
def _at_that_moment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    push = request.node.callspec.params.get("push") if hasattr(request.node, "callspec") else None
    if push is not None and push.at is not None:
        monkeypatch.setattr(clock, "real_now", lambda: push.at)


@pytest.mark.parametrize("slug", PUSHING)
def test_it_has_samples_and_says_what_a_merchant_must_do(slug: str) -> None:
    adapter = get_carrier(slug)
    assert issubclass(adapter, Pushes)
    assert adapter.push_facts.endswith(".")
    listed = tomllib.loads((SAMPLES / slug / "SOURCES.toml").read_text())
    assert listed["document"]
    assert {file.name for file in (SAMPLES / slug).iterdir()} - {"SOURCES.toml"} == set(listed["pushes"])
    assert (adapter.subscription_size > 0) == (adapter.subscription_s > 0)
    secrets = set(listed.get("credentials", {}))
    assert secrets <= {one.name for one in adapter.credentials}


@each_push
def test_a_push_is_believed_and_read(push: Push) -> None:
    push.adapter.verify(push.delivery, push.credentials)
    told = push.adapter.read_push(push.delivery, push.credentials)
    assert {one.result.number: str(one.result.status) for one in told} == push.tells
    for one in told:
        _check_result(one.result)
        assert one.result.events or one.result.status in {Status.PENDING, Status.INFO_RECEIVED}
        assert one.key == replace(one).key
    answer = push.adapter.answer_push(push.delivery)
    assert 200 <= answer.status < 300
    assert push.answer in answer.body.decode()


@each_verified
def test_a_push_without_its_proof_is_refused(push: Push) -> None:
    bare = replace(push.delivery, headers={}, query={})
    if push.headers or push.query:
        with pytest.raises(BadSignature):
            push.adapter.verify(bare, push.credentials)
    for name in push.credentials:
        for wrong in ({**push.credentials, name: "wrong"}, {k: v for k, v in push.credentials.items() if k != name}):
            with pytest.raises(BadSignature):
                push.adapter.verify(push.delivery, wrong)
    with pytest.raises(BadSignature):
        push.adapter.verify(push.delivery, {})


@each_verified
def test_a_body_that_was_changed_is_refused_where_it_is_signed(push: Push) -> None:
    body = push.delivery.body if push.signs_body else b""
    for at in range(0, len(body), max(1, len(body) // 40)):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises((BadSignature, BadPayload)):
            push.adapter.verify(replace(push.delivery, body=changed), push.credentials)


@each_push
def test_a_push_of_another_hour_is_refused_where_its_moment_is_signed(
    push: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hours in (-1, 1) if push.at else ():
        monkeypatch.setattr(clock, "real_now", lambda hours=hours: push.at + timedelta(hours=hours))
        with pytest.raises(BadSignature):
            push.adapter.verify(push.delivery, push.credentials)


@pytest.mark.parametrize("slug", PUSHING)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"42",
        b"[]",
        b"[null]",
        b"{}",
        b'{"a": [1]}',
        b"\xff\xfe",
        b"[" * 100_000,
        b"a=b&bizContent=%ff",
        b"x" * 100_000,
    ],
    ids=lambda body: repr(body[:16]),
)
def test_a_body_that_is_no_push_of_its_is_refused_or_tells_nothing(slug: str, body: bytes) -> None:
    adapter = get_carrier(slug)
    assert issubclass(adapter, Pushes)
    with suppress(BadPayload):
        assert list(adapter.read_push(Delivery(body), {})) == []
    with pytest.raises(BadSignature):
        _verify_strictly(adapter, Delivery(body))


def _verify_strictly(adapter: type[Pushes], delivery: Delivery) -> None:
    adapter.verify(delivery, {})
    if any(push.unsigned for push in ALL if push.slug == adapter.slug):
        raise BadSignature


_edits = st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=3), st.integers(0, 40)), min_size=1, max_size=6)


@each_push
@fuzzing.shared_among(ALL)
@given(
    edits=st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=3), st.integers(0, 40)), min_size=1, max_size=6)
)
def test_no_change_of_bytes_makes_it_raise(push: Push, edits: list[tuple[float, bytes, int]]) -> None:
    body = push.delivery.body
    for where, instead, cut in edits:
        at = int(where * len(body))
        body = body[:at] + instead + body[at + cut :]
    with suppress(BadPayload):
        for one in push.adapter.read_push(replace(push.delivery, body=body), push.credentials):
            _check_result(one.result)
