"""The carriers a store asks: whether they answer, and what is left of their budgets."""

from flask import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracking.console import access, needs, words
from tracking.console.facts import AccountFacts, CarriersPage, Mark, Pair
from tracking.console.frame import frame, render
from tracking.models import CarrierAccount, CarrierBudget, Shipment, Store
from tracking.platform import clock, i18n
from tracking.platform.db import db
from tracking.platform.gettext import _, ngettext

bp = access.guarded("carriers")


@bp.get("/carriers")
def page() -> Response:
    """All accounts that serve the store."""
    session, store = db.session(), access.here().store
    accounts = needs.accounts(session, store)
    failing = sum(1 for account in accounts if needs.is_failing(account))
    unserved = _unserved(session, store)
    if failing:
        headline = ngettext("%(num)s carrier does not answer", "%(num)s carriers do not answer", failing)
    elif accounts:
        headline = _("Every carrier answers")
    else:
        headline = _("No carrier is asked yet")
    return render(
        "carriers",
        CarriersPage(
            frame=frame(_("Carriers"), part="console-carriers"),
            headline=headline,
            accounts=tuple(_account(session, store, account) for account in accounts),
            unserved=unserved,
            empty_title="" if accounts else _("No account at a carrier"),
            empty=_(
                "Set the credentials of a carrier in the environment, for example WAYPOST_UPS_CLIENT_ID; "
                "docs/settings.md lists them. “waypost doctor” says whether they work."
            ),
        ),
    )


def _account(session: Session, store: Store, account: CarrierAccount) -> AccountFacts:
    now = clock.now()
    carrier = words.carrier_name(account.carrier)
    state, mark, sentence = _state(account, carrier)
    answered = i18n.moment(account.last_success_at, now=now) if account.last_success_at else ""
    waiting = _waiting(session, store, account)
    return AccountFacts(
        carrier=carrier,
        name=account.name,
        shared=account.store_id is None,
        state=state,
        mark=mark,
        sentence=sentence,
        answered=answered,
        budgets=tuple(_budget(budget) for budget in account.budgets),
        waiting=ngettext("%(num)s parcel waits for it", "%(num)s parcels wait for it", waiting) if waiting else "",
    )


def _state(account: CarrierAccount, carrier: str) -> tuple[str, Mark, str]:
    real = clock.real_now()
    if not account.enabled:
        return _("Switched off"), Mark.CLOSED, ""
    error = words.error_words(account.last_error, carrier)
    if needs.is_failing(account):
        return _("Does not answer"), Mark.TROUBLE, error
    if account.paused_until is not None and account.paused_until > real:
        return _("Paused"), Mark.NEEDS_YOU, error
    if account.failures:
        return _("Last try failed"), Mark.NEEDS_YOU, error
    if account.last_success_at is None:
        return _("Not asked yet"), Mark.MOVING, ""
    return _("Answers"), Mark.DONE, ""


def _budget(budget: CarrierBudget) -> Pair:
    calls = budget.unit == "calls"
    names = {
        1: _("calls a second") if calls else _("numbers a second"),
        60: _("calls a minute") if calls else _("numbers a minute"),
        3600: _("calls an hour") if calls else _("numbers an hour"),
        86400: _("calls a day") if calls else _("numbers a day"),
    }
    plain = _("calls in %(num)s s", num=budget.per_s) if calls else _("numbers in %(num)s s", num=budget.per_s)
    used = _("%(used)s of %(amount)s", used=budget.used, amount=budget.amount)
    return Pair(names.get(budget.per_s, plain), used, is_number=True)


def _waiting(session: Session, store: Store, account: CarrierAccount) -> int:
    """Parcels of the store that are due at an account that does not answer, `needs.MOST` at most."""
    if not needs.is_failing(account):
        return 0
    due = (
        select(Shipment.id)
        .where(
            Shipment.carrier_account_id == account.id,
            Shipment.next_poll_at <= clock.now(),
            Shipment.store_id == store.id,
        )
        .limit(needs.MOST)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(due)) or 0


def _unserved(session: Session, store: Store) -> tuple[Pair, ...]:
    """Carriers of newer parcels that no account serves, and how many parcels those are."""
    row = needs.newest(store, needs.COMING)
    found = session.execute(
        select(row.c.carrier, func.count())
        .where(row.c.carrier_account_id.is_(None), row.c.is_tracked)
        .group_by(row.c.carrier)
        .order_by(row.c.carrier)
    )
    return tuple(
        Pair(words.carrier_name(slug), ngettext("%(num)s parcel", "%(num)s parcels", number)) for slug, number in found
    )
