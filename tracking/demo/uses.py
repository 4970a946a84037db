"""What came of recommendations in a shop's invented year, for the console's report: counted, not made up a second time.

Half of the customers were shown some beside each order, half none, as a shop may try for a year. What was shown is what
goes with an order or follows from it; what was ordered later, and who came back, is what the invented orders say. Only
what nobody orders, clicks and dismissals, is drawn. Days and sums are written, as they are kept of what is long past.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from recommendations import Kind
from tracking.demo.history import moment_of
from tracking.demo.lives import DAYS, Visit, saw_recommendations
from tracking.demo.shops import Shop
from tracking.models import Store
from tracking.models.recommendation import (
    RecommendationDay,
    RecommendationSettings,
    RecommendationTrialDay,
    Surface,
)
from tracking.suggestions.reckoning import FOLLOWS_WITHIN
from tracking.suggestions.totals import COMES_BACK_WITHIN

# places of a page, and of a letter
_PLACES: Final = 3
# how often what stands first is followed; what stands after it less
_CLICKED: Final = (0.09, 0.065, 0.045)
_DISMISSED: Final = 0.012
# some letters are not sent: orders without an address, shoppers who want none
_BY_EMAIL: Final = 0.8


def write(session: Session, store: Store, shop: Shop, visits: Sequence[Visit], *, until: datetime, seed: int) -> None:
    """Write the sums of the year, and that nobody is held out now: each page of the demonstration shows some."""
    rng = random.Random(seed)  # noqa: S311 - a plausible past, not secrecy
    by_customer: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_customer[visit.customer].append(visit)
    shown = {customer for customer in by_customer if saw_recommendations(customer)}
    since = until - timedelta(days=DAYS + 10)
    session.add(RecommendationSettings(store_id=store.id, held_out_percent=0, since=since))
    session.execute(insert(RecommendationTrialDay), _trial(store, shop, by_customer, shown, until))
    session.execute(insert(RecommendationDay), _days(store, shop, by_customer, shown, until=until, rng=rng))


def _trial(
    store: Store, shop: Shop, by_customer: Mapping[int, Sequence[Visit]], shown: set[int], until: datetime
) -> list[dict[str, Any]]:
    """Who came back within the time of the comparison after their first order, by day and group."""
    prices = {item["ref"]: item["price_minor"] for item in shop.catalogue}
    sums: dict[tuple[date, bool], list[float]] = defaultdict(lambda: [0, 0, 0, 0.0, 0.0])
    for customer, own in by_customer.items():
        began = moment_of(own[0], until)
        if began + COMES_BACK_WITHIN > until:
            continue
        again = [one for one in own[1:] if moment_of(one, until) <= began + COMES_BACK_WITHIN]
        spent = float(sum(prices[ref] for one in again for ref in one.refs))
        row = sums[began.date(), customer not in shown]
        for column, number in enumerate((1, bool(again), len(again), spent, spent * spent)):
            row[column] += number
    names = ("shoppers", "came_back", "orders", "spent", "spent_squares")
    return [
        {"store_id": store.id, "day": day, "held_out": held_out, **dict(zip(names, row, strict=True))}
        for (day, held_out), row in sums.items()
    ]


def _days(
    store: Store,
    shop: Shop,
    by_customer: Mapping[int, Sequence[Visit]],
    shown: set[int],
    *,
    until: datetime,
    rng: random.Random,
) -> list[dict[str, Any]]:
    """What became of what was shown, by day, surface, kind and place."""
    goods = {item["ref"]: item for item in shop.catalogue}
    sums: dict[tuple[date, Surface, Kind, int], Counter[str]] = defaultdict(Counter)
    for customer in sorted(shown & by_customer.keys()):
        own = by_customer[customer]
        for place, visit in enumerate(own):
            # when the parcel is on its way, and people look
            at = moment_of(visit, until) + timedelta(days=1)
            later = [one for one in own[place + 1 :] if moment_of(one, until) <= at + FOLLOWS_WITHIN]
            surfaces = [Surface.PAGE, Surface.EMAIL] if rng.random() < _BY_EMAIL else [Surface.PAGE]
            for position, (ref, kind) in enumerate(_offered(shop, visit, own[: place + 1])):
                followed = any(ref in one.refs for one in later)
                for surface in surfaces:
                    row = sums[at.date(), surface, kind, position]
                    on_page = surface is Surface.PAGE
                    row["shown"] += 1
                    row["clicked"] += on_page and (followed or rng.random() < _CLICKED[position])
                    row["dismissed"] += on_page and not followed and rng.random() < _DISMISSED
                    row["followed"] += followed
                    row["followed_minor"] += goods[ref]["price_minor"] if followed else 0
    names = ("shown", "clicked", "dismissed", "followed", "followed_minor")
    return [
        {"store_id": store.id, "day": day, "surface": surface, "kind": kind.value, "place": place}
        | {name: row[name] for name in names}
        for (day, surface, kind, place), row in sums.items()
    ]


def _offered(shop: Shop, visit: Visit, so_far: Sequence[Visit]) -> list[tuple[str, Kind]]:
    """What was shown beside the order: the merchant's pin, then what goes with it, then what follows from it."""
    goods = {item["ref"]: item for item in shop.catalogue}
    owned = {ref for one in so_far for ref in one.refs}
    pin, beside = shop.pin
    found = [(pin, Kind.PICKED)] if beside in visit.refs else []
    for kind, link in ((Kind.BOUGHT_TOGETHER, "goes_with"), (Kind.BOUGHT_LATER, "then")):
        found += [(ref, kind) for own in visit.refs for ref in goods[own][link]]
    kinds: dict[str, Kind] = {}
    for ref, kind in found:
        if ref not in owned:
            kinds.setdefault(ref, kind)
    return list(kinds.items())[:_PLACES]
