"""The store's API keys: made once, shown once, recognised by their beginning, revoked for good."""

from typing import Final

from flask import Response, redirect, url_for
from sqlalchemy import select

from tracking.console import access
from tracking.console.facts import Field, FieldSet, Form, KeyFacts, KeysPage
from tracking.console.forms import Answers, with_answers
from tracking.console.frame import frame, render, say, tabs
from tracking.models import ApiKey, Store
from tracking.platform import clock, i18n, security
from tracking.platform.db import db
from tracking.platform.errors import NotFound
from tracking.platform.gettext import _

bp = access.guarded("keys")
_PART: Final = "console-keys"
MOST: Final = 100


@bp.get("/keys")
@access.for_owners
def page() -> Response:
    """All of them, the newest first."""
    return _shown()


@bp.post("/keys")
@access.for_owners
def create() -> Response:
    """Make one. The answer is the only place where it can be read."""
    store, answers = access.here().store, Answers()
    name = answers.text("name", most=120, required=True)
    if name is None:
        return _shown(answers=answers, status=422)
    key, prefix, hashed = security.new_api_key()
    db.session.add(ApiKey(store_id=store.id, name=name, prefix=prefix, key_hash=hashed))
    access.note("key.created", f"key:{prefix}")
    db.session.commit()
    return _shown(new_key=key)


@bp.post("/keys/<prefix>/revoke")
@access.for_owners
def revoke(prefix: str) -> Response:
    """End a key; doing it again changes nothing."""
    store = access.here().store
    key = db.session.scalar(select(ApiKey).where(ApiKey.store_id == store.id, ApiKey.prefix == prefix))
    if key is None:
        raise NotFound
    if key.revoked_at is None:
        key.revoked_at = clock.real_now()
        access.note("key.revoked", f"key:{prefix}")
        say(_("The key “%(name)s” is revoked. Whoever used it is refused from now on.", name=key.name))
    db.session.commit()
    to = redirect(url_for("console-keys.page", store=store.slug), 303)
    return Response(to.response, 303, to.headers)


def _shown(*, new_key: str = "", answers: Answers | None = None, status: int = 200) -> Response:
    store = access.here().store
    keys = db.session.scalars(
        select(ApiKey).where(ApiKey.store_id == store.id).order_by(ApiKey.id.desc()).limit(MOST)
    ).all()
    question = Field("name", _("What it is for"), note=_("For example the shop’s own server."), required=True, most=120)
    form = Form(url_for("console-keys.create", store=store.slug), (FieldSet("", (question,)),), _("Make a key"))
    page = KeysPage(
        frame=frame(_("API keys"), part=_PART),
        tabs=tabs(_PART),
        lead=_("Programs that bring orders and parcels name themselves with a key. Each sees this store alone."),
        keys=tuple(_key(store, key) for key in keys),
        form=with_answers(form, answers) if answers else form,
        new_key=new_key,
    )
    return render("keys", page, status)


def _key(store: Store, key: ApiKey) -> KeyFacts:
    now = clock.now()
    used = i18n.moment(key.last_used_at, now=now) if key.last_used_at else _("never")
    return KeyFacts(
        name=key.name,
        prefix=key.prefix,
        made=i18n.moment(key.created_at, now=now),
        used=used,
        is_revoked=key.revoked_at is not None,
        revoke_url=url_for("console-keys.revoke", store=store.slug, prefix=key.prefix),
    )
