"""REST, the hooks that carriers and Twilio call, and health: every module here that has a `blueprint` is mounted."""

from flask import Flask

from tracking.api import _problems, _spec
from tracking.platform import registry


def init_app(app: Flask) -> None:
    """Mount the API and the hooks, and answer their errors. Called after the parts that have pages."""
    app.config.update(_spec.CONFIG)
    docs = _spec.Docs(app)
    for slug in registry.modules("tracking.api"):
        blueprint = registry.find("tracking.api", slug, "blueprint")
        if isinstance(blueprint, _spec.Resource):
            docs.mount(blueprint)
        else:
            app.register_blueprint(blueprint)  # type: ignore[arg-type]
    _problems.install(app)
