"""What a merchant wants of recommendations: where they stand, what comes first, what never comes, and what that does.

Each rule is added and taken away on its own, so that two people can look after them at once; numbers and places are
saved together, like every part of the settings.
"""

from typing import Final

from flask import Response, redirect, request, url_for
from flask_babel import format_decimal

from tracking.console import access, catalogue, choices, rule_forms, saving
from tracking.console.facts import Choice, Field, FieldSet, Form, Link, RecommendationsPage
from tracking.console.forms import Answers, with_answers
from tracking.console.frame import frame, render, tabs
from tracking.console.rule_forms import Reader, Tried
from tracking.models import RecommendationPolicy, Store
from tracking.models.recommendation_policy import find_policy
from tracking.notifications.offers import IF_AGREED, NEVER, RULES, UNLESS_REFUSED, keep_rule, rule_of
from tracking.platform.db import db
from tracking.platform.errors import NotFound
from tracking.platform.gettext import _
from tracking.suggestions import policy
from tracking.suggestions.policy import BOUNDS, PLACES
from tracking.suggestions.wishes import MOST_OF_A_KIND, NeverShown, TooMany, Wish, WishKind, add_wish, remove_wish

bp = access.guarded("recommendations")
_PART: Final = "console-recommendations"
# who may get any below emails; "" follows the law of the recipient's country
_RULE: Final = "email_offers"


@bp.get("/recommendations")
def page() -> Response:
    """As it is kept, and what the newest order shows."""
    return _shown(number="")


@bp.post("/recommendations")
def save() -> Response:
    """Keep places and numbers, if all of them are good."""
    store, answers = access.here().store, Answers()
    kept = find_policy(db.session(), store.id)
    places = answers.many_of("places", PLACES)
    values: dict[str, bool | int] = {place: place in places for place in PLACES}
    for name, (low, high) in BOUNDS.items():
        values[name] = answers.whole(name, low, high, getattr(kept, name))
    rule = answers.one_of(_RULE, ("", *RULES), rule_of(store)) if _RULE in request.form else rule_of(store)
    if answers.faults:
        return _shown(form=with_answers(_form(store, kept), answers), status=422)

    def change(row: Store) -> list[str]:
        names = policy.keep(policy.own(db.session(), row), values)
        return [*names, _RULE] if keep_rule(row, rule) else names

    if saving.save(answers, "recommendations.saved", change):
        return saving.done(_PART)
    now = find_policy(db.session(), access.here().store.id)
    return _shown(form=saving.conflicted(_form(access.here().store, now), answers), status=409)


@bp.post("/recommendations/add/<kind>")
def add(kind: str) -> Response:
    """Add a rule; or the form again, with what is wrong or with the things that fit."""
    wanted, answers = _kind(kind), Answers()
    store = access.here().store
    reader = Reader(db.session(), store, answers)
    wish = reader.wish(wanted)
    if wish is not None:
        try:
            return _kept(store, wish, is_new=add_wish(policy.locked(db.session(), store), wish))
        except NeverShown:
            answers.faults[_FIRST_FIELD[wanted]] = _("It is never shown. Take that rule away first.")
        except TooMany:
            most = _("There are %(num)s of these already. Take some away first.", num=MOST_OF_A_KIND)
            answers.faults[_FIRST_FIELD[wanted]] = most
        db.session.rollback()
    return _shown(tried=Tried(wanted, answers, reader.picks), status=422)


@bp.post("/recommendations/remove")
def remove() -> Response:
    """Take a rule away; doing it again changes nothing."""
    answers, store = Answers(), access.here().store
    percent = answers.typed("percent")
    wish = Wish(
        _kind(answers.typed("kind")),
        product=request.form.get("product", ""),
        category=request.form.get("category", ""),
        beside=request.form.get("beside", ""),
        percent=int(percent) if percent.isascii() and percent.isdigit() and len(percent) < 4 else 100,
    )
    return _kept(store, wish, is_gone=remove_wish(policy.locked(db.session(), store), wish))


@bp.post("/recommendations/preview")
@access.only_looks
def preview() -> Response:
    """The same page with what another order shows; the number is sent by POST, like everything that is searched."""
    return _shown(number=Answers().typed("order")[:64])


def _kind(said: str) -> WishKind:
    """raises NotFound"""
    if said not in set(WishKind):
        raise NotFound
    return WishKind(said)


_FIRST_FIELD: Final = {
    WishKind.FIRST: "first-what",
    WishKind.NEVER: "never-what",
    WishKind.WEIGH: "weigh-what",
    WishKind.APART: "apart-one",
    WishKind.AGAIN: "again-what",
}


def _kept(store: Store, wish: Wish, *, is_new: bool = False, is_gone: bool = False) -> Response:
    if is_new or is_gone:
        # pages that were kept for shoppers are made anew
        store.version += 1
        action = "recommendations.rule_added" if is_new else "recommendations.rule_removed"
        names = [name for name in (wish.product or wish.category, wish.beside) if name]
        access.note(action, f"store:{store.public_id}", rule=wish.kind.value, changed=names)
        db.session.commit()
    else:
        db.session.rollback()
    to = redirect(url_for(f"{_PART}.page", store=access.here().store.slug, _anchor=wish.kind.value), 303)
    return Response(to.response, 303, to.headers)


def _shown(*, form: Form | None = None, tried: Tried | None = None, number: str = "", status: int = 200) -> Response:
    session, here = db.session(), access.here()
    store = here.store
    row = find_policy(session, store.id)
    return render(
        "recommendations",
        RecommendationsPage(
            frame=frame(_("Recommendations"), part=_PART),
            tabs=tabs(_PART),
            lead=_(
                "What people buy together decides. Here you say where it may stand, and what you know better. Nothing "
                "is shown while an order is late, in trouble or cancelled."
            ),
            report=Link(_("What recommendations do"), url_for("console-recommendation-report.page", store=store.slug)),
            form=form or _form(store, row),
            groups=rule_forms.groups(session, store, row, tried=tried),
            remove_url=url_for(f"{_PART}.remove", store=store.slug) if here.can_change else "",
            preview=choices.preview(session, store, number),
        ),
        status,
    )


def _who(store: Store) -> Field:
    kept = rule_of(store)
    choices = (
        ("", _("As the law of the shopper's country has it")),
        (IF_AGREED, _("Only those who agreed to advertising")),
        (UNLESS_REFUSED, _("Everybody who did not refuse")),
        (NEVER, _("Nobody, and shoppers are not asked")),
    )
    return Field(
        _RULE,
        _("Who gets them below emails"),
        "radios",
        choices=tuple(Choice(value, label, value == kept) for value, label in choices),
        note=_(
            "In most countries products below an email are advertising, and need a yes; in the United States silence "
            "is enough. In the EU and the UK choose everybody only if your checkout offers the choice where it asks "
            "for the address. Whoever refused gets none, whatever you choose here. This is not legal advice."
        ),
    )


def _form(store: Store, row: RecommendationPolicy) -> Form:
    known, total = catalogue.costs_known(db.session(), store)
    costs = _(
        "0: margins do not matter. 100: the best margin counts twice as much as none. Costs are known of %(known)s of "
        "%(total)s products.",
        known=format_decimal(known),
        total=format_decimal(total),
    )
    places = (
        Choice("on_page", _("On the page of an order"), row.on_page),
        Choice("in_emails", _("Below emails"), row.in_emails),
    )
    asked = (
        Field("places", _("Where"), "checks", choices=places),
        _who(store),
        Field(
            "margin_weight",
            _("How much margins matter"),
            "number",
            str(row.margin_weight),
            note=costs,
            low=BOUNDS["margin_weight"][0],
            high=BOUNDS["margin_weight"][1],
            unit="%",
        ),
        Field(
            "step_up_percent",
            _("A better version costs at most"),
            "number",
            str(row.step_up_percent),
            low=BOUNDS["step_up_percent"][0],
            high=BOUNDS["step_up_percent"][1],
            unit=_("percent of what was bought"),
        ),
        Field(
            "shown_most",
            _("A product that is not followed is shown to one shopper"),
            "number",
            str(row.shown_most),
            note=_("With every time it moves back a little."),
            low=BOUNDS["shown_most"][0],
            high=BOUNDS["shown_most"][1],
            unit=_("times at most"),
        ),
    )
    return Form(
        url_for(f"{_PART}.save", store=store.slug),
        (FieldSet(_("In general"), asked),),
        _("Save"),
        version=store.version,
        is_open=access.here().can_change,
    )
