"""The page of `waypost recommend evaluate --report`: how good the suggestions are, told to whoever keeps the shop.

One file that asks nobody for anything: styles and drawings are in it, and it has no script. What it says in words it
says for the shop at hand; every figure stands in a table as well.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from flask import Flask, render_template
from flask_babel import format_decimal

from recommendations.evaluation import Task, bootstrap
from recommendations.trial import OURS, OfSize, Verdict
from tracking.cli._evaluation import Evaluation
from tracking.platform import i18n
from tracking.platform.brand import Brand, stylesheet
from tracking.platform.gettext import _, ngettext

# the gap between two labels below a chart, as a share of its width
LABEL_GAP = 0.13


@dataclass(frozen=True, slots=True)
class Bar:
    """One ranker in one task. Places are shares of the width, 0..100; `value`, `low` and `high` are words."""

    name: str
    is_ours: bool
    value: str
    low: str
    high: str
    at: float
    from_at: float
    to_at: float
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, 0..100, and what it says; "" where the words would touch the next."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Point:
    """One size of shop: where it stands in the drawing, and its figures in words."""

    x: float
    ours: float
    rule: float
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Quality by size of shop, ours beside one rule."""

    sentence: str
    rule: str
    points: tuple[Point, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One task."""

    title: str
    asked: str
    verdict: str
    beside: str
    bars: tuple[Bar, ...]
    curve: Curve | None


@dataclass(frozen=True, slots=True)
class Page:
    """All the template knows."""

    locale: str
    style: str
    headline: str
    beside: str
    span: str
    parts: tuple[Part, ...]
    how: tuple[str, ...]
    costs: tuple[str, ...]


def render(result: Evaluation, language: str) -> str:
    """The page as HTML, in a language there is a catalogue for."""
    app = Flask("tracking")
    i18n.init_app(app)
    with app.app_context(), i18n.speaking(language):
        return str(render_template("reports/recommendations.html", page=_page(result)))


def _page(result: Evaluation) -> Page:
    judged = [verdict for verdict in result.verdicts if verdict.cases]
    parts = tuple(_part(verdict, result.sizes.get(verdict.task, ())) for verdict in judged)
    # what a page is there for: something the shopper did not think of
    first = next((part for part, verdict in zip(parts, judged, strict=True) if verdict.task is Task.NEXT_NEW), None)
    lead = first or next(iter(parts), None)
    return Page(
        locale=i18n.locale(),
        style=stylesheet(Brand()),
        headline=lead.verdict if lead else _("There are not enough orders to tell how good the suggestions are"),
        beside=lead.beside if lead else _("It takes orders from before and after the day that divides them."),
        span=_span(result),
        parts=parts,
        how=tuple(_how(result)),
        costs=tuple(_costs(result, judged)),
    )


def _rule(name: str) -> str:
    names: dict[str, str] = {
        OURS: _("Waypost"),
        "popularity": _("What ever sold best"),
        "popularity, last 30 days": _("What sold best in the last 30 days"),
        "own products": _("What the customer bought before"),
        "item-item cosine": _("What stood in the same orders, plainly counted"),
    }
    return names[name]


def _part(verdict: Verdict, sizes: Sequence[OfSize]) -> Part:
    best = verdict.best_rule()
    title, asked, told = _words(verdict)
    return Part(
        title, asked, told, _beside(verdict, best), _bars(verdict), _curve(sizes, best) if len(sizes) > 1 else None
    )


def _words(verdict: Verdict) -> tuple[str, str, str]:
    """Its title, what was asked, and the answer in one sentence."""
    share = _of_hundred(verdict.answers[OURS].means()["hit"])
    cases = format_decimal(len(verdict.cases))
    if verdict.task is Task.LOO:
        return (
            _("What belongs in the basket"),
            _(
                "One product of %(cases)s orders was covered up. From the rest of the order, Waypost named four "
                "products.",
                cases=cases,
            ),
            _("In %(share)s of 100 orders, the covered product was among the four we named", share=share),
        )
    if verdict.task is Task.LOO_KNOWN:
        return (
            _("What belongs in the basket of somebody you know"),
            _(
                "The same %(cases)s orders; this time Waypost also knew what the customer had bought before.",
                cases=cases,
            ),
            _("In %(share)s of 100 orders, the covered product was among the four we named", share=share),
        )
    if verdict.task is Task.NEXT_NEW:
        return (
            _("What a customer buys next for the first time"),
            _(
                "Before %(cases)s orders of customers who came back, Waypost named four products that they had never "
                "bought.",
                cases=cases,
            ),
            _(
                "In %(share)s of 100 cases, a returning customer bought one of the four new products we named",
                share=share,
            ),
        )
    return (
        _("What a customer buys next, new or again"),
        _(
            "Before %(cases)s orders of customers who came back, Waypost named four products, old favourites included.",
            cases=cases,
        ),
        _("In %(share)s of 100 cases, one of the four products we named was in the next order", share=share),
    )


def _beside(verdict: Verdict, best: str) -> str:
    told = verdict.compared(best)
    rule = _("The best simple rule, “%(rule)s”, is right in %(share)s of 100.", rule=_rule(best),
             share=_of_hundred(verdict.answers[best].means()["hit"]))  # fmt: skip
    # not within the other sentence: what stands there is not found by the tool that collects sentences
    draw = _("That is a draw: the difference may be chance.")
    better = _("Waypost is better, by more than chance explains.")
    worse = _("Here the simple rule is better, by more than chance explains.")
    return f"{rule} {draw if not told.is_sure else better if told.difference > 0 else worse}"


def _bars(verdict: Verdict) -> tuple[Bar, ...]:
    intervals = {name: bootstrap(measured.hit) for name, measured in verdict.answers.items()}
    most = max(interval.high for interval in intervals.values()) or 1.0
    bars = []
    for name, measured in verdict.answers.items():
        means, interval = measured.means(), intervals[name]
        cells = (_share(means["hit"]), f"{_share(interval.low)}–{_share(interval.high)}", _share(means["recall"]))
        bars.append(
            Bar(
                name=_rule(name),
                is_ours=name == OURS,
                value=_of_hundred(means["hit"]),
                low=_of_hundred(interval.low),
                high=_of_hundred(interval.high),
                at=round(100 * means["hit"] / most, 2),
                from_at=round(100 * interval.low / most, 2),
                to_at=round(100 * interval.high / most, 2),
                cells=(*cells, format_decimal(round(means["ndcg"], 3)), _share(measured.coverage)),
            )
        )
    return tuple(bars)


def _curve(sizes: Sequence[OfSize], best: str) -> Curve:
    most = _round_up(max(max(point.hits[OURS], point.hits[best]) for point in sizes))
    low, high = math.log(sizes[0].orders), math.log(sizes[-1].orders)
    points = tuple(
        Point(
            round(100 * (math.log(each.orders) - low) / (high - low), 2) if high > low else 50.0,
            round(100 - 100 * each.hits[OURS] / most, 2),
            round(100 - 100 * each.hits[best] / most, 2),
            (format_decimal(each.orders), _of_hundred(each.hits[OURS]), _of_hundred(each.hits[best])),
        )
        for each in sizes
    )
    up = tuple(Tick(100 - 100 * step / 4, _of_hundred(most * step / 4)) for step in range(5))
    return Curve(_of_sizes(sizes), _rule(best), points, _ticks(points), up)


def _ticks(points: Sequence[Point]) -> tuple[Tick, ...]:
    """A label for each size that has room for it: the last one always has."""
    ticks: list[Tick] = []
    taken = 200.0
    for point in reversed(points):
        has_room = taken - point.x >= 100 * LABEL_GAP
        ticks.append(Tick(point.x, point.cells[0] if has_room else ""))
        taken = point.x if has_room else taken
    return tuple(reversed(ticks))


def _of_sizes(sizes: Sequence[OfSize]) -> str:
    first, last = sizes[0], sizes[-1]
    told = _(
        "With the last %(first)s orders alone Waypost would be right in %(few)s of 100 cases, with all %(orders)s in "
        "%(all)s.",
        first=format_decimal(first.orders),
        few=_of_hundred(first.hits[OURS]),
        orders=format_decimal(last.orders),
        all=_of_hundred(last.hits[OURS]),
    )
    return str(told)


def _how(result: Evaluation) -> list[str]:
    learnt, cut = format_decimal(len(result.past)), _dated(result.cut)
    later = format_decimal(len(result.history) - len(result.past))
    told = [
        _("Waypost learnt from the %(orders)s orders before %(day)s, and from nothing later.", orders=learnt, day=cut),
        _("It was then asked about the %(orders)s orders from that day on, whose contents are known.", orders=later),
        _("“Right” means that at least one of four products was what the customer really bought. They had not seen our "
          "suggestions, so this says how well Waypost knows your customers, not how much more they would buy."),
        _("The thin line on each bar: had other customers come by chance, the figure would lie there 95 times of 100."),
        _("Every rule was asked the same questions and knew the same orders."),
    ]  # fmt: skip
    left_out = sum(result.found.left_out.values())
    if left_out:
        told.append(
            ngettext(
                "%(count)s row of the files could not be used and was left out.",
                "%(count)s rows of the files could not be used and were left out.",
                left_out,
                count=format_decimal(left_out),
            )
        )
    return told


def _costs(result: Evaluation, judged: Sequence[Verdict]) -> list[str]:
    spent = result.seconds["fit"]
    told = [
        _("Learning took %(seconds)s s.", seconds=format_decimal(round(spent, 1))),
        _("What was learnt takes %(size)s MB on disk.", size=format_decimal(float(f"{result.model_bytes / 1e6:.2g}"))),
    ]
    if judged:
        ms = np.concatenate([verdict.answers[OURS].ms for verdict in judged])
        usual, slow = np.quantile(ms, [0.5, 0.99])
        words = {"usual": format_decimal(round(float(usual), 1)), "slow": format_decimal(round(float(slow), 1))}
        told.append(_("An answer takes %(usual)s ms, and 99 of 100 take less than %(slow)s ms.", **words))
    return told


def _span(result: Evaluation) -> str:
    orders = result.history.orders
    words = {"first": _dated(orders[0].placed_at), "last": _dated(orders[-1].placed_at)}
    return str(_("%(orders)s orders, %(first)s – %(last)s", orders=format_decimal(len(orders)), **words))


def _dated(at: float) -> str:
    on = datetime.fromtimestamp(at, UTC).date()
    return f"{i18n.day(on, width='plain')} {_year(on)}"


def _year(on: date) -> int:
    return on.year + 543 if i18n.locale() == "th" else on.year


def _of_hundred(share: float) -> str:
    """22 of 100; small shares with a place after the point."""
    value = 100 * share
    return str(format_decimal(round(value) if value >= 9.95 else round(value, 1)))


def _share(share: float) -> str:
    return str(format_decimal(round(100 * share, 1))) + ("\u202f%" if i18n.locale() == "fr" else "%")


def _round_up(share: float) -> float:
    """The next even share for the top of an axis."""
    return next((step for step in (0.04, 0.08, 0.12, 0.2, 0.32, 0.4, 0.6, 0.8) if step >= share), 1.0)
