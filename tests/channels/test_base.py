"""The vocabulary of channels."""

import itertools

import pytest

from tracking.channels._base import About, Progress, all_slugs, get_channel, is_uncertain, masked
from tracking.platform.errors import NotFound, RateLimited, UpstreamDown, UpstreamTimeout


def test_reports_in_any_order_end_the_same() -> None:
    story = [Progress.QUEUED, Progress.SENDING, Progress.SENT, Progress.DELIVERED]
    for order in itertools.permutations([*story, Progress.SENT, Progress.UNKNOWN]):
        known = None
        for heard in order:
            known = heard if heard.follows(known) else known
        assert known is Progress.DELIVERED


def test_final_is_final_but_for_reading() -> None:
    finals = [progress for progress in Progress if progress.is_final]
    for known, heard in itertools.product(finals, Progress):
        assert heard.follows(known) == (known is Progress.DELIVERED and heard is Progress.READ)


def test_nothing_follows_itself_and_unknown_is_no_news() -> None:
    for progress in Progress:
        assert not progress.follows(progress)
        assert not Progress.UNKNOWN.follows(progress)
    assert not Progress.UNKNOWN.follows(None)


def test_failures_are_final() -> None:
    assert {p for p in Progress if p.is_failure} == {Progress.FAILED, Progress.UNDELIVERED, Progress.CANCELED}
    assert all(p.is_final for p in Progress if p.is_failure)


def test_an_aspect_is_never_both_about_address_and_us() -> None:
    assert not [about for about in About if about.ends_address and about.needs_person]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+441234567842", "+4…42"),
        ("jo.smith@example.com", "jo…@example.com"),
        ("", "…"),
        ("+123", "…"),
        ("a\nbcdefg", "a\n…fg"),
    ],
)
def test_masked_address(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_only_a_timeout_is_uncertain() -> None:
    assert is_uncertain(UpstreamTimeout(provider="x"))
    assert not is_uncertain(UpstreamDown(provider="x"))
    assert not is_uncertain(RateLimited(provider="x"))


def test_channels_are_found_by_slug() -> None:
    assert all_slugs() == ["email", "sms"]
    assert get_channel("sms").slug == "sms"
    with pytest.raises(NotFound):
        get_channel("pigeon")
