"""Every brand colour gives a page that can be read, in light and in dark, and keeps its hue."""

import math
import re

import pytest
from coloraide import Color
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.platform.brand import (
    DEFAULT_ACCENT,
    FACES,
    Brand,
    Face,
    Palette,
    Paper,
    contrast,
    palette,
    stylesheet,
    version,
)

colours = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")
brands = st.builds(
    Brand, colours, st.none() | colours, st.sampled_from(Face), st.sampled_from(Paper), st.integers(0, 28)
)


def grounds(of: Palette) -> tuple[str, ...]:
    return of.surface, of.raised, of.sunk


@settings(max_examples=25, deadline=None)
@given(brand=brands, dark=st.booleans())
def test_every_brand_can_be_read(brand: Brand, dark: bool) -> None:
    p = palette(brand, dark=dark)
    for ground in grounds(p):
        assert contrast(p.ink, ground) >= 7
        assert contrast(p.soft, ground) >= 7
        for text in (p.accent_text, p.warn, p.good, p.bad):
            assert contrast(text, ground) >= 4.5
        for drawn in (p.accent, p.mark, p.edge):
            assert contrast(drawn, ground) >= 3
    assert contrast(p.accent_ink, p.accent) >= 4.5
    assert contrast(p.mark_ink, p.mark) >= 3


@settings(max_examples=25, deadline=None)
@given(accent=colours, dark=st.booleans())
def test_hue_is_kept_while_contrast_is_found(accent: str, dark: bool) -> None:
    before, after = (Color(c).convert("oklch") for c in (accent, palette(Brand(accent), dark=dark).accent))
    if min(before["chroma"], after["chroma"]) < 0.04:
        return  # the hue of a grey means nothing
    turn = abs((before["hue"] - after["hue"] + 180) % 360 - 180)
    assert turn < 4


def test_colour_that_passes_is_left_alone() -> None:
    assert palette(Brand("#2a6b45"), dark=False).accent == "#2a6b45"


def test_bright_brand_gets_ink_not_white_on_its_buttons() -> None:
    p = palette(Brand("#ffd400"), dark=False)
    assert contrast(p.accent_ink, "#000000") < 3
    assert contrast(p.accent, "#ffd400") < 2.6, "darkened no further than it must be"


@pytest.mark.parametrize("brand", [Brand("#000000"), Brand("#ffffff"), Brand("#808080")])
def test_brand_without_a_hue_stays_grey(brand: Brand) -> None:
    for dark in (False, True):
        assert Color(palette(brand, dark=dark).accent).convert("oklch")["chroma"] < 0.01


def test_dark_surfaces_are_dark_and_apart() -> None:
    p = palette(Brand("#b3322a"), dark=True)
    lightness = [Color(c).convert("oklch")["lightness"] for c in (p.surface, p.sunk, p.raised)]
    assert lightness == sorted(lightness)
    assert math.isclose(lightness[0], 0.19, abs_tol=0.01)
    assert lightness[2] <= 0.25


def test_stylesheet_holds_every_token_in_both_themes() -> None:
    css = stylesheet(Brand("#2a6b45", face=Face.SERIF))
    light, dark = css.split("prefers-color-scheme:dark")
    for name in (
        "accent",
        "accent-ink",
        "accent-text",
        "surface",
        "raised",
        "sunk",
        "ink",
        "soft",
        "line",
        "warn",
        "bad",
    ):
        assert f"--{name}:#" in light
        assert f"--{name}:#" in dark
    assert FACES[Face.SERIF] in css
    assert not re.search(r"url\(|@import|http", css), "a brand loads nothing"


def test_version_follows_the_looks() -> None:
    assert version(Brand("#2a6b45")) == version(Brand("#2a6b45"))
    assert version(Brand("#2a6b45")) != version(Brand("#2a6b45", radius_px=22))


def test_what_is_stored_is_read_and_rubbish_becomes_the_default() -> None:
    kept = {"accent": "#ABC", "second": "#c98a2b", "face": "serif", "paper": "warm", "radius_px": 3}
    assert Brand.read(kept) == Brand("#aabbcc", "#c98a2b", Face.SERIF, Paper.WARM, 3)
    hostile = {"accent": "red;}body{display:none", "second": 7, "face": "Comic", "paper": None, "radius_px": "9;}"}
    assert Brand.read(hostile) == Brand() == Brand.read(None)
    assert Brand().accent == DEFAULT_ACCENT
