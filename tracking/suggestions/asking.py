"""Asking what to show: rows of an order or a shopper in, products on the shelf out.

Cheap enough for a page: a bounded number of reads along indexes, however much was bought. Where the store has no model
that can be used, what was bought most lately stands in for it if that answers the question; else there is nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from recommendations import Product as Shown
from recommendations import Request, Strategy, Suggestion, candidates, choose, pinned
from recommendations.settled import is_settled
from tracking.models.customer import Customer
from tracking.models.order import Order
from tracking.models.shipment import Shipment
from tracking.models.store import Store
from tracking.platform import clock
from tracking.suggestions import exposure, known, past
from tracking.suggestions.artefacts import load
from tracking.suggestions.floor import bought_lately
from tracking.suggestions.known import ShopperSays, StoreSays
from tracking.suggestions.merged import merged, successors
from tracking.suggestions.past import Bought
from tracking.suggestions.shelf import linked, shown_each, shown_of
from tracking.suggestions.suggested import SuggestedProduct
from tracking.suggestions.trouble import is_in_trouble

# what is asked in place of something is asked because something went wrong
IN_TROUBLE: Final = frozenset({Strategy.SIMILAR})
# what sells well answers these, if nothing better does
_FLOOR: Final = frozenset({Strategy.TOGETHER, Strategy.GOES_WITH, Strategy.NEXT, Strategy.POPULAR})

# so many of the candidates are looked up first: hardly ever are more needed for an answer
FIRST: Final = 24


@dataclass(frozen=True, slots=True)
class _Shopper:
    """Who asks, and what they have.

    order     the order looked at, or the shopper's newest: whose page it is for
    here      lines of the order looked at, all of which its page may name;  basket  those it is about
    earlier   lines of the shopper's other orders;  may_name  whether these may be named too
    """

    store: Store
    order: Order | None
    basket: Sequence[Bought]
    here: Sequence[Bought]
    earlier: Sequence[Bought]
    may_name: bool

    @property
    def all(self) -> list[Bought]:
        return [*self.here, *self.earlier]

    @property
    def elsewhere(self) -> list[Bought]:
        """What is in another parcel of the order: neither a reason, nor shown beside this one."""
        inside = {id(one) for one in self.basket}
        return [one for one in self.here if id(one) not in inside]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for.

    strategy  SIMILAR answers in trouble too: what is asked in place of something is asked because of it
    about     references of the products that SIMILAR and STEP_UP speak of; () means what was bought
    wait      False on pages: a large new model is loaded beside, and the old one answers
    """

    state_dir: Path
    limit: int = 3
    strategy: Strategy = Strategy.GOES_WITH
    about: Sequence[str] = ()
    wait: bool = False


def for_order(
    session: Session,
    order: Order,
    *,
    state_dir: Path,
    limit: int = 3,
    strategy: Strategy = Strategy.GOES_WITH,
    about: Sequence[str] = (),
    shipment: Shipment | None = None,
    wait: bool = False,
) -> tuple[SuggestedProduct, ...]:
    """What to show beside an order, best first; () while the order is in trouble or nothing is worth showing.

    shipment  one parcel of the order: only what is in it is looked at
    the rest  as `Question` has it
    """
    return answer(session, order, Question(state_dir, limit, strategy, about, wait), shipment).shown


@dataclass(frozen=True, slots=True)
class Answer:
    """What to show, and what the store says of showing it at all: the defaults where nothing is shown anyway."""

    shown: tuple[SuggestedProduct, ...] = ()
    says: StoreSays = field(default_factory=StoreSays)


def answer(session: Session, order: Order, question: Question, shipment: Shipment | None = None) -> Answer:
    """The same as `for_order`, with what else was read for it."""
    if question.limit <= 0 or (question.strategy not in IN_TROUBLE and is_in_trouble(session, order)):
        return Answer()
    says = known.of_store(session, order.store_id)
    if says.off.everything:
        return Answer()
    return Answer(_ask(session, _beside(session, order, shipment), says, question), says)


def for_shopper(
    session: Session,
    customer: Customer,
    *,
    state_dir: Path,
    limit: int = 3,
    strategy: Strategy = Strategy.NEXT,
    about: Sequence[str] = (),
    wait: bool = False,
) -> tuple[SuggestedProduct, ...]:
    """What to show to a customer by what all their orders hold, best first; () while the newest is in trouble.

    Reasons name what they bought: only for where the customer is the one who reads them.
    """
    newest = _newest_order(session, customer)
    in_trouble = newest is not None and strategy not in IN_TROUBLE and is_in_trouble(session, newest)
    if limit <= 0 or in_trouble:
        return ()
    says = known.of_store(session, customer.store_id)
    if says.off.everything:
        return ()
    store = session.get_one(Store, customer.store_id)
    earlier = past.history_of(session, customer.store_id, customer.id)
    shopper = _Shopper(store, newest, (), (), earlier, may_name=True)
    return _ask(session, shopper, says, Question(state_dir, limit, strategy, about, wait))


def for_basket(
    session: Session,
    store: Store,
    basket: Sequence[str],
    *,
    state_dir: Path,
    limit: int = 3,
    strategy: Strategy = Strategy.TOGETHER,
    about: Sequence[str] = (),
    customer: Customer | None = None,
    wait: bool = False,
) -> tuple[SuggestedProduct, ...]:
    """What to show beside an order that is being put together, best first.

    basket    references; those that the store does not have are no reason for anything
    customer  whose it is, a customer of `store`: what they bought before counts too, and while their newest order is in
              trouble nothing is shown. Reasons name what they bought: only for where they are the one who reads them.
              None: its products speak alone
    """
    newest = _newest_order(session, customer) if customer else None
    in_trouble = newest is not None and strategy not in IN_TROUBLE and is_in_trouble(session, newest)
    says = known.of_store(session, store.id)
    if limit <= 0 or in_trouble or says.off.everything:
        return ()
    now = clock.now()
    inside = [Bought(0, now, shown, shown.title, kept=True) for shown in shown_each(session, store.id, basket)]
    earlier = past.history_of(session, store.id, customer.id) if customer else ()
    shopper = _Shopper(store, newest, inside, inside, earlier, may_name=True)
    return _ask(session, shopper, says, Question(state_dir, limit, strategy, about, wait))


def _newest_order(session: Session, customer: Customer) -> Order | None:
    mine = select(Order).where(Order.customer_id == customer.id, Order.store_id == customer.store_id)
    return session.scalar(mine.order_by(Order.placed_at.desc(), Order.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class Weighed:
    """What was found for one question and is known of it, before the rules choose.

    says   what the store wants
    found  best first;  looked_up  of the best of these that many have been looked up
    shelf  those, and what the shopper has;  rows  those that a page can link to
    """

    shopper: _Shopper
    says: StoreSays
    request: Request
    found: Sequence[Suggestion]
    looked_up: int
    shelf: Mapping[str, Shown]
    rows: Mapping[str, Any]

    def suggested(self, one: Suggestion) -> SuggestedProduct:
        """A suggestion as a page gets it. raises KeyError if no page can link to it"""
        return _suggested(self.shopper, self.rows[one.product], one)


def weigh_order(session: Session, order: Order, *, state_dir: Path, limit: int) -> Weighed | None:
    """What `for_order` chooses from, in trouble or not; None where all recommendations are turned off."""
    says = known.of_store(session, order.store_id)
    if says.off.everything:
        return None
    shopper = _beside(session, order, None)
    return _look_up_all(session, _weigh(session, shopper, says, Question(state_dir, limit, wait=True)))


def _beside(session: Session, order: Order, shipment: Shipment | None) -> _Shopper:
    inside, beside = past.lines_of(session, order, shipment)
    earlier = past.history_of(session, order.store_id, order.customer_id, but=order.id)
    return _Shopper(order.store, order, inside, [*inside, *beside], earlier, may_name=False)


def _ask(session: Session, shopper: _Shopper, says: StoreSays, question: Question) -> tuple[SuggestedProduct, ...]:
    weighed = _weigh(session, shopper, says, question)
    answer = choose(weighed.found, weighed.request, weighed.shelf)
    if not is_settled(answer, weighed.found, weighed.looked_up, weighed.request, weighed.shelf):
        weighed = _look_up_all(session, weighed)
        answer = choose(weighed.found, weighed.request, weighed.shelf)
    return tuple(weighed.suggested(one) for one in answer)


def _weigh(session: Session, shopper: _Shopper, says: StoreSays, question: Question) -> Weighed:
    """What is found, and what is known now of the merchant's pins and the best FIRST of it."""
    did = known.of_shopper(session, shopper.order) if shopper.order else ShopperSays()
    if says.has_merged:
        now = merged(session, shopper.store.id, shopper.all, store=says, shopper=did, about=question.about)
        replaced = _replaced(shopper, question)
        shopper = replace(
            shopper,
            basket=now.lines(shopper.basket, replaced),
            here=now.lines(shopper.here, replaced),
            earlier=now.lines(shopper.earlier, replaced),
        )
        says, did = now.store(says), now.shopper(did)
        about = now.refs(replaced or question.about)
        request = _request(shopper, says, did, replace(question, about=about))
        found = _found(session, shopper, request, question)
        if replaced:
            request, found = replace(request, about=replaced), now.in_place_of(replaced, found)
    else:
        request = _request(shopper, says, did, question)
        found = _found(session, shopper, request, question)
    found = [one for one in found if one.reason.kind.value not in says.off.kinds]
    if says.has_factors and found:
        found = _by_clicks(found, exposure.factors(session, shopper.store.id, {one.product for one in found}))
    # what the shopper has is there so that it is recognised; it can be had again only where there is a row to link to
    shelf: dict[str, Shown] = {one.shown.id: one.shown for one in reversed(shopper.all)}
    weighed = Weighed(shopper, says, request, found, 0, shelf, {})
    refs = [one.product for one in (*pinned(request), *found[:FIRST])]
    return _looked_up(session, weighed, refs, min(FIRST, len(found)))


def _replaced(shopper: _Shopper, question: Question) -> list[str]:
    """What something is wanted in place of: for that, what took its place is the nearest thing, and not had yet."""
    if question.strategy is not Strategy.SIMILAR:
        return []
    return list(question.about) or [one.shown.id for one in shopper.basket]


def _look_up_all(session: Session, weighed: Weighed) -> Weighed:
    """The same with all that was found."""
    refs = [one.product for one in weighed.found[weighed.looked_up :] if one.product not in weighed.rows]
    return _looked_up(session, weighed, refs, len(weighed.found))


def _looked_up(session: Session, weighed: Weighed, refs: Iterable[str], many: int) -> Weighed:
    shopper = weighed.shopper
    groups = {one.shown.group for one in shopper.elsewhere if one.shown.group}
    found = linked(session, shopper.store.id, refs)
    shown = {ref: shown_of(row) for ref, row in found.items()}
    # a model may be older than what became of its products, and a bundle names what it was put together of
    named = {ref for ref, row in found.items() if row.became_ref}
    if weighed.says.has_merged:
        named.update(*(each.parts for each in (*weighed.shelf.values(), *shown.values())))
    became = successors(session, shopper.store.id, named)
    rows = {ref: row for ref, row in found.items() if (row.group_ref or "") not in groups and ref not in became}
    shelf = {**weighed.shelf, **{ref: shown[ref] for ref in rows}}
    if became:
        shelf = {ref: _of_parts_now(each, became) for ref, each in shelf.items()}
    return replace(weighed, looked_up=many, shelf=shelf, rows={**weighed.rows, **rows})


def _of_parts_now(product: Shown, became: Mapping[str, str]) -> Shown:
    """A bundle holds what took the place of its parts as well."""
    came = [became[part] for part in product.parts if part in became]
    return replace(product, parts=(*product.parts, *came)) if came else product


def _request(shopper: _Shopper, says: StoreSays, did: ShopperSays, question: Question) -> Request:
    basket, basket_times = past.orders_of(shopper.basket)
    history, times = past.orders_of(shopper.earlier)
    at = clock.now().timestamp()
    return Request(
        basket=[ref for refs in basket for ref in refs],
        history=history,
        times=[*(basket_times or [at]), *times],
        at=at,
        strategy=question.strategy,
        about=question.about,
        excluded=set().union(
            says.off.products,
            past.given_back(shopper.all),
            (one.shown.id for one in shopper.elsewhere),
            did.dismissed,
        ),
        shown=did.views,
        policy=says.policy,
        limit=question.limit,
    )


def _found(session: Session, shopper: _Shopper, request: Request, question: Question) -> list[Suggestion]:
    """What the model proposes, or what stands in for it. Nothing whose reason would rest on no number."""
    model = load(question.state_dir, shopper.store, wait=question.wait)
    if model is not None:
        found: Sequence[Suggestion] = candidates(model, request)
    elif request.strategy in _FLOOR:
        found = bought_lately(session, shopper.store.id)
    else:
        found = ()
    return [one for one in found if one.reason.is_borne_out]


def _by_clicks(found: list[Suggestion], factors: Mapping[str, float]) -> list[Suggestion]:
    """Ranked anew by what clicks say of the products."""
    if not factors:
        return found
    weighed = [replace(one, score=one.score * factors.get(one.product, 1.0)) for one in found]
    return sorted(weighed, key=lambda one: -one.score)


def _suggested(shopper: _Shopper, row: Any, found: Suggestion) -> SuggestedProduct:
    reason = found.reason
    titles = {one.shown.id: one.title for one in reversed(shopper.all if shopper.may_name else shopper.here)}
    title = titles.get(reason.anchor) if reason.anchor is not None else None
    return SuggestedProduct(
        ref=row.ref,
        title=row.title,
        variant=row.variant,
        price_minor=row.price_minor,
        currency=row.currency,
        image_url=row.image_url,
        url=row.url or "",
        kind=reason.kind,
        anchor_title=title,
        people=reason.people,
        orders=reason.orders,
        anchor_ref=reason.anchor,
        is_earlier=reason.anchor is not None and title is None,
        bought_at=_bought_at(shopper, row.ref),
        store=shopper.store.name,
    )


def _bought_at(shopper: _Shopper, ref: str) -> datetime | None:
    """When the shopper last bought this, where the viewer may know."""
    times = [one.at for one in shopper.all if one.kept and one.shown.id == ref]
    return max(times) if shopper.may_name and times else None
