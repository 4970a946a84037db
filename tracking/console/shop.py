"""Languages and times: what a store's pages speak, when its messages may go out, and what it promises."""

from typing import Final

from babel.core import get_global
from flask import Response, url_for

from tracking.console import access, saving
from tracking.console.facts import Choice, Field, FieldSet, Form
from tracking.console.forms import Answers
from tracking.models import Store
from tracking.platform import i18n
from tracking.platform.gettext import _

bp = access.guarded("shop")


@bp.get("/languages")
def page() -> Response:
    """As it is kept."""
    return _PART.shown()


@bp.post("/languages")
def save() -> Response:
    """Keep it, if all of it is good."""
    store, answers = access.here().store, Answers()
    offered = i18n.available()
    home = answers.one_of("home", offered, store.locale)
    others = [tag for tag in answers.many_of("locales", offered) if tag != home]
    name = answers.text("name", most=120, required=True)
    url = answers.url("url")
    zone = answers.typed("time_zone")
    if not i18n.is_zone(zone):
        answers.faults["time_zone"] = _("Choose one of these.")
    send_from = answers.whole("send_from", 0, 23, store.quiet_until_h)
    send_until = answers.whole("send_until", 1, 24, store.quiet_from_h)
    if send_from >= send_until and not {"send_from", "send_until"} & set(answers.faults):
        answers.faults["send_until"] = _("It must be later than the hour at which messages begin.")
    handling = answers.whole("handling_days", 0, 60, store.handling_days)
    low = answers.whole("transit_days_min", 0, 60, store.transit_days_min)
    high = answers.whole("transit_days_max", 0, 90, store.transit_days_max)
    if low > high and not {"transit_days_min", "transit_days_max"} & set(answers.faults):
        answers.faults["transit_days_max"] = _("It cannot be less than the shortest time.")
    grace = answers.whole("scan_grace_h", 1, 240, store.scan_grace_h)
    if answers.faults:
        return _PART.refused(answers)

    def change(row: Store) -> list[str]:
        return saving.fill(
            row,
            {
                "name": name or row.name,
                "url": url,
                "locales": [home, *others],
                "time_zone": zone,
                # 24 is the midnight at which a day ends
                "quiet_from_h": send_until % 24,
                "quiet_until_h": send_from,
                "handling_days": handling,
                "transit_days_min": low,
                "transit_days_max": high,
                "scan_grace_h": grace,
            },
        )

    return _PART.saved(answers, "shop.saved", change)


def _form(store: Store) -> Form:
    tags = i18n.available()
    shop = (
        Field("name", _("Name of the shop"), value=store.name, required=True, most=120),
        Field("url", _("Address of the shop"), "url", store.url or "", most=500),
    )
    languages = (
        Field(
            "home",
            _("Home language"),
            "radios",
            note=_("Spoken to whoever wants none of the others."),
            choices=tuple(Choice(tag, i18n.language_name(tag), tag == store.locale) for tag in tags),
        ),
        Field(
            "locales",
            _("Languages offered"),
            "checks",
            choices=tuple(Choice(tag, i18n.language_name(tag), tag in store.locales) for tag in tags),
        ),
        Field("time_zone", _("Time zone"), "select", choices=_zones(store.time_zone)),
    )
    hours = (
        Field("send_from", _("From"), "number", str(store.quiet_until_h), low=0, high=23, unit=_("o’clock")),
        Field("send_until", _("Until"), "number", str(store.quiet_from_h or 24), low=1, high=24, unit=_("o’clock")),
    )
    promise = (
        _days("handling_days", _("From order to hand-over"), store.handling_days, 60),
        _days("transit_days_min", _("On the way at least"), store.transit_days_min, 60),
        _days("transit_days_max", _("On the way at most"), store.transit_days_max, 90),
        Field(
            "scan_grace_h",
            _("Normal wait for the first scan"),
            "number",
            str(store.scan_grace_h),
            low=1,
            high=240,
            unit=_("hours"),
        ),
    )
    return Form(
        url_for("console-shop.save", store=store.slug),
        (
            FieldSet(_("Shop"), shop),
            FieldSet(_("Languages"), languages),
            FieldSet(
                _("Hours for ordinary messages"),
                hours,
                _("In the recipient’s own time. “It comes today” and other urgent news may go out earlier or later."),
            ),
            FieldSet(
                _("What you promise"),
                promise,
                _("In working days. It counts where an order says nothing itself, until the carrier gives a date."),
            ),
        ),
        _("Save"),
        version=store.version,
        is_open=access.here().can_change,
    )


def _days(name: str, label: str, value: int, high: int) -> Field:
    return Field(name, label, "number", str(value), low=0, high=high, unit=_("days"))


def _zones(current: str) -> tuple[Choice, ...]:
    """Every zone where people live, by part of the world; the one in force is always among them."""
    known = {name for name in get_global("zone_territories") if "/" in name and not name.startswith("Etc/")}
    names = sorted(name for name in {*known, current, "UTC"} if i18n.is_zone(name))
    return tuple(
        Choice(name, name.partition("/")[2].replace("_", " ") or name, name == current, name.partition("/")[0])
        for name in names
    )


_PART: Final = saving.Part(
    "console-shop",
    lambda: _("Languages and times"),
    lambda: _("What your pages speak, when messages may go out, and what you promise."),
    _form,
)
