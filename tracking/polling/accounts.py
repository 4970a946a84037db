"""From an account's row to an adapter that can ask: credentials unsealed, tokens kept in the row for all workers."""

from collections.abc import Callable
from threading import Lock

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracking.carriers import Account, Carrier, Token, Tokens, get_carrier
from tracking.models import CarrierAccount
from tracking.platform import security
from tracking.platform.upstream import Upstream

Sessions = Callable[[], Session]


class StoredTokens(Tokens):
    """Access tokens in the account's row, encrypted: fetching one counts against some carriers' quotas.

    Each call has a short transaction of its own, on a session of its own; it is never open during a network call.
    """

    def __init__(self, sessions: Sessions) -> None:
        """`sessions` opens a new session."""
        self._sessions = sessions
        self._kept: dict[str, Token | None] = {}

    def get(self, key: str) -> Token | None:
        """The token of account `key` (its id), or None."""
        if key not in self._kept:
            with self._sessions() as session:
                row = session.execute(
                    select(CarrierAccount.token, CarrierAccount.token_expires_at).where(CarrierAccount.id == int(key))
                ).one_or_none()
            sealed, expires_at = row or (None, None)
            if sealed is None or expires_at is None:
                self._kept[key] = None
            else:
                self._kept[key] = Token(security.unseal(sealed)["token"], expires_at)
        return self._kept[key]

    def put(self, key: str, token: Token | None) -> None:
        """Keep a token; None forgets it."""
        self._kept[key] = token
        sealed = security.seal({"token": token.value}) if token else None
        with self._sessions() as session:
            session.execute(
                update(CarrierAccount)
                .where(CarrierAccount.id == int(key))
                .values(token=sealed, token_expires_at=token.expires_at if token else None)
            )
            session.commit()


class Adapters:
    """Adapters of a process, one an account, made anew when its row changes; connections are pooled by host."""

    def __init__(self, sessions: Sessions) -> None:
        """`sessions` opens a new session."""
        self._tokens = StoredTokens(sessions)
        self._made: dict[int, tuple[tuple[object, ...], Carrier]] = {}
        self._hosts: dict[tuple[str, str], Upstream] = {}
        self._lock = Lock()

    def of(self, account: CarrierAccount) -> Carrier:
        """The adapter of an account. raises ConfigError if its credentials cannot be unsealed, UnknownCarrier"""
        stamp = (account.carrier, account.credentials, account.base_url, account.locale)
        with self._lock:
            kept = self._made.get(account.id)
            if kept is not None and kept[0] == stamp:
                return kept[1]
            adapter = get_carrier(account.carrier)
            credentials = {name: str(value) for name, value in security.unseal(account.credentials).items()}
            made = adapter(
                Account(str(account.id), credentials, account.base_url, account.locale),
                tokens=self._tokens,
                upstream=self._host(adapter, account.base_url or adapter.base_url),
            )
            self._made[account.id] = (stamp, made)
            return made

    def _host(self, adapter: type[Carrier], base_url: str) -> Upstream:
        return self._hosts.setdefault((adapter.slug, base_url), Upstream(adapter.slug, base_url))
