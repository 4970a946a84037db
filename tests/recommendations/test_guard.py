"""What is turned off, on which numbers, and that chance alone turns nothing off."""

import numpy as np

from recommendations.guard import FEWEST_SHOWN, Counts, Fault, expectations, judge, judge_lift
from recommendations.lift import Group, lift


def test_all_goes_off_where_shown_shoppers_come_back_less() -> None:
    verdict = judge_lift(lift(Group(18_000, 1440), Group(2_000, 240)))
    assert verdict
    assert verdict.fault is Fault.HARM
    assert (verdict.numbers["shown_came_back"], verdict.numbers["held_out_came_back"]) == (1440, 240)
    assert verdict.numbers["low"] < verdict.numbers["high"] < 0


def test_nothing_goes_off_where_there_is_no_telling() -> None:
    assert judge_lift(None) is None
    assert judge_lift(lift(Group(900, 80), Group(100, 12))) is None
    assert judge_lift(lift(Group(18_000, 2160), Group(2_000, 160))) is None


def test_what_nobody_follows_goes_off() -> None:
    found = judge({"good": Counts(2000, 60, 4, 55.0, 5.0), "ignored": Counts(2000, 1, 5, 60.0, 5.0)})
    assert [(verdict.subject, verdict.fault) for verdict in found] == [("ignored", Fault.UNWANTED)]
    assert found[0].numbers["seen"] == 1
    assert found[0].numbers["expected"] == 60.0
    assert found[0].numbers["evidence"] >= found[0].numbers["enough"]


def test_what_many_send_away_goes_off_even_if_it_is_clicked() -> None:
    found = judge({"pushy": Counts(2000, 60, 40, 55.0, 5.0)})
    assert [(verdict.subject, verdict.fault) for verdict in found] == [("pushy", Fault.DISMISSED)]


def test_somewhat_less_than_expected_stays() -> None:
    assert judge({"modest": Counts(4000, 70, 12, 120.0, 8.0)}) == []


def test_few_showings_are_no_ground() -> None:
    assert judge({"new": Counts(FEWEST_SHOWN - 1, 0, 150, 90.0, 1.0)}) == []


def test_without_an_expectation_nothing_is_judged() -> None:
    assert judge({"only": Counts(100_000, 0, 500, 0.0, 0.0)}) == []
    assert judge({}) == []


def test_chance_turns_hardly_anything_off_however_often_one_looks() -> None:
    """Two hundred products at the edge of what is bearable, judged each day of three months."""
    rng = np.random.default_rng(5)
    shops, off = 60, 0
    for _ in range(shops):
        expected = np.full(200, 0.5)
        clicks = np.cumsum(rng.poisson(0.5 * 0.5, (90, 200)), axis=0)
        dismissals = np.cumsum(rng.poisson(0.1 * 2.0, (90, 200)), axis=0)
        off += any(
            judge(
                {
                    str(number): Counts(
                        300,
                        int(clicks[day, number]),
                        int(dismissals[day, number]),
                        expected[number] * (day + 1),
                        0.1 * (day + 1),
                    )
                    for number in range(200)
                }
            )
            for day in range(10, 90, 4)
        )
    assert off / shops <= 0.05


def test_expectations_follow_the_places_and_leave_oneself_out() -> None:
    rows = [
        ("first", 0, 1000, 100, 10),
        ("second", 0, 500, 20, 0),
        ("second", 3, 500, 5, 0),
        ("third", 3, 1000, 10, 20),
    ]
    found = expectations(rows)
    # "second" at place 0 like "first" there, at place 3 like "third" there
    assert found["second"] == Counts(1000, 25, 0, 500 * 0.1 + 500 * 0.01, 500 * 0.01 + 500 * 0.02)
    assert found["first"].clicks_expected == 1000 * 20 / 500
    assert expectations([("only", 0, 1000, 3, 4)])["only"].clicks_expected == 0
    assert expectations([]) == {}
