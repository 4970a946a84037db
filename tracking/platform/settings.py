"""Settings, read from the environment once at start; all faults are reported together.

`NAME_FILE` names a file that holds the value of `NAME`, for secrets. Lists (rotatable keys) are separated by commas or
line breaks, the newest first. docs/settings.md explains each.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

from tracking.platform.errors import ConfigError

Need = Literal["keys", "base_url"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation is told from outside.

    database_url    SQLAlchemy URL
    queue_url       where huey keeps its ids: "sqlite:///…", "postgresql://…", "redis://…"; derived from the database
    secret_keys     sign sessions and links, newest first
    encryption_keys Fernet keys for carrier credentials, newest first; the last one also keys the suppression list
    trusted_proxies how many proxies in front set X-Forwarded-*
    base_url        where the outside reaches us, without a slash at the end
    twilio_*        the account; `twilio_api_base_url` points the official client elsewhere
    """

    database_url: str
    queue_url: str
    state_dir: Path
    base_url: str = "http://127.0.0.1:8000"
    secret_keys: tuple[str, ...] = ()
    encryption_keys: tuple[str, ...] = ()
    trusted_proxies: int = 0
    smtp_url: str | None = None
    twilio_account_sid: str | None = None
    twilio_auth_token: str | None = field(default=None, repr=False)
    twilio_messaging_service_sid: str | None = None
    twilio_from: str | None = None
    twilio_api_base_url: str | None = None
    metrics_token: str | None = field(default=None, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def with_database(self, url: str) -> "Settings":
        """The same settings on another database (and its queue)."""
        return replace(self, database_url=url, queue_url=_queue_for(url, self.state_dir))


class Environment:
    """Reads settings and gathers faults."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """`values`: usually os.environ."""
        self._values = values
        self.faults: list[str] = []

    def text(self, name: str) -> str | None:
        """The value of NAME, or the content of the file that NAME_FILE names; None if neither is set or it is blank."""
        file = self._values.get(f"{name}_FILE")
        if file and self._values.get(name):
            self.faults.append(f"{name} and {name}_FILE are both set. Keep one of them.")
            return None
        if file:
            try:
                return Path(file).read_text(encoding="utf-8").strip() or None
            except (OSError, UnicodeDecodeError) as error:
                self.faults.append(f"{name}_FILE names a file that cannot be read ({type(error).__name__}).")
                return None
        return (self._values.get(name) or "").strip() or None

    def items(self, name: str) -> tuple[str, ...]:
        """A list, separated by commas or line breaks."""
        return tuple(part.strip() for part in (self.text(name) or "").replace("\n", ",").split(",") if part.strip())

    def whole(self, name: str, default: int, *, most: int) -> int:
        """A whole number from 0 to `most`."""
        value = self.text(name)
        if value is None:
            return default
        if not value.isdigit() or int(value) > most:
            self.faults.append(f"{name} must be a whole number from 0 to {most}.")
            return default
        return int(value)

    def url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        """A URL with one of these schemes and a host."""
        value = self.text(name)
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            good = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good:
            self.faults.append(f"{name} must be an address like {schemes[0]}://host:port.")
            return None
        return value.rstrip("/")


def load(values: Mapping[str, str] | None = None, *, need: frozenset[Need] = frozenset()) -> Settings:
    """Read all settings.

    need    what this command cannot do without: "keys" (both kinds), "base_url"
    raises  ConfigError with every fault
    """
    values = os.environ if values is None else values
    env = Environment(values)
    state_dir = Path(env.text("WAYPOST_STATE_DIR") or ".waypost").resolve()
    database_url = env.text("WAYPOST_DATABASE_URL") or f"sqlite:///{state_dir / 'waypost.db'}"
    if not database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        env.faults.append("WAYPOST_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://.")
    queue_url = env.text("WAYPOST_QUEUE_URL") or _queue_for(database_url, state_dir)
    if not queue_url.startswith(("sqlite:///", "postgresql://", "redis://", "rediss://")):
        env.faults.append("WAYPOST_QUEUE_URL must begin with sqlite:///, postgresql:// or redis://.")
    secret_keys, encryption_keys = env.items("WAYPOST_SECRET_KEY"), env.items("WAYPOST_ENCRYPTION_KEY")
    base_url = env.url("WAYPOST_BASE_URL", ("https", "http"))
    _check_keys(env, secret_keys, encryption_keys, needed="keys" in need)
    if "base_url" in need and base_url is None and not env.faults:
        env.faults.append(
            "WAYPOST_BASE_URL is not set. Set it to the address that shoppers use: https://track.example.com."
        )
    sid, token = env.text("TWILIO_ACCOUNT_SID"), env.text("TWILIO_AUTH_TOKEN")
    if bool(sid) != bool(token):
        env.faults.append("TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN belong together. Set both, or none to send no SMS.")
    settings = Settings(
        database_url=database_url,
        queue_url=queue_url,
        state_dir=state_dir,
        base_url=base_url or "http://127.0.0.1:8000",
        secret_keys=secret_keys,
        encryption_keys=encryption_keys,
        trusted_proxies=env.whole("WAYPOST_TRUSTED_PROXIES", 0, most=10),
        smtp_url=env.url("WAYPOST_SMTP_URL", ("smtp", "smtps")),
        twilio_account_sid=sid,
        twilio_auth_token=token,
        twilio_messaging_service_sid=env.text("TWILIO_MESSAGING_SERVICE_SID"),
        twilio_from=env.text("TWILIO_FROM"),
        twilio_api_base_url=env.url("TWILIO_API_BASE_URL", ("https", "http")),
        metrics_token=env.text("WAYPOST_METRICS_TOKEN"),
        environment=dict(values),
    )
    if env.faults:
        raise ConfigError(env.faults)
    return settings


def _check_keys(env: Environment, secrets: tuple[str, ...], encryption: tuple[str, ...], *, needed: bool) -> None:
    if needed and not secrets:
        env.faults.append(
            "WAYPOST_SECRET_KEY is not set. Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    if any(len(key) < 32 for key in secrets):
        env.faults.append("WAYPOST_SECRET_KEY is too short: each key needs at least 32 characters.")
    if needed and not encryption:
        env.faults.append("WAYPOST_ENCRYPTION_KEY is not set. Make one with: waypost doctor --new-key")
    for key in encryption:
        try:
            Fernet(key)
        except ValueError:
            env.faults.append(
                "WAYPOST_ENCRYPTION_KEY holds something that is not a Fernet key (32 bytes, URL-safe base64)."
            )


def _queue_for(database_url: str, state_dir: Path) -> str:
    if database_url.startswith("postgresql+psycopg://"):
        return database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    return f"sqlite:///{state_dir / 'queue.db'}"
