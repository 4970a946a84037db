"""What shoppers open: the tracking page, lookup, preferences, unsubscribe, and the brand's stylesheet."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Mount the shopper's pages."""
