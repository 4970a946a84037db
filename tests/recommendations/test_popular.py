"""Popular: lately, by people, once each."""

from recommendations import Kind, Reason
from tests.recommendations.shop import Past, ask, learn


def test_what_people_buy_now_comes_before_what_they_bought_once() -> None:
    past: list[Past] = [(f"o{n}", 400, ["old"]) for n in range(9)] + [(f"n{n}", 3, ["new"]) for n in range(3)]
    assert [found.product for found in ask(learn(past))] == ["new", "old"]


def test_a_customer_counts_once_for_each_product() -> None:
    past: list[Past] = (
        [("trader", 1, ["crate"])] * 50 + [("a", 1, ["crate"])] + [(f"s{n}", 1, ["tea"]) for n in range(3)]
    )
    first, second = ask(learn(past))
    assert first.reason == Reason(Kind.POPULAR, None, people=3, orders=3)
    assert second.reason == Reason(Kind.POPULAR, None, people=2, orders=51)


def test_what_one_person_bought_is_not_popular() -> None:
    assert ask(learn([("a", 1, ["tea"])] * 5)) == []
