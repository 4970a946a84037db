"""What merchants open: shipments, orders, the ledger of messages, carriers, settings."""

from flask import Flask

from tracking.console import (
    access,
    account,
    brand,
    carriers,
    done,
    errors,
    help,  # noqa: A004 - it is found by its full name
    keys,
    login,
    messages,
    order,
    recommendation_report,
    recommendations,
    search,
    senders,
    session,
    shipments,
    shop,
    start,
)

_PARTS = (
    login.bp,
    login.out,
    start.bp,
    start.lost,
    shipments.bp,
    search.bp,
    order.bp,
    messages.bp,
    carriers.bp,
    brand.bp,
    shop.bp,
    senders.bp,
    help.bp,
    recommendations.bp,
    recommendation_report.bp,
    keys.bp,
    done.bp,
    account.bp,
)
for _part in _PARTS:
    errors.install(_part)


def init_app(app: Flask) -> None:
    """Mount the console. Its cookie is sent to /console alone; no other page has a session."""
    # asked for by each part of the console itself: other POSTs have no session to keep a token in
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    # forms live as long as their session
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    # our pages send no referrer; Origin and Sec-Fetch-Site are checked instead
    app.config["WTF_CSRF_SSL_STRICT"] = False
    access.csrf.init_app(app)
    session.init_app(app)
    for part in _PARTS:
        app.register_blueprint(part)
