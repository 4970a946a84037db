"""Every code of Twilio's that is known, and every other one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.channels._base import About, Again
from tracking.channels._twilio_codes import _TABLE, CODES, failure

DOCUMENTED = [
    "20003", "20404", "20429", "21211", "21212", "21606", "21408", "21602", "21603", "21617", "21608", "21610",
    "21611", "21612", "21614", "21635", "21664", "21666", "21667", "30001", "30002", "30003", "30004", "30005",
    "30006", "30007", "30008", "30034", "30036", "30450", "30610", "30640", "63016", "63036",
]  # fmt: skip


@pytest.mark.parametrize("code", DOCUMENTED)
def test_documented_code_is_in_the_table(code: str) -> None:
    assert CODES[code].code == code
    assert CODES[code].meaning.endswith(".")


def test_no_code_stands_twice() -> None:
    assert len(_TABLE) == len(CODES)


@pytest.mark.parametrize(
    ("code", "about", "again"),
    [
        ("21610", About.OPTED_OUT, Again.NEVER),
        ("21211", About.BAD_ADDRESS, Again.NEVER),
        ("21614", About.NOT_MOBILE, Again.NEVER),
        ("21606", About.CONFIG, Again.NEVER),
        ("30003", About.UNREACHABLE, Again.ONCE),
        ("30005", About.SUSPECT, Again.NEVER),
        ("30007", About.CONTENT, Again.NEVER),
        ("30036", About.SERVICE, Again.IF_USEFUL),
        ("30610", About.SERVICE, Again.NEXT_WINDOW),
    ],
)
def test_code_says_what_to_do(code: str, about: About, again: Again) -> None:
    assert (failure(code).about, failure(int(code)).again) == (about, again)


def test_only_codes_about_the_address_end_it() -> None:
    ending = {code for code, found in CODES.items() if found.about.ends_address}
    assert ending == {"21211", "21604", "21610", "21614", "21635", "30006", "30640"}


@given(st.one_of(st.none(), st.integers(), st.text()))
def test_unknown_code_is_final_and_blames_nobody(code: str | int | None) -> None:
    found = failure(code)
    if found.code not in CODES:
        assert (found.about, found.again) == (About.UNKNOWN, Again.NEVER)
