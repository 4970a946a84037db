"""Carrier accounts from the environment, for an installation with one store: `WAYPOST_<CARRIER>_<NAME>`.

The names follow from the adapters' credential fields, so a new carrier needs nothing here. `…_FILE` names a file that
holds the value, `WAYPOST_<CARRIER>_BASE_URL` points an adapter elsewhere (the sandbox). Accounts of many stores live
in the database, encrypted; they are not read here.
"""

from collections.abc import Mapping

from tracking.carriers._base import Account, Carrier, all_slugs, get_carrier
from tracking.platform.errors import ConfigError
from tracking.platform.settings import Environment


def setting(slug: str, name: str) -> str:
    """The setting of a carrier's credential: ("la-poste", "api_key") is WAYPOST_LA_POSTE_API_KEY."""
    return f"WAYPOST_{slug}_{name}".replace("-", "_").upper()


def account(carrier: type[Carrier], values: Mapping[str, str], *, locale: str = "en") -> Account:
    """The account of a carrier as the environment `values` describes it.

    raises  ConfigError with every fault: required credentials that are missing, unreadable files, a bad address
    """
    environment = Environment(values)
    credentials: dict[str, str] = {}
    for field in carrier.credentials:
        name = setting(carrier.slug, field.name)
        before = len(environment.faults)
        value = environment.text(name)
        if value is not None:
            credentials[field.name] = value
        elif field.required and len(environment.faults) == before:
            environment.faults.append(f"{name} is not set. {field.help.rstrip('.')}.")
    base_url = environment.url(setting(carrier.slug, "base_url"), ("https", "http"))
    if environment.faults:
        raise ConfigError(environment.faults)
    return Account(f"environment:{carrier.slug}", credentials, base_url, locale)


def is_mentioned(slug: str, values: Mapping[str, str]) -> bool:
    """True if `values` holds any setting of a carrier, complete or not."""
    return any(name.startswith(setting(slug, "")) and value.strip() for name, value in values.items())


def configured(values: Mapping[str, str]) -> list[str]:
    """Slugs of the carriers whose required credentials are all set in `values`, sorted; nothing checks them.

    Carriers that answer everybody need no account and are not among them.
    """
    needs = {slug: _required(slug) for slug in all_slugs()}
    return [slug for slug, names in needs.items() if names and all(_is_set(slug, name, values) for name in names)]


def _required(slug: str) -> list[str]:
    return [field.name for field in get_carrier(slug).credentials if field.required]


def _is_set(slug: str, name: str, values: Mapping[str, str]) -> bool:
    known = setting(slug, name)
    return bool(values.get(known, "").strip() or values.get(f"{known}_FILE", "").strip())
