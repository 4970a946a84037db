"""Prices read as in a good shop of each language, with their currency's digits, and none passes for another."""

import pytest
from babel.numbers import list_currencies

from tracking.platform import i18n

NARROW, HARD = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("locale", "home", "minor", "said"),
    [
        ("en", "GBP", 1050, "£10.50"),
        ("fr", "GBP", 1050, f"10,50{HARD}£"),
        ("th", "GBP", 1050, "£10.50"),
        ("en", "EUR", 123400, "€1,234.00"),
        ("fr", "EUR", 123400, f"1{NARROW}234,00{HARD}€"),
        ("th", "EUR", 123400, "€1,234.00"),
        ("en", "THB", 48000, "฿480.00"),
        ("fr", "THB", 48000, f"480,00{HARD}฿"),
        ("th", "THB", 48000, "฿480"),
        ("th", "THB", 48050, "฿480.50"),
        ("th", "THB", 129000, "฿1,290"),
        ("th", "THB", 0, "฿0"),
        ("en", "CAD", 8900, "$89.00"),
        ("fr", "CAD", 8900, f"89,00{HARD}$"),
        ("en", "USD", 8900, "$89.00"),
        ("fr", "USD", 8900, f"89,00{HARD}$"),
        ("en", "CHF", 8900, f"CHF{HARD}89.00"),
        ("fr", "SEK", 8900, f"89,00{HARD}kr"),
        ("en", "SEK", 8900, f"kr{HARD}89.00"),
    ],
)
def test_the_shops_own_currency_is_its_plain_sign(locale: str, home: str, minor: int, said: str) -> None:
    with i18n.speaking(locale):
        assert i18n.money(minor, home, home=home) == said


@pytest.mark.parametrize(
    ("currency", "en", "fr", "th"),
    [
        ("JPY", "¥89000", "89000¥", "¥89000"),
        ("KRW", "₩89000", "89000₩", "₩89000"),
        ("EUR", "€890.00", "890,00€", "€890.00"),
        # its own sign is Arabic, which readers of these languages cannot tell from another
        ("KWD", "KWD89.000", "89,000KWD", "KWD89.000"),
    ],
)
def test_each_currency_has_its_own_number_of_digits(currency: str, en: str, fr: str, th: str) -> None:
    for locale, wanted in {"en": en, "fr": fr, "th": th}.items():
        with i18n.speaking(locale):
            said = i18n.money(89000, currency, home=currency)
        assert said.replace(HARD, "").replace(NARROW, "").replace(",", "," if locale == "fr" else "") == wanted


@pytest.mark.parametrize(
    ("locale", "home", "currency", "said"),
    [
        ("en", "GBP", "USD", "US$89.00"),
        ("en", "CAD", "USD", "US$89.00"),
        ("en", "USD", "CAD", "CA$89.00"),
        ("fr", "CAD", "USD", f"89,00{HARD}$US"),
        ("fr", "EUR", "GBP", f"89,00{HARD}£GB"),
        ("th", "THB", "USD", "US$89.00"),
        ("en", "GBP", "THB", f"THB{HARD}89.00"),
        # Thai calls the yen "¥", which is what a shop in China calls its own
        ("th", "CNY", "CNY", "¥89.00"),
        ("th", "CNY", "JPY", f"JPY{HARD}8,900"),
        # the Falkland pound is a "£" at home, as the pound sterling is everywhere
        ("en", "FKP", "GBP", f"GBP{HARD}89.00"),
    ],
)
def test_another_currency_is_told_apart(locale: str, home: str, currency: str, said: str) -> None:
    with i18n.speaking(locale):
        assert i18n.money(8900, currency, home=home) == said


@pytest.mark.parametrize("locale", i18n.available())
def test_no_two_currencies_of_a_shop_look_alike(locale: str) -> None:
    today = sorted({"USD", "CAD", "GBP", "EUR", "JPY", "CNY", "SEK", "DKK", "THB"} & set(list_currencies()))
    with i18n.speaking(locale):
        for home in today:
            signs = [i18n.money(100000, code, home=home).strip("0123456789.," + HARD + NARROW) for code in today]
            assert len(set(signs)) == len(today), (home, signs)


@pytest.mark.parametrize("locale", i18n.available())
def test_every_currency_can_be_written(locale: str) -> None:
    with i18n.speaking(locale):
        for code in sorted(list_currencies()):
            for home in (code, "GBP"):
                said = i18n.money(1, code, home=home)
                assert sum(char.isdigit() and char == "1" for char in said) == 1, (code, said)


def test_large_amounts_are_exact() -> None:
    with i18n.speaking("en"):
        assert i18n.money(9_007_199_254_740_993, "EUR", home="EUR") == "€90,071,992,547,409.93"


def test_what_is_not_known_is_not_said() -> None:
    assert i18n.money(None, "EUR", home="EUR") == ""
    assert i18n.money(100, None, home="EUR") == ""
