"""The sandbox as one WSGI application.

    /<carrier slug>/…     the carrier's documented paths: an account's base URL is <sandbox>/<slug>
    /2010-04-01/…         Twilio
    /_sandbox/…           control: parcels, faults, limits, calls, messages, mail, and a page
"""

import importlib

from flask import Flask

from tracking.platform import registry
from tracking.sandbox.state import State

# parts of the sandbox with their own paths; each has `blueprint(state) -> Blueprint`
_PARTS = ("control", "twilio", "mailbox")


def create_sandbox_app(state: State) -> Flask:
    """Build the application around `state`. Carriers mount under their slug; the parts bring their own prefixes."""
    app = Flask("tracking.sandbox", template_folder="templates", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["sandbox"] = state
    present = registry.modules("tracking.sandbox")
    for part in _PARTS:
        if part in present:
            app.register_blueprint(importlib.import_module(present[part]).blueprint(state))
    for slug, module in registry.modules("tracking.sandbox.carriers").items():
        app.register_blueprint(importlib.import_module(module).blueprint(state), url_prefix=f"/{slug}")
    return app
