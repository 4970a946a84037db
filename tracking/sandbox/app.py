"""The sandbox as one WSGI application.

/<carrier slug>/…     the carrier's documented paths: an account's base URL is <sandbox>/<slug>
/2010-04-01/…         Twilio
/_sandbox/…           control: parcels, faults, limits, calls, messages, mail, and a page
"""

import importlib

from flask import Flask, redirect
from werkzeug.wrappers import Response

from tracking.platform import registry
from tracking.sandbox import control, mailbox, twilio
from tracking.sandbox.state import State


def create_sandbox_app(state: State) -> Flask:
    """Build the application around `state`. Carriers mount under their slug; the parts bring their own prefixes."""
    app = Flask("tracking.sandbox", template_folder="templates", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["sandbox"] = state
    for part in (control, twilio, mailbox):
        app.register_blueprint(part.blueprint(state))
    for slug, module in registry.modules("tracking.sandbox.carriers").items():
        app.register_blueprint(importlib.import_module(module).blueprint(state), url_prefix=f"/{slug}")
    app.add_url_rule("/", "home", _home)
    return app


def _home() -> Response:
    return redirect("/_sandbox/", 302)


def standalone() -> Flask:
    """A sandbox of its own for another WSGI server with one process, such as granian; it takes no mail."""
    return create_sandbox_app(State())
