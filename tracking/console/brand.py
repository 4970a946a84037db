"""The brand: colours, corner, faces and logo, with a preview of the shopper's page before anything is saved."""

import base64
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, Final

from flask import Response, render_template, request, url_for

from tracking.console import access, saving
from tracking.console.facts import BrandPage, Choice, Field, FieldSet, Form, PreviewFacts
from tracking.console.forms import Answers, with_answers
from tracking.console.frame import frame, render, tabs
from tracking.models import Store
from tracking.platform import brand, clock, i18n, svg
from tracking.platform.brand import Brand, Face, Palette, Paper
from tracking.platform.gettext import _

bp = access.guarded("brand")
_PART: Final = "console-brand"


@bp.get("/brand")
def page() -> Response:
    """The brand as it is kept."""
    store = access.here().store
    return _shown(_form(store), _preview(store, Brand.read(store.brand), _logo(store), ()))


@bp.post("/brand/preview")
@access.only_looks
def preview() -> Response:
    """A piece of the page in what was typed; nothing is saved. Without JavaScript: the whole page with it."""
    store, answers = access.here().store, Answers()
    look, logo = _read(answers, store)
    faults = tuple(answers.faults.values())
    facts = _preview(store, look, logo, faults)
    if request.headers.get("HX-Request"):
        return Response(render_template("console/_preview.html", preview=facts), mimetype="text/html")
    form = _form(store)
    return _shown(with_answers(form, answers) if faults else replace(form, sets=_typed(form, answers)), facts)


@bp.post("/brand")
def save() -> Response:
    """Keep it, if all of it is good; else the last good one goes on."""
    store, answers = access.here().store, Answers()
    look, logo = _read(answers, store)
    if answers.faults:
        kept = _preview(store, look, logo, tuple(answers.faults.values()))
        return _shown(with_answers(_form(store), answers), kept, 422)

    def change(row: Store) -> list[str]:
        wanted: dict[str, Any] = {
            "accent": look.accent,
            "second": look.second,
            "radius_px": look.radius_px,
            "face": look.face.value,
            "paper": look.paper.value,
            "logo_svg": logo,
        }
        made = saving.merged(row.brand, wanted)
        names = [name for name in wanted if made.get(name) != row.brand.get(name)]
        row.brand = made
        return names

    if not saving.save(answers, "brand.saved", change):
        store = access.here().store
        form = saving.conflicted(_form(store), answers)
        return _shown(form, _preview(store, look, logo, ()), 409)
    return saving.done(_PART)


@bp.get("/brand/look.css")
def stylesheet() -> Response:
    """The colours of a brand that is not saved, for `.look` alone: light and dark side by side."""
    given = request.args
    radius = given.get("radius_px", "")
    look = Brand.read(
        {
            "accent": given.get("accent"),
            "second": given.get("second"),
            "face": given.get("face"),
            "paper": given.get("paper"),
            "radius_px": int(radius) if radius.isdigit() and len(radius) < 4 else None,
        }
    )
    shape = f"--radius:{look.radius_px}px;--face:{brand.FACES[look.face]}"
    css = f".look{{{shape}}}\n" + "".join(
        f".look.{name}{{color-scheme:{name};{_properties(brand.palette(look, dark=name == 'dark'))}}}\n"
        for name in ("light", "dark")
    )
    return Response(css, mimetype="text/css")


def _properties(colours: Palette) -> str:
    return ";".join(f"--{name.replace('_', '-')}:{value}" for name, value in asdict(colours).items())


def _read(answers: Answers, store: Store) -> tuple[Brand, str | None]:
    """What was typed; where that is no good, what is kept, and a fault."""
    kept = Brand.read(store.brand)
    fault = _("Write a colour like #2a6a4b.")
    accent, second = brand.as_hex(answers.typed("accent")), brand.as_hex(answers.typed("second"))
    if accent is None:
        answers.faults["accent"] = fault
    if second is None and answers.typed("second"):
        answers.faults["second"] = fault
    look = Brand(
        accent=accent or kept.accent,
        second=second,
        face=Face(answers.one_of("face", list(Face), kept.face)),
        paper=Paper(answers.one_of("paper", list(Paper), kept.paper)),
        radius_px=answers.whole("radius_px", 0, brand.RADIUS_MAX_PX, kept.radius_px),
    )
    return look, _read_logo(answers, store)


def _read_logo(answers: Answers, store: Store) -> str | None:
    if answers.is_set("no_logo"):
        return None
    sent = request.files.get("logo")
    raw = sent.stream.read(svg.MAX_BYTES + 1) if sent is not None and sent.filename else b""
    if not raw:
        return _logo(store)
    try:
        return svg.clean(raw)
    except svg.BadDrawing as error:
        answers.faults["logo"] = _drawing_fault(error)
        return _logo(store)


def _logo(store: Store) -> str | None:
    kept = store.brand.get("logo_svg")
    return kept if isinstance(kept, str) and kept else None


def _drawing_fault(error: svg.BadDrawing) -> str:
    """Why a drawing was not taken, and where."""
    what = error.what
    reasons = {
        "empty": _("There is no drawing in it."),
        "too_large": _("The drawing is larger than 64 KB."),
        "too_many": _("The drawing has more than 2000 parts."),
        "too_deep": _("Its groups lie too deep in one another."),
        "not_xml": _("It is not well-formed XML."),
        "not_svg": _("It is not an SVG drawing."),
        "doctype": _("A document type declaration is not allowed. Delete it."),
        "instruction": _("A processing instruction is not allowed. Delete it."),
        "element": _("The element “%(what)s” is not allowed. Turn it into paths.", what=what),
        "attribute": _("The attribute “%(what)s” is not allowed.", what=what),
        "value": _("The value of “%(what)s” is not allowed.", what=what),
        "no_size": _("It has neither a viewBox nor a width and a height."),
    }
    told = reasons[error.reason]
    return _("Line %(line)s: %(told)s", line=error.line, told=told) if error.line else told


def _preview(store: Store, look: Brand, logo: str | None, faults: tuple[str, ...]) -> PreviewFacts:
    """A page as a shopper of this store might read it today."""
    today = i18n.local(clock.now()).date()
    picture = f"data:image/svg+xml;base64,{base64.b64encode(logo.encode()).decode()}" if logo else None
    return PreviewFacts(
        css_url=url_for(
            "console-brand.stylesheet",
            store=store.slug,
            accent=look.accent,
            second=look.second,
            face=look.face.value,
            paper=look.paper.value,
            radius_px=str(look.radius_px),
        ),
        store=store.name,
        logo=picture,
        order=_("Order %(number)s", number="10421"),
        headline=_("On its way – arriving"),
        strong=i18n.day(today + timedelta(days=2)),
        second=_("Left the depot at 06:12."),
        action=_("Choose your messages"),
        steps=(_("Ordered"), _("Sent"), _("Out for delivery"), _("Delivered")),
        item=_("A product of yours"),
        item_note=_("How to use it"),
        notes=_notes(look),
        faults=faults,
    )


def _notes(look: Brand) -> tuple[str, ...]:
    """What was changed so that everybody can read it."""
    light = brand.palette(look, dark=False)
    notes = []
    if light.accent != look.accent:
        notes.append(_("Your accent is drawn as %(colour)s, so that it can be seen on the page.", colour=light.accent))
    if look.second and light.mark != look.second:
        notes.append(_("Your second colour is drawn as %(colour)s for the same reason.", colour=light.mark))
    ratio = brand.contrast(light.accent_ink, light.accent)
    notes.append(_("Words on the button: contrast %(ratio)s to 1.", ratio=f"{ratio:.1f}"))
    return tuple(notes)


def _form(store: Store) -> Form:
    look = Brand.read(store.brand)
    colours = (
        Field(
            "accent",
            _("Accent"),
            "colour",
            look.accent,
            note=_("Buttons and the route. Light and dark tones are made from it."),
            required=True,
            most=7,
        ),
        Field("second", _("Second colour"), "colour", look.second or "", note=_("The parcel. May stay empty."), most=7),
        Field(
            "paper",
            _("Paper"),
            "select",
            choices=tuple(Choice(one.value, _PAPERS[one](), one is look.paper) for one in Paper),
        ),
    )
    shape = (
        Field(
            "face",
            _("Typeface"),
            "radios",
            choices=tuple(Choice(one.value, _FACES[one](), one is look.face) for one in Face),
        ),
        Field(
            "radius_px",
            _("Corner radius"),
            "number",
            str(look.radius_px),
            low=0,
            high=brand.RADIUS_MAX_PX,
            unit="px",
        ),
    )
    logo = [
        Field(
            "logo",
            _("Logo as SVG"),
            "file",
            note=_("Up to 64 KB. It is written anew: what draws stays, what runs or loads is refused."),
        )
    ]
    if _logo(store):
        logo.append(Field("no_logo", _("Show the name alone"), "check"))
    return Form(
        url_for("console-brand.save", store=store.slug),
        (FieldSet(_("Colours"), colours), FieldSet(_("Shape"), shape), FieldSet(_("Logo"), tuple(logo))),
        _("Save"),
        version=store.version,
        is_open=access.here().can_change,
        has_files=True,
    )


def _typed(form: Form, answers: Answers) -> tuple[FieldSet, ...]:
    """The form's questions with what was typed, without a word of faults."""
    return with_answers(form, answers).sets


def _shown(form: Form, preview: PreviewFacts, status: int = 200) -> Response:
    url = url_for("console-brand.preview", store=access.here().store.slug)
    facts = BrandPage(frame(_title(), part=_PART), tabs(_PART), _lead(), form, preview, url)
    return render("brand", facts, status)


def _title() -> str:
    return _("Brand")


def _lead() -> str:
    return _("One or two colours and a logo are enough: pages, emails and this console follow.")


_FACES = {
    Face.SANS: lambda: _("Open and calm"),
    Face.SERIF: lambda: _("Bookish"),
    Face.THAI: lambda: _("Loopless Thai"),
}
_PAPERS = {
    Paper.TINTED: lambda: _("A breath of the accent"),
    Paper.WARM: lambda: _("Ivory"),
    Paper.COOL: lambda: _("Porcelain"),
    Paper.PLAIN: lambda: _("White"),
}
