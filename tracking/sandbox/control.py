"""The sandbox's own interface under /_sandbox/: parcels, faults, limits, accounts, calls, and a page to look at.

JSON in, JSON out; errors are problem+json with the field that is wrong. `docs/sandbox.md` shows each call.
"""

import json
from collections import Counter
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from tracking.platform import clock
from tracking.platform.errors import BadPayload, InputError
from tracking.sandbox._pages import page
from tracking.sandbox.accounts import Counting, Rule
from tracking.sandbox.faults import number
from tracking.sandbox.parcels import move
from tracking.sandbox.places import Place
from tracking.sandbox.routes import ROUTES
from tracking.sandbox.scans import Kind, Parcel, Scan
from tracking.sandbox.state import Call, State

_PAGE_ROWS = 50


def blueprint(state: State) -> Blueprint:
    """All of /_sandbox/ that is about carriers."""
    paths = Blueprint("control", __name__, url_prefix="/_sandbox")
    _pages(paths, state)
    _parcels(paths, state)
    _trouble(paths, state)
    paths.register_error_handler(InputError, _problem)
    paths.register_error_handler(HTTPException, _http_problem)
    return paths


def _pages(paths: Blueprint, state: State) -> None:
    @paths.get("/")
    def overview() -> Response:
        parcels = list(state.parcels)
        calls = state.calls.all()
        return page(
            "sandbox.html",
            state=state,
            now=clock.now(),
            speed=clock.speed(),
            parcels=[(parcel, parcel.view()) for parcel in parcels[: -_PAGE_ROWS - 1 : -1]],
            parcel_count=len(parcels),
            calls=calls[: -_PAGE_ROWS - 1 : -1],
            per_carrier=Counter(call.carrier for call in calls),
            accounts={slug: (f"{state.url}/{slug}", state.accounts.first(slug)) for slug in state.carriers},
            faults=state.faults.all(),
        )

    @paths.get("/calls")
    def calls() -> Response:
        carrier, wanted = request.args.get("carrier"), request.args.get("number", "").upper()
        limit = request.args.get("limit", 1_000, type=int)
        found = [
            call
            for call in state.calls
            if (not carrier or call.carrier == carrier) and (not wanted or wanted in call.numbers)
        ]
        return _json(
            {"total": state.calls.total, "calls": [_call(call) for call in found[-limit:]] if limit > 0 else []}
        )

    @paths.delete("/calls")
    def forget_calls() -> Response:
        state.calls.clear()
        return _json({"total": 0})

    @paths.get("/clock")
    def clock_now() -> Response:
        return _json({"now": clock.now().isoformat(), "real": clock.real_now().isoformat(), "speed": clock.speed()})


def _parcels(paths: Blueprint, state: State) -> None:
    @paths.get("/parcels")
    def parcels() -> Response:
        carrier = request.args.get("carrier")
        rows = [shown(parcel) for parcel in state.parcels if not carrier or parcel.carrier == carrier]
        limit = request.args.get("limit", 1_000, type=int)
        return _json({"total": len(rows), "routes": ROUTES, "kinds": list(Kind), "parcels": rows[: max(limit, 0)]})

    @paths.post("/parcels")
    def create() -> Response:
        body = request.get_json(silent=True)
        rows = body if isinstance(body, list) else [body]
        again = request.args.get("replace") == "1"
        made = [create_parcel(state, _object(row), replace_existing=again) for row in rows]
        shown_rows = [shown(parcel) for parcel in made]
        return _json(shown_rows if isinstance(body, list) else shown_rows[0], 201)

    @paths.delete("/parcels")
    def clear() -> Response:
        return _json({"deleted": state.parcels.clear()})

    @paths.get("/parcels/<tracking_number>")
    def parcel(tracking_number: str) -> Response:
        return _json(shown(state.parcels.get(tracking_number), ahead=True))

    @paths.delete("/parcels/<tracking_number>")
    def delete(tracking_number: str) -> Response:
        state.parcels.delete(tracking_number)
        return _json({"deleted": 1})

    @paths.post("/parcels/<tracking_number>/move")
    def moved(tracking_number: str) -> Response:
        found = state.parcels.get(tracking_number)
        scans = move(found, _object(request.get_json(silent=True) if request.data else {}))
        return _json({"moved": [_scan(scan) for scan in scans], "parcel": shown(found)})


def _trouble(paths: Blueprint, state: State) -> None:
    @paths.get("/faults")
    def faults() -> Response:
        rules = [rule for mishaps in state.mishaps.values() for rule in mishaps.dump()]
        return _json({"faults": [fault.shown() for fault in state.faults.all()] + rules})

    @paths.post("/faults")
    def add_fault() -> Response:
        spec = _object(request.get_json(silent=True))
        mishaps = state.mishaps.get(str(spec.get("carrier")))
        if mishaps is not None:
            return _json(mishaps.add_spec(spec), 201)
        known_carrier(state, spec.get("carrier"), every=True)
        return _json(state.faults.add(spec).shown(), 201)

    @paths.delete("/faults")
    def clear_faults() -> Response:
        fault_id, service = request.args.get("id", type=int), request.args.get("carrier")
        if fault_id is None:
            for name, mishaps in state.mishaps.items():
                if service in {None, name}:
                    mishaps.clear()
        return _json({"deleted": state.faults.clear(fault_id=fault_id, carrier=request.args.get("carrier"))})

    @paths.get("/limits")
    def limits() -> Response:
        return _json(_limits(state))

    @paths.put("/limits")
    def set_limits() -> Response:
        spec = _object(request.get_json(silent=True))
        set_counting(state, spec)
        return _json(_limits(state))

    @paths.get("/accounts")
    def accounts() -> Response:
        rows = {slug: {"base_url": f"{state.url}/{slug}", **state.accounts.first(slug)} for slug in state.carriers}
        return _json({"accounts": rows})

    @paths.post("/accounts")
    def add_account() -> Response:
        spec = _object(request.get_json(silent=True))
        slug, given = known_carrier(state, spec.get("carrier")), spec.get("credentials")
        names = set(state.carriers[slug].credentials)
        if (
            not isinstance(given, dict)
            or set(given) != names
            or not all(isinstance(v, str) and v for v in given.values())
        ):
            raise BadPayload(f"“credentials” for {slug} are {', '.join(sorted(names))}.", field="credentials")
        state.accounts.add(slug, {name: given[name] for name in state.carriers[slug].credentials})
        return _json({"carrier": slug}, 201)

    @paths.put("/tokens/<slug>")
    def token_life(slug: str) -> Response:
        known_carrier(state, slug)
        spec = _object(request.get_json(silent=True))
        state.tokens.lives_s[slug] = number(spec, "life_s", 0.0, 86_400.0 * 365, 3_600.0)
        return _json({"carrier": slug, "life_s": state.tokens.lives_s[slug]})

    @paths.delete("/tokens/<slug>")
    def expire_tokens(slug: str) -> Response:
        return _json({"expired": state.tokens.expire(known_carrier(state, slug))})


def create_parcel(state: State, spec: dict[str, Any], *, replace_existing: bool = False) -> Parcel:
    """Make a parcel of a carrier the sandbox speaks for. raises BadPayload, Conflict"""
    known_carrier(state, spec.get("carrier"))
    return state.parcels.create(spec, replace_existing=replace_existing)


def known_carrier(state: State, slug: object, *, every: bool = False) -> str:
    """The slug, if the sandbox speaks for it; with `every`, also "*". raises BadPayload"""
    if isinstance(slug, str) and (slug in state.carriers or (every and slug == "*")):
        return slug
    if every and slug is None:
        return "*"
    raise BadPayload(f"“carrier” is one of {', '.join(state.carriers)}.", field="carrier")


def set_counting(state: State, spec: dict[str, Any]) -> None:
    """Change how limits are counted, or a carrier's rules. raises BadPayload"""
    if spec.get("counting") is not None:
        try:
            state.limits.counting = Counting(str(spec["counting"]))
        except ValueError as error:
            raise BadPayload(f"“counting” is one of {', '.join(Counting)}.", field="counting") from error
    if spec.get("carrier") is None:
        return
    slug, rows = known_carrier(state, spec["carrier"]), spec.get("rules")
    if rows is not None and not isinstance(rows, list):
        raise BadPayload("“rules” is a list of {amount, per_s, unit, aligned, tokens}, or null.", field="rules")
    state.limits.set(slug, None if rows is None else [_rule(_object(row)) for row in rows])


def _rule(row: dict[str, Any]) -> Rule:
    unit = row.get("unit", "calls")
    if unit not in ("calls", "numbers"):
        raise BadPayload("“unit” is calls or numbers.", field="unit")
    return Rule(
        amount=int(number(row, "amount", 0, 1e9, 1)),
        per_s=int(number(row, "per_s", 1, 86_400 * 366, 60)),
        unit=unit,
        aligned=bool(row.get("aligned", False)),
        tokens=bool(row.get("tokens", False)),
    )


def _limits(state: State) -> dict[str, Any]:
    rows = {
        slug: [
            {
                "amount": rule.amount,
                "per_s": rule.per_s,
                "unit": rule.unit,
                "aligned": rule.aligned,
                "tokens": rule.tokens,
            }
            for rule in state.limits.rules(slug, carrier.rules)
        ]
        for slug, carrier in state.carriers.items()
    }
    return {"counting": state.limits.counting, "rules": rows}


def shown(parcel: Parcel, *, ahead: bool = False) -> dict[str, Any]:
    """A parcel as JSON; with `ahead`, the scans that have not happened yet as well."""
    count = parcel.visible()
    row: dict[str, Any] = {
        "number": parcel.number,
        "carrier": parcel.carrier,
        "service": parcel.service,
        "route": parcel.route,
        "origin": _place(parcel.origin),
        "destination": _place(parcel.destination),
        "created_at": parcel.created_at.isoformat(),
        "state": parcel.plan[count - 1].kind if count else None,
        "next_at": parcel.plan[count].at.isoformat() if count < len(parcel.plan) else None,
        "scans": [_scan(scan) for scan in parcel.plan[:count]],
    }
    if ahead:
        row["ahead"] = [_scan(scan) for scan in parcel.plan[count:]]
        row["estimates"] = [
            {
                "said_at": estimate.said_at.isoformat(),
                "earliest": estimate.earliest.isoformat(),
                "latest": estimate.latest.isoformat(),
                "timed": estimate.timed,
            }
            for estimate in parcel.estimates
        ]
    return row


def _scan(scan: Scan) -> dict[str, Any]:
    row: dict[str, Any] = {"at": scan.at.isoformat(), "kind": scan.kind, "place": scan.place and _place(scan.place)}
    if scan.kind in (Kind.DELIVERED, Kind.COLLECTED):
        row |= {"proof": scan.proof, "left_at": scan.left_at, "signed_by": scan.signed_by}
    if scan.kind is Kind.ATTEMPT_FAILED:
        row["reason"] = scan.reason
    return row


def _place(place: Place) -> dict[str, str]:
    return {
        "city": place.city,
        "region": place.region,
        "postal_code": place.postal_code,
        "country": place.country,
        "zone": place.zone,
    }


def _call(call: Call) -> dict[str, Any]:
    return {
        "at": call.at.isoformat(),
        "real_at": call.real_at.isoformat(),
        "carrier": call.carrier,
        "kind": call.kind,
        "numbers": call.numbers,
        "status": call.status,
        "fault": call.fault,
        "took_s": round(call.took_s, 6),
    }


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadPayload("Send a JSON object.")
    return value


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), status, content_type="application/json")


def _problem(error: InputError) -> Response:
    body = {"type": "about:blank", "title": error.message, "status": error.http_status, "code": error.code}
    if error.field:
        body["field"] = error.field
    return Response(json.dumps(body, ensure_ascii=False), error.http_status, content_type="application/problem+json")


def _http_problem(error: HTTPException) -> Response:
    body = {"type": "about:blank", "title": error.description or error.name, "status": error.code}
    return Response(json.dumps(body), error.code, content_type="application/problem+json")
