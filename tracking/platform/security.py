"""Passwords, API keys, encrypted credentials, keyed hashes and signed links.

Keys come from the settings and are set once at start with `use_keys`. Source of the choices: OWASP password storage
(argon2id), RFC 2104 (HMAC), the Fernet specification.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from itsdangerous import BadData, URLSafeTimedSerializer

from tracking.platform.errors import ConfigError, ExpiredLink

_hasher = PasswordHasher()
# verified against when there is no such user, so that a miss takes as long as a hit
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


class _Keys:
    secrets: tuple[str, ...] = ()
    vault: MultiFernet | None = None
    newest: Fernet | None = None
    subject: bytes = b""


_keys = _Keys()


def use_keys(secret_keys: Sequence[str], encryption_keys: Sequence[str]) -> None:
    """Set the keys of this process, newest first.

    The suppression list is keyed by the last encryption key, so that adding a newer one does not forget who said stop.
    """
    _keys.secrets = tuple(secret_keys)
    fernets = [Fernet(key) for key in encryption_keys]
    _keys.vault = MultiFernet(fernets) if fernets else None
    _keys.newest = fernets[0] if fernets else None
    _keys.subject = hashlib.sha256(b"subject:" + encryption_keys[-1].encode()).digest() if encryption_keys else b""


def _vault() -> MultiFernet:
    if _keys.vault is None:
        raise ConfigError(["WAYPOST_ENCRYPTION_KEY is not set. Make one with: waypost doctor --new-key"])
    return _keys.vault


def seal(value: Mapping[str, Any]) -> bytes:
    """Encrypt a small JSON object."""
    return _vault().encrypt(json.dumps(dict(value)).encode())


def unseal(sealed: bytes) -> dict[str, Any]:
    """Read what `seal` wrote. raises ConfigError if no key of ours opens it."""
    try:
        return cast("dict[str, Any]", json.loads(_vault().decrypt(sealed)))
    except InvalidToken:
        raise _other_key() from None


def reseal(sealed: bytes) -> bytes:
    """Encrypt again under the newest key. raises ConfigError if no key of ours opens it"""
    try:
        return _vault().rotate(sealed)
    except InvalidToken:
        raise _other_key() from None


def is_newest(sealed: bytes) -> bool:
    """True if the newest key opens it; False if an earlier one does, or none."""
    _vault()
    try:
        return _keys.newest is not None and bool(_keys.newest.decrypt(sealed))
    except InvalidToken:
        return False


def _other_key() -> ConfigError:
    return ConfigError(
        ["Stored credentials need another key. Put the earlier key back at the end of WAYPOST_ENCRYPTION_KEY."]
    )


def subject_key(address: str) -> str:
    """Keyed hash of an email address or phone number: 64 hex digits; letter case does not matter."""
    if not _keys.subject:
        _vault()
    return hmac.new(_keys.subject, address.strip().casefold().encode(), hashlib.sha256).hexdigest()


def hash_password(password: str) -> str:
    """argon2id with its default cost."""
    return _hasher.hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """True if it matches. None (no such user) takes as long and is False."""
    try:
        _hasher.verify(hashed or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def new_api_key() -> tuple[str, str, str]:
    """A new bearer key: the key itself (shown once), its prefix, its hash."""
    key = "wp_" + secrets.token_urlsafe(32)
    return key, key[:10], hash_api_key(key)


def hash_api_key(key: str) -> str:
    """SHA-256 in hex; enough for 256 random bits."""
    return hashlib.sha256(key.encode()).hexdigest()


def sign(purpose: str, value: Any) -> str:
    """A URL-safe text that carries `value` (JSON) and that only we can make; for one `purpose`."""
    return URLSafeTimedSerializer(list(reversed(_keys.secrets)), salt=purpose).dumps(value)


def unsign(purpose: str, text: str, *, max_age_s: int | None = None) -> Any:
    """What `sign` put in. raises ExpiredLink if it is not ours, or older than `max_age_s` of real time."""
    try:
        return URLSafeTimedSerializer(list(reversed(_keys.secrets)), salt=purpose).loads(text, max_age=max_age_s)
    except BadData:
        raise ExpiredLink("This link is not valid any more. Open the newest message and use its link.") from None


_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)?\d(?:[\s().-]?\d){7,14}(?![\w])")


def mask(text: str) -> str:
    """Hide email addresses and phone numbers in a text that goes into a log."""
    return _PHONE.sub("•••", _EMAIL.sub("•••@•••", text))
