"""REST, the hooks that carriers and Twilio call, and health."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Mount the API and the hooks."""
