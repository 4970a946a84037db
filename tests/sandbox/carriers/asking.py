"""Asks the sandbox's carriers as their documents say, with no adapter in between."""

from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tracking.sandbox import Sandbox

# a Monday, 09:00 in New York
START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
LATER = START + timedelta(days=60)

# each step of a parcel's life at an instant of its own
LIFE: list[dict[str, Any]] = [
    {"kind": "label", "at": "2026-11-23T14:05:00+00:00"},
    {"kind": "accepted", "at": "2026-11-23T22:10:30+00:00"},
    {"kind": "departed", "at": "2026-11-24T00:40:00+00:00", "place": "Louisville"},
    {"kind": "out_for_delivery", "at": "2026-11-25T15:05:06+00:00"},
    {"kind": "delivered", "at": "2026-11-25T20:15:00+00:00", "proof": "signature", "signed_by": "SMITH"},
]


def ups_token(sandbox: Sandbox) -> requests.Response:
    given = sandbox.credentials("ups")
    return requests.post(
        sandbox.carrier_url("ups") + "/security/v1/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(given["client_id"], given["client_secret"]),
        timeout=5,
    )


def ups(sandbox: Sandbox, number: str, token: str | None = None, **params: str) -> requests.Response:
    token = token or ups_token(sandbox).json()["access_token"]
    return requests.get(
        f"{sandbox.carrier_url('ups')}/api/track/v1/details/{number}",
        headers={"Authorization": f"Bearer {token}", "transId": "one", "transactionSrc": "tests"},
        params=params,
        timeout=5,
    )


def fedex_token(sandbox: Sandbox) -> requests.Response:
    form = {"grant_type": "client_credentials", **sandbox.credentials("fedex")}
    return requests.post(sandbox.carrier_url("fedex") + "/oauth/token", data=form, timeout=5)


def fedex(sandbox: Sandbox, *numbers: str, detailed: bool = True, token: str | None = None) -> requests.Response:
    token = token or fedex_token(sandbox).json()["access_token"]
    return requests.post(
        sandbox.carrier_url("fedex") + "/track/v1/trackingnumbers",
        headers={"Authorization": f"Bearer {token}", "x-customer-transaction-id": "ours"},
        json={
            "includeDetailedScans": detailed,
            "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": number}} for number in numbers],
        },
        timeout=5,
    )


def usps_token(sandbox: Sandbox, *, as_json: bool = False) -> requests.Response:
    body = {"grant_type": "client_credentials", **sandbox.credentials("usps"), "scope": "tracking"}
    url = sandbox.carrier_url("usps") + "/oauth2/v3/token"
    return requests.post(url, json=body, timeout=5) if as_json else requests.post(url, data=body, timeout=5)


def usps(sandbox: Sandbox, number: str, token: str | None = None, expand: str = "DETAIL") -> requests.Response:
    token = token or usps_token(sandbox).json()["access_token"]
    return requests.get(
        f"{sandbox.carrier_url('usps')}/tracking/v3/tracking/{number}",
        headers={"Authorization": f"Bearer {token}"},
        params={"expand": expand},
        timeout=5,
    )


def dhl(sandbox: Sandbox, number: str, key: str | None = None, **params: str) -> requests.Response:
    return requests.get(
        sandbox.carrier_url("dhl") + "/shipments",
        headers={"DHL-API-Key": key or sandbox.credentials("dhl")["api_key"]},
        params={"trackingNumber": number, **params},
        timeout=5,
    )


def la_poste(sandbox: Sandbox, *numbers: str, key: str | None = None, **params: str) -> requests.Response:
    return requests.get(
        f"{sandbox.carrier_url('la-poste')}/idships/{','.join(numbers)}",
        headers={"X-Okapi-Key": key or sandbox.credentials("la-poste")["api_key"]},
        params=params,
        timeout=5,
    )


def thailand_token(sandbox: Sandbox, api_token: str | None = None) -> requests.Response:
    api_token = api_token or sandbox.credentials("thailand-post")["api_token"]
    return requests.post(
        sandbox.carrier_url("thailand-post") + "/authenticate/token",
        headers={"Authorization": f"Token {api_token}", "Content-Type": "application/json"},
        timeout=5,
    )


def thailand(
    sandbox: Sandbox,
    *numbers: str,
    language: str = "TH",
    scheme: str = "Token",
    token: str | None = None,
    status: str = "all",
) -> requests.Response:
    token = token or thailand_token(sandbox).json()["token"]
    return requests.post(
        sandbox.carrier_url("thailand-post") + "/track",
        headers={"Authorization": f"{scheme} {token}"},
        json={"status": status, "language": language, "barcode": list(numbers)},
        timeout=5,
    )
