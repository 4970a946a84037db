"""What recommendations do: whether shoppers come back more, what is followed and sent away, what was turned off."""

from datetime import timedelta
from typing import Final

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from recommendations.lift import Interval, Lift, lift, mean_difference
from tracking.console import access
from tracking.console.facts import Field, Form, Link, Pair
from tracking.console.forms import Answers, one_set, with_answers
from tracking.console.frame import frame, render, say, tabs
from tracking.console.report_facts import GroupFacts, KindFacts, OffFacts, ReportPage, SpanFacts
from tracking.console.report_words import (
    count,
    fault_words,
    headline,
    kind_words,
    percent,
    sentences,
    signed,
    surface_words,
)
from tracking.models import Product, RecommendationSwitch, Store, Surface, SwitchScope
from tracking.platform import clock, i18n
from tracking.platform.db import db
from tracking.platform.gettext import _
from tracking.suggestions import totals
from tracking.suggestions.exposure import held_out_percent
from tracking.suggestions.reckoning import FOLLOWS_WITHIN, hold_out, switch_on
from tracking.suggestions.totals import Comparison, Total

bp = access.guarded("recommendation-report")
_PART: Final = "console-recommendations"
_PAGE: Final = "console-recommendation-report.page"
PERIODS: Final = (28, 90, 365)
# switches that are listed: those in force, and the newest of the others
_LISTED: Final = 50
# where the line of the drawing ends
_REACHES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


@bp.get("/recommendations/report")
def page() -> Response:
    """As of now."""
    return _shown(_form(access.here().store))


@bp.post("/recommendations/report/share")
def share() -> Response:
    """Hold out another share of shoppers."""
    store, answers = access.here().store, Answers()
    chosen = answers.whole("held_out", 0, 50, 0)
    if answers.faults:
        return _shown(with_answers(_form(store), answers), 422)
    if hold_out(db.session(), store.id, chosen):
        access.note("recommendations.held_out", f"store:{store.public_id}", percent=chosen)
        say(_("Saved. A new comparison has begun."))
    db.session.commit()
    return _back()


@bp.post("/recommendations/report/on")
def turn_on() -> Response:
    """Turn on again what the guard turned off; doing it again changes nothing."""
    store, answers = access.here().store, Answers()
    scope = answers.one_of("scope", list(SwitchScope), "")
    subject = request.form.get("subject", "")[:120]
    if scope and switch_on(db.session(), store.id, SwitchScope(scope), subject):
        access.note("recommendations.on", f"store:{store.public_id}", scope=scope, what=subject)
        say(_("Turned on again. What counted against it counts no more."))
    db.session.commit()
    return _back()


def _back() -> Response:
    to = redirect(url_for(_PAGE, store=access.here().store.slug), 303)
    return Response(to.response, 303, to.headers)


def _shown(form: Form, status: int = 200) -> Response:
    session, here = db.session(), access.here()
    store = here.store
    days = next((days for days in PERIODS if str(days) == request.args.get("days")), PERIODS[1])
    compared = totals.comparison(session, store.id)
    found = lift(compared.shown, compared.held_out)
    off = _off(session, store)
    is_off = any(one.scope == SwitchScope.ALL and not one.on_again for one in off)
    by_kind = totals.by_kind(session, store.id, (clock.now() - timedelta(days=days)).date())
    kinds = tuple(
        _kind(kind, surface, total, store)
        for (surface, kind), total in sorted(by_kind.items(), key=lambda item: (-item[1].shown, item[0]))
    )
    whole = sum(by_kind.values(), Total())
    title = _("What recommendations do")
    rules = Link(_("Rules and places"), url_for(f"{_PART}.page", store=store.slug))
    return render(
        "recommendation_report",
        ReportPage(
            frame=frame(title, part=_PART),
            tabs=tabs(_PART),
            rules=rules,
            headline=headline(compared, found, is_off=is_off),
            sentences=sentences(compared, found, _spent(compared, store)),
            span=_span(found),
            groups=_groups(compared, store) if compared.since is not None else (),
            periods=tuple(
                Link(
                    _("%(days)s days", days=one),
                    url_for(_PAGE, store=store.slug, days=one),
                    one == days,
                )
                for one in PERIODS
            ),
            totals=_totals(whole, by_kind, store),
            kinds=kinds,
            note=_(
                "Shown: an order and a product that was really in view, once however often. Ordered later: by the same "
                "customer within %(days)s days, whatever the reason. Clicks in emails are not counted, and neither is "
                "anybody who asks not to be tracked.",
                days=FOLLOWS_WITHIN.days,
            ),
            empty="" if kinds else _("Nothing was shown in this time. Shoppers see recommendations below good news."),
            off=off,
            on_url=url_for("console-recommendation-report.turn_on", store=store.slug) if here.can_change else "",
            form=form,
        ),
        status,
    )


def _form(store: Store) -> Form:
    field = Field(
        "held_out",
        _("Shoppers who see no recommendations"),
        "number",
        str(held_out_percent(db.session(), store.id)),
        note=_(
            "From 0 to 50. Without them nobody can tell what recommendations change. Who it is stays the same. Another "
            "share begins a new comparison."
        ),
        low=0,
        high=50,
        unit=_("in a hundred"),
    )
    url = url_for("console-recommendation-report.share", store=store.slug)
    return Form(url, (one_set(field),), _("Save"), is_open=access.here().can_change)


def _groups(compared: Comparison, store: Store) -> tuple[GroupFacts, ...]:
    rows = (
        (_("Saw recommendations"), compared.shown, compared.shown_spent),
        (_("Saw none"), compared.held_out, compared.held_out_spent),
    )
    return tuple(
        GroupFacts(
            name,
            count(group.size),
            count(group.successes),
            percent(group.share) if group.size else "–",
            i18n.money(round(spent.mean), store.currency, home=store.currency) if spent.total else "–",
        )
        for name, group, spent in rows
    )


def _spent(compared: Comparison, store: Store) -> str:
    """What a shopper spends more or less, in a sentence; "" while that cannot be said."""
    found = mean_difference(compared.shown_spent, compared.held_out_spent)
    if found is None:
        return ""
    low, high = (_signed_money(one, store) for one in (found.low, found.high))
    return _(
        "What each spent differs by %(amount)s (between %(low)s and %(high)s).",
        amount=_signed_money(found.estimate, store),
        low=low,
        high=high,
    )


def _signed_money(minor: float, store: Store) -> str:
    whole = round(minor)
    sign = "+" if whole > 0 else "−" if whole < 0 else ""
    return sign + i18n.money(abs(whole), store.currency, home=store.currency)


def _span(found: Lift | None) -> SpanFacts | None:
    if found is None or found.ratio is None:
        return None
    ratio = found.ratio
    widest = max(abs(ratio.low), abs(ratio.high))
    reach = next((one for one in _REACHES if one >= widest), _REACHES[-1])
    low, high, middle = (_place(one, reach) for one in (ratio.low, ratio.high, ratio.estimate))
    return SpanFacts(low, high, middle, _is_beyond(ratio, reach), signed(-reach, digits=0), signed(reach, digits=0))


def _place(value: float, reach: float) -> float:
    return round(50 + 50 * max(-1.0, min(1.0, value / reach)), 2)


def _is_beyond(ratio: Interval, reach: float) -> bool:
    return ratio.high > reach or ratio.low < -reach


def _kind(kind: str, surface: Surface, total: Total, store: Store) -> KindFacts:
    # neither is known of letters
    is_page = surface is not Surface.EMAIL
    return KindFacts(
        kind_words(kind),
        surface_words(surface),
        count(total.shown),
        count(total.clicked) if is_page else "–",
        percent(total.clicked / total.shown) if is_page and total.shown else "–",
        count(total.dismissed) if surface is Surface.PAGE else "–",
        count(total.followed),
        i18n.money(total.followed_minor, store.currency, home=store.currency) if total.followed_minor else "–",
    )


def _totals(whole: Total, by_kind: dict[tuple[Surface, str], Total], store: Store) -> tuple[Pair, ...]:
    if not whole.shown:
        return ()
    page = sum((total for (surface, _kind), total in by_kind.items() if surface is Surface.PAGE), Total())
    rate = percent(page.clicked / page.shown) if page.shown else "–"
    followed = count(whole.followed)
    if whole.followed_minor:
        money = i18n.money(whole.followed_minor, store.currency, home=store.currency)
        followed = _("%(count)s, for %(money)s", count=followed, money=money)
    return (
        Pair(_("Shown"), count(whole.shown), is_number=True),
        Pair(_("Followed"), rate, is_number=True),
        Pair(_("Sent away"), count(page.dismissed), is_number=True),
        Pair(_("Ordered later"), followed, is_number=True),
    )


def _off(session: Session, store: Store) -> tuple[OffFacts, ...]:
    mine = select(RecommendationSwitch).where(RecommendationSwitch.store_id == store.id)
    newest = RecommendationSwitch.id.desc()
    rows = [
        *session.scalars(mine.where(RecommendationSwitch.on_at.is_(None)).order_by(newest).limit(_LISTED)),
        *session.scalars(mine.where(RecommendationSwitch.on_at.is_not(None)).order_by(newest).limit(_LISTED)),
    ]
    refs = [row.subject for row in rows if row.scope is SwitchScope.PRODUCT]
    found = session.execute(
        select(Product.ref, Product.title).where(Product.store_id == store.id, Product.ref.in_(refs))
    )
    titles = {row.ref: row.title for row in found}
    now = clock.now()
    return tuple(
        OffFacts(
            what=_what(row, titles),
            scope=row.scope.value,
            subject=row.subject,
            when=i18n.moment(row.off_at, now=now),
            why=fault_words(row.scope, row.why, row.numbers),
            on_again=i18n.moment(row.on_at, now=now) if row.on_at else "",
        )
        for row in rows
    )


def _what(row: RecommendationSwitch, titles: dict[str, str]) -> str:
    if row.scope is SwitchScope.ALL:
        return _("All recommendations")
    return kind_words(row.subject) if row.scope is SwitchScope.KIND else titles.get(row.subject, row.subject)
