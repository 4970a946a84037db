"""Which carriers a number may belong to: every published test number, the ranks, and what is no number."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.carriers import Confidence, all_slugs, detect, get_carrier, plausible
from tracking.carriers._aggregated import Aggregator
from tracking.carriers._check_digits import is_right
from tracking.carriers._detection import readings
from tracking.carriers._number_formats import S10, Format, Telling, formats, number_facts, posts


def _tests(kind: str) -> list[tuple[Format, str]]:
    return [(form, number) for form in formats() for number in form.tests.get(kind, ())]


def _carriers(number: str, **about: object) -> list[str]:
    return [guess.carrier for guess in detect(number, **about)]  # type: ignore[arg-type]


def _ids(value: object) -> str:
    return value.name if isinstance(value, Format) else str(value)


def _fits(form: Format, number: str) -> bool:
    """Of this form, and its check digit not wrong."""
    return any(found.format is form and found.check is not False for found in readings("".join(number.split())))


def test_every_published_test_number_is_tried() -> None:
    assert (len(_tests("valid")), len(_tests("invalid"))) == (177, 80)


@pytest.mark.parametrize(("form", "number"), _tests("valid"), ids=_ids)
def test_published_number_is_of_its_form_and_names_its_carrier(form: Format, number: str) -> None:
    assert _fits(form, number)
    guesses = detect(number)
    if form.carrier == S10:
        assert guesses[0].confidence is Confidence.STRONG
    else:
        assert form.carrier in [guess.carrier for guess in guesses]


@pytest.mark.parametrize(("form", "number"), _tests("invalid"), ids=_ids)
def test_published_wrong_number_is_not_of_that_form(form: Format, number: str) -> None:
    assert not _fits(form, number)


def test_nearly_every_published_number_ranks_its_carrier_first() -> None:
    first = [detect(number)[0].carrier == form.carrier for form, number in _tests("valid") if form.carrier != S10]
    # two pass the check digits of FedEx and of Purolator both, and only the country tells them apart
    assert (len(first), first.count(False)) == (173, 2)


@pytest.mark.parametrize("number", ["287809468872", "320610804900"])
def test_country_and_account_decide_between_two_right_check_digits(number: str) -> None:
    assert _carriers(number)[:2] == ["fedex", "purolator"]
    assert _carriers(number, country="CA")[:2] == ["purolator", "fedex"]
    assert _carriers(number, known=["purolator"])[:2] == ["purolator", "fedex"]


@pytest.mark.parametrize(
    ("number", "slug"),
    [
        ("1Z999AA10123456784", "ups"),
        ("9400111206206406260787", "usps"),
        ("RR123456785TH", "thailand-post"),
        ("RR123456785AU", "australia-post"),
        ("RR747540648SE", "postnord"),
        ("84971563697SE", "postnord"),
        ("6A12345678901", "la-poste"),
        ("JJD000390007887654321", "dhl"),
        ("00340434292135100186", "dhl"),
        ("XY746876977FR", "chronopost"),
        ("XY746876977TS", "chronopost"),
        ("XT8452370122486", "chronopost"),
        ("ZX61QJIX", "gls"),
        ("602677439331630337653846", "inpost"),
        ("SF1011603494291", "sf-express"),
        ("UEG000000190252", "jt-express"),
        ("JMX100099499533", "jt-express"),
        ("S34WER4S", "sendle"),
        ("7XX1000634011427", "australia-post"),
        ("090367574000000FE1E1B", "royal-mail"),
        ("61299998820821171811", "fedex"),
        ("H1234567890123456789", "hermes-de"),
    ],
)
def test_forms_of_the_carriers_own_documents_are_known(number: str, slug: str) -> None:
    assert _carriers(number)[0] == slug


@pytest.mark.parametrize(
    ("number", "country", "slug"),
    [
        ("00123456789000123400", "AU", "australia-post"),
        ("00123456789000123400", "SE", "postnord"),
        ("36301917596", "DE", "gls"),
        ("444003077898", "HK", "sf-express"),
        ("630000000001", "MY", "jt-express"),
        ("1490810000011", "IN", "delhivery"),
        ("41118182136", "AE", "aramex"),
        ("123456789012345", "CA", "canada-post"),
    ],
)
def test_country_brings_forward_the_carrier_that_works_there(number: str, country: str, slug: str) -> None:
    there, anywhere = _carriers(number, country=country), _carriers(number)
    assert slug in there
    assert slug not in anywhere or there.index(slug) <= anywhere.index(slug)


def test_the_same_digits_belong_to_another_post_in_another_country() -> None:
    assert _carriers("00123456789000123400", country="AU")[0] == "australia-post"
    assert _carriers("00123456789000123400", country="SE")[0] == "postnord"


def test_the_post_of_the_destination_comes_after_the_post_of_origin() -> None:
    assert _carriers("RB123456785GB", country="US") == ["royal-mail", "usps"]
    assert _carriers("RB123456785GB", country="GB") == ["royal-mail"]


def test_a_post_without_an_adapter_is_named_and_not_offered() -> None:
    verde, thai = detect("RB123456785CV", country="TH")
    assert (verde.carrier, verde.name, verde.trackable) == ("correios-de-cabo-verde", "Correios de Cabo Verde", False)
    assert [guess.carrier for guess in plausible([verde, thai])] == ["thailand-post"]


def test_reasons_say_the_form_the_service_and_the_check_digit() -> None:
    (guess,) = detect("9505511069605048600624")
    assert guess.carrier == "usps"
    assert guess.reasons == (
        "22 digits, as USPS IMpb C",
        "application identifier: USPS Retail",
        "the check digit is right",
    )
    assert guess.confidence is Confidence.STRONG


def test_a_wrong_check_digit_weakens_a_prefix_and_rules_out_bare_digits() -> None:
    (mistyped,) = detect("1Z5R89390357567128")
    assert (mistyped.carrier, mistyped.confidence) == ("ups", Confidence.POSSIBLE)
    assert "wrong" in mistyped.reasons[-1]
    assert "fedex" not in _carriers("996578788855")


def test_a_right_check_digit_alone_is_never_strong() -> None:
    for form, number in _tests("valid"):
        if form.telling is Telling.SHARED:
            best = detect(number)[0]
            assert best.confidence is not Confidence.STRONG, number


def test_dashes_blanks_and_case_do_not_matter() -> None:
    assert _carriers(" 1z 5r8-9390 35756-7127\t") == ["ups"]
    assert _carriers("1LS7119013618127-1") == ["lasership"]


@pytest.mark.parametrize(
    "number",
    [
        "",
        "   ",
        "123",
        "0" * 65,
        "9" * 100_000,
        "DROP TABLE",
        "<script>1Z</script>",
        "１Ｚ５Ｒ８",
        "1Z\x00",
        "ﬀ" * 20,
        "%s%s%s",
    ],
)
def test_what_is_no_number_is_nobodys(number: str) -> None:
    assert detect(number, country="ZZ", known=["nobody"]) == []


@given(st.text(max_size=80), st.one_of(st.none(), st.text(max_size=4)))
def test_any_text_gets_a_list_without_repetition(number: str, country: str | None) -> None:
    found = [guess.carrier for guess in detect(number, country=country)]
    assert len(found) == len(set(found))


@given(st.from_regex(r"[0-9A-Z]{4,64}", fullmatch=True))
def test_any_number_ranks_strong_before_likely_before_possible_without_circumstances(number: str) -> None:
    order = [list(Confidence).index(guess.confidence) for guess in detect(number)]
    assert order == sorted(order)


def test_the_longest_numbers_take_no_longer_than_others() -> None:
    def spent(number: str) -> float:
        began = time.process_time()
        for _ in range(20):
            detect(number, country="FR")
        return time.process_time() - began

    ordinary = max(spent("1Z999AA10123456784"), 0.001)
    for number in ("4" * 64, "GM" + "A" * 62, "420" + "9" * 61, "1" * 34, " " * 100_000 + "1", "1 " * 64):
        assert spent(number) < 50 * ordinary


def test_files_of_numbers_name_carriers_that_are_there_or_published() -> None:
    published = {form.carrier for form in formats() if form.tests}
    facts = number_facts()
    assert set(facts) <= published | set(all_slugs())
    assert {country for one in facts.values() for country in one.posts} <= set(posts())
    assert all(len(country) == 2 for one in facts.values() for country in one.homes)
    assert all(facts[form.carrier].homes for form in formats() if form.telling is Telling.LOCAL)


def test_every_carrier_of_parcels_has_a_form_of_numbers() -> None:
    told = {form.carrier for form in formats()} | {slug for slug, one in number_facts().items() if one.posts}
    speaks_for_others = {slug for slug in all_slugs() if issubclass(get_carrier(slug), Aggregator)} | {"karrio"}
    assert set(all_slugs()) - told <= speaks_for_others


def test_name_of_a_guess_is_the_adapters() -> None:
    assert detect("RR123456785GB")[0].name == get_carrier("royal-mail").name


def test_serial_with_characters_the_algorithm_does_not_know_is_wrong_and_not_an_error() -> None:
    assert not is_right({"name": "mod7"}, "12A", "3")
    assert not is_right({"name": "s10", "weightings": [8, 6]}, "123", "3")
