"""Waypost answers “Where is my order?” before it is asked."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracking.application import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """`create_app`, when it is asked for: reading a carrier's answer must not pay for loading the whole web."""
    if name == "create_app":
        return importlib.import_module("tracking.application").create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
