"""Every error Waypost raises on purpose.

    WaypostError
    ├ ConfigError           at start only: all faults listed, exit
    ├ InputError            UnknownCarrier · BadTrackingNumber · BadRecipient · BadPayload · NotFound · Conflict   4xx
    ├ NotAllowed            BadSignature · NoConsent · ExpiredLink · TooManyRequests  401 403 410 429
    ├ UpstreamError         provider, status, request_id, cause
    │ ├ Transient           UpstreamTimeout · UpstreamDown · RateLimited(retry_after)      retry with jitter
    │ └ Permanent           Refused · BadCredentials · UnreadableAnswer                    stop, tell a person
    └ IllegalMove           our bug: fails the job loudly

Workers look only at `retryable` and `retry_after`; the web only at `http_status` and `code`. Messages are safe to
show: they name what happened, what it means and what to do next, and hold no secret and no personal data.
"""

from collections.abc import Sequence


class WaypostError(Exception):
    """Base of all deliberate errors; `code` is stable and snake_case."""

    code = "error"
    http_status = 500
    retryable = False
    retry_after: float | None = None

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        """Keep a message that a person may read, and the field it is about."""
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.field = field
        super().__init__(self.message)


class ConfigError(WaypostError):
    """The settings have faults; all of them are listed."""

    code = "bad_settings"

    def __init__(self, faults: Sequence[str]) -> None:
        """Keep every fault, one sentence each."""
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


class InputError(WaypostError):
    """What was sent is wrong; the sender can correct it."""

    code = "bad_input"
    http_status = 400


class UnknownCarrier(InputError):
    """There is no carrier of that name."""

    code = "unknown_carrier"
    http_status = 422


class BadTrackingNumber(InputError):
    """This cannot be a tracking number."""

    code = "bad_tracking_number"
    http_status = 422


class BadRecipient(InputError):
    """This is not an address or a number that can receive messages."""

    code = "bad_recipient"
    http_status = 422


class BadPayload(InputError):
    """The body could not be read."""

    code = "bad_payload"


class NotFound(InputError):
    """There is nothing here."""

    code = "not_found"
    http_status = 404


class Conflict(InputError):
    """This contradicts what is already stored."""

    code = "conflict"
    http_status = 409


class NotAllowed(WaypostError):
    """This is not allowed."""

    code = "not_allowed"
    http_status = 403


class BadSignature(NotAllowed):
    """The signature does not match."""

    code = "bad_signature"
    http_status = 401


class NoConsent(NotAllowed):
    """The recipient has not agreed to this."""

    code = "no_consent"


class ExpiredLink(NotAllowed):
    """This link is no longer valid."""

    code = "expired_link"
    http_status = 410


class TooManyRequests(NotAllowed):
    """Too many tries; wait a little."""

    code = "too_many_requests"
    http_status = 429

    def __init__(self, message: str = "", *, retry_after: float) -> None:
        """`retry_after` in seconds."""
        super().__init__(message)
        self.retry_after = retry_after


class UpstreamError(WaypostError):
    """Somebody else's service failed."""

    code = "unavailable"
    http_status = 502

    def __init__(
        self,
        message: str = "",
        *,
        provider: str,
        status: int | None = None,
        request_id: str | None = None,
        detail_code: str | None = None,
    ) -> None:
        """`provider` is a slug; `status` the HTTP or SMTP status; `detail_code` the provider's own error code."""
        super().__init__(message)
        self.provider = provider
        self.status = status
        self.request_id = request_id
        self.detail_code = detail_code


class Transient(UpstreamError):
    """It may work later."""

    retryable = True


class UpstreamTimeout(Transient):
    """It did not answer in time; what it did is unknown."""


class UpstreamDown(Transient):
    """It could not be reached, or says it is out of order."""


class RateLimited(Transient):
    """It asks us to slow down; this call was not carried out."""

    code = "rate_limited"

    def __init__(
        self,
        message: str = "",
        *,
        provider: str,
        retry_after: float | None = None,
        status: int | None = 429,
        request_id: str | None = None,
        detail_code: str | None = None,
    ) -> None:
        """`retry_after` in seconds from now, None if it did not say."""
        super().__init__(message, provider=provider, status=status, request_id=request_id, detail_code=detail_code)
        self.retry_after = retry_after


class Permanent(UpstreamError):
    """It will not work by trying again."""


class Refused(Permanent):
    """It understood and refused."""

    code = "refused"


class BadCredentials(Permanent):
    """It does not accept our credentials."""

    code = "unauthorized"


class UnreadableAnswer(Permanent):
    """Its answer is not what it documents."""

    code = "unreadable"


class IllegalMove(WaypostError):
    """A state was asked to move where it cannot; this is a bug."""

    code = "illegal_move"
