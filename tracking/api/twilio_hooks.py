"""What Twilio posts: how far a text got, and what people answer. Signed, deduplicated, answered fast.

The signature is over the address that Twilio called, so over the public one: the installation's, or the store's own
domain. A wrong one is 401 and changes nothing. Source: docs/notifications.md, "Twilio".
"""

from typing import Final

import structlog
from flask import Blueprint, Response, request
from sqlalchemy import select

from tracking.channels import sms
from tracking.channels._twilio_hooks import is_signed
from tracking.models import Channel, Store
from tracking.notifications import receipts, replies
from tracking.notifications.replies import Reply, Wish
from tracking.platform import db as database
from tracking.platform.db import db
from tracking.platform.errors import BadSignature, NotFound
from tracking.platform.web import settings

log = structlog.get_logger(__name__)
blueprint = Blueprint("twilio_hooks", __name__, url_prefix="/hooks/twilio")

MAX_BYTES: Final = 64 * 1024
_WISHES = {"stop": Wish.STOP, "stop_in_words": Wish.STOP, "start": Wish.START, "help": Wish.HELP}


@blueprint.post("/<account>/status")
def status(account: str) -> Response:
    """A status callback. Unknown messages, words and parameters are fine; none is asked for again."""
    store_id = _verified(account)
    report = sms.Adapter.read_status(request.form, request.args)
    session = db.session()
    news = receipts.record(session, store_id, Channel.SMS, report)
    session.commit()
    log.info("twilio.status", progress=report.progress.value, news=news)
    return Response(status=204)


@blueprint.post("/<account>/inbound")
def inbound(account: str) -> Response:
    """Somebody answered a text. The answer is TwiML, empty where Twilio has replied by itself."""
    store_id = _verified(account)
    heard = sms.Adapter.read_inbound(request.form)
    session = db.session()
    reply = Reply(
        provider="twilio",
        provider_id=heard.provider_id,
        sender=heard.sender,
        text=heard.text,
        wish=_WISHES.get(heard.intent.value, Wish.OTHER),
        is_answered=heard.is_answered,
    )
    text = replies.hear(session, session.get_one(Store, store_id), reply)
    session.commit()
    log.info("twilio.inbound", wish=reply.wish.value, answered=heard.is_answered or bool(text))
    return Response(sms.Adapter.twiml(*([text] if text else [])), mimetype="text/xml")


def _verified(account: str) -> int:
    """The store whose hook this is, if Twilio signed the request. raises NotFound, BadSignature"""
    request.max_content_length = MAX_BYTES
    given = {name: request.form.getlist(name) for name in request.form}
    with database.reading():
        session = db.session()
        found = session.execute(select(Store.id, Store.domain).where(Store.hook_account == account)).one_or_none()
        session.rollback()
    if found is None:
        raise NotFound
    config = settings()
    header = request.headers.get("X-Twilio-Signature", "")
    hosts = [config.base_url, *([f"https://{found.domain}"] if found.domain else [])]
    tail = request.path + (f"?{request.query_string.decode('latin-1')}" if request.query_string else "")
    token = config.twilio_auth_token
    if not token or not any(is_signed(token, host + tail, given, header) for host in hosts):
        log.warning("twilio.bad_signature", hook=request.endpoint)
        raise BadSignature
    return int(found.id)
