"""What carriers push: verified, read, taken in once. See docs/pushes.md."""

from typing import Final

import structlog
from flask import Blueprint, Response, request
from sqlalchemy import select

from tracking.carriers import get_carrier
from tracking.carriers._push import Delivery, Pushes
from tracking.models import CarrierAccount
from tracking.platform import db as database
from tracking.platform import security
from tracking.platform.db import db
from tracking.platform.errors import BadSignature, NotFound, UnknownCarrier
from tracking.polling.pushed import take

log = structlog.get_logger(__name__)
blueprint = Blueprint("carrier_hooks", __name__, url_prefix="/hooks/carriers")

MAX_BYTES: Final = 1024 * 1024


@blueprint.post("/<slug>/<account>")
def push(slug: str, account: str) -> Response:
    """News of parcels. 202 if none of them is known here: there is nothing to send again."""
    request.max_content_length = MAX_BYTES
    adapter, account_id, credentials = _account(slug, account)
    delivery = Delivery(
        body=request.get_data(cache=False),
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.args.to_dict(),
    )
    try:
        adapter.verify(delivery, credentials)
    except BadSignature:
        log.warning("carrier.bad_signature", carrier=slug)
        raise
    told = adapter.read_push(delivery, credentials)
    session = db.session()
    taken = take(session, session.get_one(CarrierAccount, account_id), told)
    session.commit()
    log.info("carrier.pushed", carrier=slug, new=taken.new, changed=taken.changed, unknown=taken.unknown)
    answer = adapter.answer_push(delivery)
    # one that documents an answer gets that
    is_ours = answer.status == 200 and not answer.body
    return Response(answer.body, 202 if is_ours and taken.unknown == taken.new > 0 else answer.status, answer.headers)


def _account(slug: str, hook: str) -> tuple[type[Pushes], int, dict[str, str]]:
    """The adapter, and the id and credentials of the account with that hook. raises NotFound"""
    try:
        adapter = get_carrier(slug)
    except UnknownCarrier:
        raise NotFound from None
    if not issubclass(adapter, Pushes):
        raise NotFound
    with database.reading():
        session = db.session()
        found = session.execute(
            select(CarrierAccount.id, CarrierAccount.credentials).where(
                CarrierAccount.hook == hook, CarrierAccount.carrier == slug, CarrierAccount.enabled
            )
        ).one_or_none()
        session.rollback()
    if found is None:
        raise NotFound
    credentials = security.unseal(found.credentials) if found.credentials else {}
    return adapter, int(found.id), {name: str(value) for name, value in credentials.items()}
