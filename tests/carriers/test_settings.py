"""Carrier accounts from the environment."""

from pathlib import Path

import pytest

from tracking.carriers import all_slugs, get_carrier
from tracking.carriers._settings import account, configured, setting
from tracking.platform.errors import ConfigError


def test_an_account_is_read_by_the_names_of_its_credential_fields(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    values = {
        "WAYPOST_THAILAND_POST_API_TOKEN_FILE": str(secret),
        "WAYPOST_THAILAND_POST_SPELLING": "Bearer",
        "WAYPOST_THAILAND_POST_BASE_URL": "http://127.0.0.1:8001/thailand-post/",
        "WAYPOST_DHL_API_KEY": "another carrier's",
    }
    made = account(get_carrier("thailand-post"), values, locale="th")
    assert made.credentials == {"api_token": "from a file", "spelling": "Bearer"}
    assert (made.base_url, made.locale) == ("http://127.0.0.1:8001/thailand-post", "th")


def test_every_fault_is_told_at_once() -> None:
    values = {"WAYPOST_UPS_CLIENT_SECRET_FILE": "/nowhere/at/all", "WAYPOST_UPS_BASE_URL": "ftp://ups"}
    with pytest.raises(ConfigError) as caught:
        account(get_carrier("ups"), values)
    told = " ".join(caught.value.faults)
    assert len(caught.value.faults) == 3
    for name in ("WAYPOST_UPS_CLIENT_ID ", "WAYPOST_UPS_CLIENT_SECRET_FILE ", "WAYPOST_UPS_BASE_URL "):
        assert name in told


def test_a_carrier_counts_as_configured_when_all_it_needs_is_set() -> None:
    values = {
        "WAYPOST_UPS_CLIENT_ID": "only half of it",
        "WAYPOST_LA_POSTE_API_KEY": "k",
        "WAYPOST_DHL_API_KEY_FILE": "/run/secrets/dhl",
        "WAYPOST_THAILAND_POST_API_TOKEN": " ",
    }
    assert configured(values) == ["dhl", "la-poste"]
    assert configured({}) == []


def test_a_carrier_that_answers_everybody_has_no_account_to_set() -> None:
    assert not [field for field in get_carrier("chronopost").credentials if field.required]
    assert configured({"WAYPOST_CHRONOPOST_BASE_URL": "https://chronopost.example"}) == []
    assert account(get_carrier("chronopost"), {}).credentials == {}


def test_no_two_carriers_share_a_setting() -> None:
    names = [setting(slug, field.name) for slug in all_slugs() for field in get_carrier(slug).credentials]
    assert len(names) == len(set(names))
    assert all(name.isascii() and name.replace("_", "").isalnum() and name.isupper() for name in names)
