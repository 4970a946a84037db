"""Which shop a request is for: the one in its path, else the one that owns the host, else the only one there is."""

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.models import Store
from tracking.models.store import find_store, find_store_by_domain
from tracking.platform import i18n
from tracking.platform.errors import NotFound


def store_of_request(session: Session, slug: str | None) -> Store:
    """The shop. raises NotFound"""
    if slug is not None:
        store = find_store(session, slug)
    else:
        store = find_store_by_domain(session, request.host.rsplit(":", 1)[0].lower()) or _only(session)
    if store is None:
        raise NotFound
    return store


def language_of_request(store: Store) -> tuple[str | None, str]:
    """The language chosen in the address if the shop speaks it; the one to speak: that, the browser's, the shop's."""
    offered = [tag for tag in store.locales if tag in i18n.available()] or ["en"]
    wanted = request.args.get("lang")
    chosen = wanted if wanted in offered else None
    return chosen, i18n.best([chosen, *request.accept_languages.values()], offered)


def _only(session: Session) -> Store | None:
    found = session.scalars(select(Store).limit(2)).all()
    return found[0] if len(found) == 1 else None
