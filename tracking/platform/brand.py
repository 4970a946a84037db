"""A shop's one or two colours → every colour, corner and face of its pages, as CSS custom properties and as plain hex.

Colours are chosen in OKLCH, so that a hue stays that hue while it is lightened or darkened in steps until its contrast
(WCAG 2.2, relative luminance) passes. Light and dark are designed apart. Pages get a stylesheet of their own per store,
with a version in its address; emails take the hex values. Colour maths: coloraide.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeVar

from coloraide import Color

TEXT_MIN: Final = 4.5
TEXT_GOOD: Final = 7.0
GRAPHIC_MIN: Final = 3.0
DEFAULT_ACCENT: Final = "#2b5f8a"
_STEP: Final = 0.01
# white words are what most brands expect; below this a colour is so bright that ink serves it better
_WHITE_FROM: Final = 3.8
_Choice = TypeVar("_Choice", bound=StrEnum)
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")


class Face(StrEnum):
    """Which family of system faces a shop speaks in."""

    # open, calm, everyday
    SANS = "sans"
    # bookish, for paper, wine, makers
    SERIF = "serif"
    # loopless Thai first, Latin to match
    THAI = "thai"


class Paper(StrEnum):
    """The tint of the page itself."""

    # barely the brand's own hue
    TINTED = "tinted"
    # ivory
    WARM = "warm"
    # porcelain
    COOL = "cool"
    # neutral white
    PLAIN = "plain"


# System faces only: no page ever loads a font. Thai faces follow the Latin ones so that one line can hold both.
_THAI = '"Noto Sans Thai",Thonburi,"Leelawadee UI"'
FACES: Final[Mapping[Face, str]] = {
    Face.SANS: f'Seravek,"Segoe UI Variable Text","Segoe UI",Inter,Roboto,Ubuntu,"Noto Sans",{_THAI},sans-serif',
    Face.SERIF: f'"Iowan Old Style","Palatino Linotype","URW Palladio L",P052,"Noto Serif",'
    f'"Noto Serif Thai",{_THAI},serif',
    Face.THAI: f'"IBM Plex Sans Thai",{_THAI},Sarabun,"Noto Sans",sans-serif',
}
RADIUS_PX: Final = 12
RADIUS_MAX_PX: Final = 28


@dataclass(frozen=True, slots=True)
class Brand:
    """What a merchant chooses. Colours are `#rgb` or `#rrggbb`; `second` colours the parcel on the route.

    `radius_px` is 0 … 28: the one corner of buttons, cards and pictures.
    """

    accent: str = DEFAULT_ACCENT
    second: str | None = None
    face: Face = Face.SANS
    paper: Paper = Paper.TINTED
    radius_px: int = RADIUS_PX

    @classmethod
    def read(cls, stored: Mapping[str, object] | None) -> "Brand":
        """From what a store keeps; anything missing or not understood becomes the default: a page always has a look."""
        given = stored or {}
        return cls(
            accent=as_hex(given.get("accent")) or DEFAULT_ACCENT,
            second=as_hex(given.get("second")),
            face=_member(Face, given.get("face"), Face.SANS),
            paper=_member(Paper, given.get("paper"), Paper.TINTED),
            radius_px=_radius(given.get("radius_px")),
        )


@dataclass(frozen=True, slots=True)
class Palette:
    """Every colour of one theme, as `#rrggbb`.

    accent       buttons and the route; ≥ 3:1 on every surface
    accent_ink   words on `accent`; ≥ 4.5:1
    accent_text  links and emphasis in the brand's hue; ≥ 4.5:1 on every surface
    mark         the parcel on the route; ≥ 3:1
    mark_ink     the band around it, ≥ 3:1 on `mark`
    surface      the page; `raised` the floating element, `sunk` a tone step for cards and pictures
    ink, soft    words, ≥ 7:1 on every surface
    line         hairlines;  edge  borders of controls, ≥ 3:1
    warn, good, bad   needs you, done, in trouble: marks and words, ≥ 4.5:1
    """

    accent: str
    accent_ink: str
    accent_text: str
    mark: str
    mark_ink: str
    surface: str
    raised: str
    sunk: str
    ink: str
    soft: str
    line: str
    edge: str
    warn: str
    good: str
    bad: str


def as_hex(value: object) -> str | None:
    """A colour as `#rrggbb`; None for anything that is not `#rgb` or `#rrggbb`."""
    text = value.strip().lower() if isinstance(value, str) else ""
    if not _HEX.fullmatch(text):
        return None
    return text if len(text) == 7 else "#" + "".join(c * 2 for c in text[1:])


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two hex colours, 1.0 … 21.0."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@lru_cache(maxsize=512)
def palette(brand: Brand, *, dark: bool) -> Palette:
    """All colours of one theme of a brand."""
    hue, chroma = _tint(brand)
    return _dark(brand, hue, chroma) if dark else _light(brand, hue, chroma)


@lru_cache(maxsize=512)
def stylesheet(brand: Brand) -> str:
    """The brand as CSS: custom properties for light and for dark, corner and faces."""
    shape = f"--radius:{brand.radius_px}px;--face:{FACES[brand.face]}"
    light, dark = _properties(palette(brand, dark=False)), _properties(palette(brand, dark=True))
    return (
        f":root{{color-scheme:light dark;{shape};{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f"@media print{{:root{{color-scheme:light;{light};--surface:#fff;--sunk:#fff}}}}\n"
    )


def version(brand: Brand) -> str:
    """Changes whenever the stylesheet does; part of its address, so that it may be cached for ever."""
    return digest(stylesheet(brand))


def digest(text: str) -> str:
    """A short name for a content, for addresses that change with it."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _member(kind: type[_Choice], value: object, default: _Choice) -> _Choice:
    return kind(value) if isinstance(value, str) and value in set(kind) else default


def _radius(value: object) -> int:
    whole = value if isinstance(value, int) and not isinstance(value, bool) else RADIUS_PX
    return min(RADIUS_MAX_PX, max(0, whole))


def _tint(brand: Brand) -> tuple[float, float]:
    """Hue and chroma of the page's neutrals."""
    _, chroma, hue = _lch(brand.accent)
    if brand.paper is Paper.WARM:
        return 82.0, 0.007
    if brand.paper is Paper.COOL:
        return 235.0, 0.008
    if brand.paper is Paper.PLAIN or chroma < 0.02:
        return hue, 0.0
    return hue, 0.007


def _light(brand: Brand, hue: float, chroma: float) -> Palette:
    surface, raised = _oklch(0.984, chroma * 0.7, hue), _oklch(1.0, 0, hue)
    sunk = _oklch(0.958, chroma * 1.2, hue)
    grounds = (surface, raised, sunk)
    accent = _until(brand.accent, grounds, GRAPHIC_MIN, darker=True)
    accent_ink, accent = _ink_on(accent, hue, darker=True)
    mark = _until(brand.second or accent, grounds, GRAPHIC_MIN, darker=True)
    return Palette(
        accent=accent,
        accent_ink=accent_ink,
        accent_text=_until(brand.accent, grounds, TEXT_MIN, darker=True),
        mark=mark,
        mark_ink=_ink_on(mark, hue, darker=True)[0],
        surface=surface,
        raised=raised,
        sunk=sunk,
        ink=_until(_oklch(0.25, chroma * 2, hue), grounds, TEXT_GOOD, darker=True),
        soft=_until(_oklch(0.47, chroma * 2, hue), grounds, TEXT_GOOD, darker=True),
        line=_oklch(0.885, chroma * 1.3, hue),
        edge=_until(_oklch(0.68, chroma * 1.5, hue), grounds, GRAPHIC_MIN, darker=True),
        warn=_until(_oklch(0.60, 0.13, 65), grounds, TEXT_MIN, darker=True),
        good=_until(_oklch(0.55, 0.12, 150), grounds, TEXT_MIN, darker=True),
        bad=_until(_oklch(0.55, 0.18, 28), grounds, TEXT_MIN, darker=True),
    )


def _dark(brand: Brand, hue: float, chroma: float) -> Palette:
    chroma *= 1.8
    surface, raised = _oklch(0.19, chroma, hue), _oklch(0.24, chroma * 1.1, hue)
    sunk = _oklch(0.225, chroma, hue)
    grounds = (surface, raised, sunk)
    accent = _until(_lifted(brand.accent), grounds, TEXT_GOOD, darker=False)
    accent_ink, accent = _ink_on(accent, hue, darker=False)
    mark = _until(_lifted(brand.second) if brand.second else accent, grounds, TEXT_MIN, darker=False)
    return Palette(
        accent=accent,
        accent_ink=accent_ink,
        accent_text=accent,
        mark=mark,
        mark_ink=_ink_on(mark, hue, darker=False)[0],
        surface=surface,
        raised=raised,
        sunk=sunk,
        ink=_until(_oklch(0.94, chroma * 0.5, hue), grounds, TEXT_GOOD, darker=False),
        soft=_until(_oklch(0.75, chroma * 0.9, hue), grounds, TEXT_GOOD, darker=False),
        line=_oklch(0.335, chroma * 1.2, hue),
        edge=_until(_oklch(0.50, chroma * 1.2, hue), grounds, GRAPHIC_MIN, darker=False),
        warn=_until(_oklch(0.80, 0.12, 75), grounds, TEXT_GOOD, darker=False),
        good=_until(_oklch(0.78, 0.13, 150), grounds, TEXT_GOOD, darker=False),
        bad=_until(_oklch(0.74, 0.13, 28), grounds, TEXT_GOOD, darker=False),
    )


def _lifted(colour: str) -> str:
    """The same hue as it looks lit on a dark page: lighter, and never fluorescent."""
    lightness, chroma, hue = _lch(colour)
    return _oklch(max(lightness, 0.76), min(chroma, 0.125), hue)


def _ink_on(ground: str, hue: float, *, darker: bool) -> tuple[str, str]:
    """Words for a coloured ground, and the ground moved on until they can be read; white where it can be, else ink."""
    white, dark = _oklch(1.0, 0, hue), _oklch(0.19, 0.02, hue)
    if darker and contrast(white, ground) >= _WHITE_FROM:
        return white, _until(ground, (white,), TEXT_MIN, darker=True)
    best = white if contrast(white, ground) > contrast(dark, ground) else dark
    return best, _until(ground, (best,), TEXT_MIN, darker=best == white)


def _until(colour: str, grounds: Iterable[str], ratio: float, *, darker: bool) -> str:
    """Darken or lighten in steps, hue kept, until `ratio` holds on every ground; else the scale's end."""
    others = tuple(grounds)
    lightness, chroma, hue = _lch(colour)
    colour, end = _oklch(lightness, chroma, hue), 0.0 if darker else 1.0
    while lightness != end and min(contrast(colour, ground) for ground in others) < ratio:
        lightness = max(end, lightness - _STEP) if darker else min(end, lightness + _STEP)
        colour = _oklch(lightness, chroma, hue)
    return colour


@lru_cache(maxsize=4096)
def _luminance(colour: str) -> float:
    return float(Color(colour).luminance())


def _lch(colour: str) -> tuple[float, float, float]:
    lightness, chroma, hue = Color(colour).convert("oklch").coords(nans=False)
    return float(lightness), float(chroma), float(hue)


def _oklch(lightness: float, chroma: float, hue: float) -> str:
    """The nearest colour a screen can show, as hex: chroma gives way, lightness and hue stay."""
    colour = Color("oklch", [lightness, chroma, hue]).convert("srgb").fit(method="oklch-chroma")
    return str(colour.to_string(hex=True))


def _properties(colours: Palette) -> str:
    values = asdict(colours)
    return ";".join(f"--{field.name.replace('_', '-')}:{values[field.name]}" for field in fields(colours))
