"""Segments of an SMS, and what is done to fit the small alphabet."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.channels._gsm import _BASIC, _EXTENSION, DOWNGRADES, Encoding, Size, downgraded, segments

GSM, UCS = Encoding.GSM7, Encoding.UCS2


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", Size(GSM, 0, 0)),
        ("a" * 160, Size(GSM, 160, 1)),
        ("a" * 161, Size(GSM, 161, 2)),
        ("a" * 306, Size(GSM, 306, 2)),
        ("a" * 307, Size(GSM, 307, 3)),
        ("€" * 80, Size(GSM, 160, 1)),
        ("€" * 81, Size(GSM, 162, 2)),
        # an escape pair stays whole, so a septet is lost at the boundary
        ("a" * 152 + "€" + "a" * 152, Size(GSM, 306, 3)),
        ("à" * 70, Size(GSM, 70, 1)),
        ("ç", Size(UCS, 1, 1)),
        ("Ç", Size(GSM, 1, 1)),
        ("`", Size(UCS, 1, 1)),
        ("\t", Size(UCS, 1, 1)),
        ("’" * 70, Size(UCS, 70, 1)),
        ("’" * 71, Size(UCS, 71, 2)),
        ("📦" * 35, Size(UCS, 70, 1)),
        ("📦" * 36, Size(UCS, 72, 2)),
        ("ก" * 66 + "📦" + "ก" * 66, Size(UCS, 134, 3)),
        ("ก" * 134, Size(UCS, 134, 2)),
    ],
)
def test_size_of_a_text(text: str, size: Size) -> None:
    assert segments(text) == size


def test_alphabet_has_the_standards_number_of_characters() -> None:
    # 128 places, one of them the escape
    assert len(_BASIC) == 127
    assert len(_EXTENSION) == 10
    assert not _BASIC & _EXTENSION


def test_downgrades_lead_into_the_alphabet_and_start_outside() -> None:
    for char, plain in DOWNGRADES.items():
        assert char not in _BASIC | _EXTENSION, char
        assert set(plain) <= _BASIC | _EXTENSION, char


def test_every_character_of_french_fits() -> None:
    for char in "àâæçéèêëîïôœùûüÿÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸ«»’–—…\u00a0\u202f€":
        assert segments(downgraded(f"a{char}a")).encoding is GSM, char


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Votre colis arrive aujourd’hui\u00a0: «\u202fça va\u202f»", 'Votre colis arrive aujourd\'hui : "ca va"'),
        ("It’s here – “today”…", 'It\'s here - "today"...'),
        ("Déjà livré à Müller, Ångström & Señor", "Déjà livré à Müller, Ångström & Señor"),
        ("cafe\u0301", "café"),
        ("in\u200bvisible\u00ad", "invisible"),
    ],
)
def test_look_alikes_replace_what_the_alphabet_lacks(text: str, plain: str) -> None:
    assert downgraded(text) == plain


@pytest.mark.parametrize("text", ["ของคุณกำลังมา – “วันนี้”", "Ça arrive – 📦", "Привет – ça"])
def test_a_text_that_stays_outside_is_not_spoilt(text: str) -> None:
    assert downgraded(text) == text


@given(st.text(max_size=400))
def test_downgrading_is_settled_after_once_and_never_longer_on_the_air(text: str) -> None:
    once = downgraded(text)
    assert downgraded(once) == once
    assert segments(once).segments <= segments(unicodedata.normalize("NFC", text)).segments


def test_text_that_would_need_more_segments_in_the_small_alphabet_stays() -> None:
    assert downgraded("…" * 70) == "…" * 70


@given(st.text(max_size=600))
def test_segments_hold_all_units(text: str) -> None:
    size = segments(text)
    each = (153 if size.encoding is GSM else 67) if size.segments > 1 else (160 if size.encoding is GSM else 70)
    assert size.units <= size.segments * each
