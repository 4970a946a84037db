"""/api/v1/recommendation-policy: what the merchant wants of recommendations, as the console shows it."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import request
from flask.views import MethodView

from tracking.api import _auth
from tracking.api._idempotency import changing
from tracking.api._policy_schemas import LAW, PolicyIn, PolicyOut
from tracking.api._spec import Resource
from tracking.models import RecommendationPolicy, Store
from tracking.models.recommendation_policy import find_policy
from tracking.notifications.offers import keep_rule, rule_of
from tracking.orders import normalise
from tracking.platform.db import db
from tracking.platform.errors import Conflict, InputError
from tracking.suggestions import policy
from tracking.suggestions.policy import BOUNDS, PLACES
from tracking.suggestions.wishes import Wish, WishKind, list_of, replace_wishes, wishes_of

blueprint = Resource(
    "recommendation-policy", __name__, "What the merchant wants of recommendations: places, numbers, rules."
)


class Outdated(Conflict):
    """Somebody else changed it since it was read."""

    code = "changed_meanwhile"
    http_status = 412


class Unconditional(InputError):
    """If-Match is missing."""

    code = "if_match_needed"
    http_status = 428


@blueprint.route("")
class OnePolicy(MethodView):
    """What the merchant wants."""

    @blueprint.errors()
    @blueprint.response(200, PolicyOut, description="Its ETag goes into If-Match of a change")
    def get(self) -> Any:
        """Get places, numbers and rules."""
        store = _auth.store()
        return _answered(_shown(store, find_policy(db.session(), store.id)))

    @changing
    @blueprint.errors(change=True, if_match=True)
    @blueprint.arguments(PolicyIn)
    @blueprint.response(200, PolicyOut, description="As it is now, with its new ETag")
    def put(self, said: dict[str, Any]) -> Any:
        """Change places, numbers and rules: all that is sent, or nothing."""
        store = _auth.store()
        row = policy.locked(db.session(), store)
        _refuse_outdated(_shown(store, row))
        given = {name: value for name, value in said.items() if value is not None}
        numbers = {name: given[name] for name in (*PLACES, *BOUNDS) if name in given}
        changed = policy.keep(row, numbers)
        changed += replace_wishes(row, {name: read(given[name]) for name, read in _READ.items() if name in given})
        if "email_offers" in given and keep_rule(store, "" if given["email_offers"] == LAW else given["email_offers"]):
            changed.append("email_offers")
        if changed:
            # pages that were kept for shoppers are made anew
            store.version += 1
            _auth.note("recommendations.saved", f"store:{store.public_id}", changed=sorted(changed))
        return _answered(_shown(store, row))


def _shown(store: Store, row: RecommendationPolicy) -> dict[str, Any]:
    lists: dict[str, list[Any]] = {name: [] for name in _READ}
    for wish in wishes_of(row):
        lists[list_of(wish)].append(_SHOWN[wish.kind](wish))
    values = {name: getattr(row, name) for name in (*PLACES, *BOUNDS)}
    return {**values, "email_offers": rule_of(store) or LAW, **lists}


_SHOWN: Final[Mapping[WishKind, Callable[[Wish], Any]]] = {
    WishKind.FIRST: lambda wish: {"ref": wish.product, "beside": wish.beside or None},
    WishKind.NEVER: lambda wish: wish.product or wish.category,
    WishKind.WEIGH: lambda wish: {
        **({"ref": wish.product} if wish.product else {"category": wish.category}),
        "percent": wish.percent,
    },
    WishKind.APART: lambda wish: [wish.category, wish.beside],
    WishKind.AGAIN: lambda wish: wish.category,
}


def _answered(shown: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    return shown, 200, {"ETag": f'"{_tag(shown)}"'}


def _tag(shown: dict[str, Any]) -> str:
    """Of what is shown alone: other settings of the store change nothing here."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:32]


def _refuse_outdated(shown: dict[str, Any]) -> None:
    """raises Unconditional, Outdated"""
    if "If-Match" not in request.headers:
        raise Unconditional("Send If-Match with the ETag of what you read, or * to change whatever is there.")
    if not request.if_match.contains(_tag(shown)):
        raise Outdated("It was changed since you read it. Read it again, and send your change with its ETag.")


def _name(said: str, most: int) -> str:
    """As the catalogue keeps it."""
    return normalise.text(said, most=most) or ""


def _pins(said: list[dict[str, Any]]) -> list[Wish]:
    return [
        Wish(WishKind.FIRST, product=_name(one["ref"], 120), beside=_name(one.get("beside") or "", 120)) for one in said
    ]


def _apart(said: list[list[str]]) -> list[Wish]:
    pairs = [sorted(_name(one, 200) for one in pair) for pair in said]
    return [Wish(WishKind.APART, category=one, beside=other) for one, other in pairs]


_READ: Final[Mapping[str, Callable[[list[Any]], list[Wish]]]] = {
    "pinned": _pins,
    "excluded": lambda said: [Wish(WishKind.NEVER, product=_name(one, 120)) for one in said],
    "excluded_categories": lambda said: [Wish(WishKind.NEVER, category=_name(one, 200)) for one in said],
    "boosts": lambda said: [
        Wish(WishKind.WEIGH, product=_name(one["ref"], 120), percent=one["percent"]) for one in said
    ],
    "category_boosts": lambda said: [
        Wish(WishKind.WEIGH, category=_name(one["category"], 200), percent=one["percent"]) for one in said
    ],
    "apart": _apart,
    "consumables": lambda said: [Wish(WishKind.AGAIN, category=_name(one, 200)) for one in said],
}
