"""What merchants open: shipments, orders, ledger, settings."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Mount the console."""
