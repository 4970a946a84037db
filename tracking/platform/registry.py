"""Finds plug-in modules by listing their folder: a file that is there exists; a leading underscore marks machinery."""

import importlib
import pkgutil
from functools import cache


@cache
def modules(package: str) -> dict[str, str]:
    """Slug -> module name of every plug-in of `package` ("tracking.carriers"); "-" in a slug is "_" in a module."""
    path = importlib.import_module(package).__path__
    return {
        found.name.replace("_", "-"): f"{package}.{found.name}"
        for found in sorted(pkgutil.iter_modules(path), key=lambda m: m.name)
        if not found.name.startswith("_") and not found.ispkg
    }


@cache
def find(package: str, slug: str, attribute: str) -> object | None:
    """The `attribute` of the plug-in `slug`, imported on first use; None if there is no such plug-in."""
    module = modules(package).get(slug)
    return getattr(importlib.import_module(module), attribute) if module else None
