"""Carriers: one module each, speaking that carrier's own API and nothing else. See `_base.py` for the contract."""

from tracking.carriers._base import (
    Account,
    Carrier,
    CredentialField,
    Limit,
    MemoryTokens,
    Parcel,
    Token,
    Tokens,
    aggregators,
    all_slugs,
    get_carrier,
)
from tracking.carriers._detection import Confidence, Guess, detect, plausible

__all__ = [
    "Account",
    "Carrier",
    "Confidence",
    "CredentialField",
    "Guess",
    "Limit",
    "MemoryTokens",
    "Parcel",
    "Token",
    "Tokens",
    "aggregators",
    "all_slugs",
    "detect",
    "get_carrier",
    "plausible",
]
