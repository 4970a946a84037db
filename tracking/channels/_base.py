"""The contract of a channel: one verb, `send`, and a small vocabulary of what came of it.

A channel is a class `Adapter(Channel)` in `channels/<slug>.py`. It gets one rendered message for one recipient, hands
it to somebody else's service and returns a `Receipt`, or raises one error of `platform.errors`:

    ChannelRefused (Permanent)  the service said no. `about` says what that means for the recipient, `again` whether
                                another try makes sense
    BadCredentials (Permanent)  our own account: stop the channel, tell a person
    UpstreamTimeout             the fate of the message is UNKNOWN: it may be on its way (`is_uncertain`); also after
                                an answer that breaks off, says 5xx or cannot be read
    RateLimited, UpstreamDown   certainly not sent; try later (`retry_after` in seconds of real time, if it said).
                                `Deferred` is a RateLimited that is about this recipient alone
    BadRecipient (InputError)   the address cannot be one; nothing was asked

After an uncertain outcome, a channel whose `repeat_is_safe` is True may be asked to send the same message again
(receivers collapse the copy); any other is asked `find_sent` first.

Not for: deciding whether, when or in which words a message goes out. That is `notifications`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self, cast

from tracking.platform import registry
from tracking.platform.errors import NotFound, RateLimited, Refused, UpstreamError, UpstreamTimeout


class Progress(StrEnum):
    """How far a message got, as the channel's service tells it; `rank` orders them."""

    # taken over by the service; no sender chosen yet
    ACCEPTED = "accepted"
    # waits for its turn at the service
    QUEUED = "queued"
    # being handed to the network
    SENDING = "sending"
    # the network, or the receiving mail server, took it; often the last thing ever heard
    SENT = "sent"
    # the recipient's device confirmed it
    DELIVERED = "delivered"
    # the recipient opened it (chat channels)
    READ = "read"
    # it did not leave the service
    FAILED = "failed"
    # it left, and did not arrive
    UNDELIVERED = "undelivered"
    # it was called back before it left
    CANCELED = "canceled"
    # a word we do not know; changes nothing
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """Where it stands in the usual order; UNKNOWN is below everything."""
        return _RANK[self]

    @property
    def is_final(self) -> bool:
        """True if nothing but READ can follow."""
        return self.rank >= _RANK[Progress.DELIVERED]

    @property
    def is_failure(self) -> bool:
        """True if it did not and will not arrive."""
        return self in {Progress.FAILED, Progress.UNDELIVERED, Progress.CANCELED}

    def follows(self, known: "Progress | None") -> bool:
        """True if hearing this after `known` is news. Receipts come late, twice and out of order; none goes down.

        A failure after a confirmed delivery is not believed, nor a delivery after a failure: final is final.
        """
        if known is None:
            return self is not Progress.UNKNOWN
        if known.is_final:
            return self is Progress.READ and known is Progress.DELIVERED
        return self.rank > known.rank


_RANK = {
    Progress.UNKNOWN: -1,
    Progress.ACCEPTED: 0,
    Progress.QUEUED: 1,
    Progress.SENDING: 2,
    Progress.SENT: 3,
    Progress.DELIVERED: 4,
    Progress.FAILED: 4,
    Progress.UNDELIVERED: 4,
    Progress.CANCELED: 4,
    Progress.READ: 5,
}


class About(StrEnum):
    """What a refusal or a failed delivery is about."""

    # the recipient said STOP: never again on this channel until they say START
    OPTED_OUT = "opted_out"
    # this address or number does not exist or cannot be reached, ever
    BAD_ADDRESS = "bad_address"
    # a number that receives no SMS: a landline
    NOT_MOBILE = "not_mobile"
    # this address may not exist, or its mailbox is full: believe it when it happens again
    SUSPECT = "suspect"
    # switched off, out of coverage: says nothing about tomorrow
    UNREACHABLE = "unreachable"
    # the text: empty, too long, or taken for spam
    CONTENT = "content"
    # our account, sender, rights or route: a person has to see to it
    CONFIG = "config"
    # the service: its queue, its protection, the time it took
    SERVICE = "service"
    # anything else, codes we do not know included
    UNKNOWN = "unknown"

    @property
    def ends_address(self) -> bool:
        """True if this address should not be written to again on this channel."""
        return self in {About.OPTED_OUT, About.BAD_ADDRESS, About.NOT_MOBILE}

    @property
    def needs_person(self) -> bool:
        """True if a merchant or operator should be told: the next message will fare no better."""
        return self in {About.CONFIG, About.CONTENT}


class Again(StrEnum):
    """Whether the same message is worth another try after a refusal or a failed delivery."""

    # no
    NEVER = "never"
    # one more, some minutes later
    ONCE = "once"
    # hours later: somebody's queue is full
    MUCH_LATER = "much_later"
    # if the news is still worth knowing
    IF_USEFUL = "if_useful"
    # when the recipient's quiet hours are over
    NEXT_WINDOW = "next_window"


class ChannelRefused(Refused):
    """The channel's service understood the message and refused it."""

    def __init__(
        self,
        message: str = "",
        *,
        provider: str,
        about: About = About.UNKNOWN,
        again: Again = Again.NEVER,
        status: int | None = None,
        request_id: str | None = None,
        detail_code: str | None = None,
    ) -> None:
        """`about` what the refusal says; `again` whether another try makes sense; `detail_code` the service's code."""
        super().__init__(message, provider=provider, status=status, request_id=request_id, detail_code=detail_code)
        self.about = about
        self.again = again


class Deferred(RateLimited):
    """Not now: this recipient's side asks to be tried later. It says nothing about other recipients."""

    def __init__(
        self,
        message: str = "",
        *,
        provider: str,
        about: About = About.UNKNOWN,
        retry_after: float | None = None,
        status: int | None = None,
        detail_code: str | None = None,
    ) -> None:
        """`retry_after` in seconds of real time, our guess if they did not say."""
        super().__init__(message, provider=provider, retry_after=retry_after, status=status, detail_code=detail_code)
        self.about = about


def is_uncertain(error: UpstreamError) -> bool:
    """True if after this error of `Channel.send` the message may have gone out all the same."""
    return isinstance(error, UpstreamTimeout)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a message comes from. `address`: an email address, a number (E.164), a sender's name, or "MG…" of a pool."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class EmailParts:
    """What only an email has; `Outgoing.text` is its text part.

    subject          one line
    html             the whole document; "" sends plain text alone
    message_id       "<…@…>", the same at every try of the same message
    thread_id        Message-ID of the order's first mail, for References; "" in that first mail
    entity_id        X-Entity-Ref-ID: keeps clients that group by subject from grouping; "" for none
    reply_to         where answers reach a person; "" for the sender
    unsubscribe_url  https (or http on loopback), one click by POST (RFC 8058); "" for none
    feedback_id      "a:b:c:sender", four fields (Feedback-ID); "" for none
    bounce_address   envelope sender, one a message if bounces are to be told apart; "" for the sender
    """

    subject: str
    html: str = ""
    message_id: str = ""
    thread_id: str = ""
    entity_id: str = ""
    reply_to: str = ""
    unsubscribe_url: str = ""
    feedback_id: str = ""
    bounce_address: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One rendered message to one recipient.

    public_id     our message's random id; goes out where the service brings it back (callback's query)
    to            E.164, or an email address
    text          the words; of an email, its text part
    sender        None: the channel's own
    callback_url  where the service reports progress, without our id in it; "" for the channel's own, or none
    valid_for_s   seconds it may wait at the service before it is not worth sending; None: its default
    email         given for email only
    """

    public_id: str
    to: str
    text: str
    sender: Sender | None = None
    callback_url: str = ""
    valid_for_s: int | None = None
    email: EmailParts | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the service said when it took a message over.

    provider_id  its id of the message ("SM…", or our own Message-ID); "" if it gave none
    progress     how far it was then
    segments     parts of an SMS as we count them; None elsewhere
    sent_from    the sender that was used, as far as known
    """

    provider_id: str
    progress: Progress
    segments: int | None = None
    sent_from: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message that was taken over did not arrive. `code` is the service's own, "" if it gave none."""

    code: str
    about: About
    again: Again
    meaning: str


@dataclass(frozen=True, slots=True)
class Progressed:
    """A report on a message that went out.

    public_id    our id, if the report brought it back; "" if not
    provider_id  the service's id
    progress     as reported; UNKNOWN for a word we do not know
    failure      for failures only
    """

    public_id: str
    provider_id: str
    progress: Progress
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment setting of a channel; `NAME_FILE` may hold its value in a file."""

    name: str
    help: str
    secret: bool = False
    required: bool = True


class Channel(ABC):
    """A way to reach someone.

    slug            as in the ledger, preferences and settings
    settings        what an installation has to say
    repeat_is_safe  True: sending the same message twice shows it once
    max_length      characters of text it takes; None: no practical bound
    """

    slug: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]] = ()
    repeat_is_safe: ClassVar[bool] = False
    max_length: ClassVar[int | None] = None

    @classmethod
    @abstractmethod
    def from_settings(cls, values: Mapping[str, str]) -> Self:
        """Set up from settings by name; absent and "" are the same.

        raises  ConfigError with every fault
        """

    @abstractmethod
    def send(self, outgoing: Outgoing) -> Receipt:
        """Hand one message over. No retries here.

        raises  as the module says; nothing else
        """

    def find_sent(
        self,
        outgoing: Outgoing,  # noqa: ARG002 - most channels keep no list
        since: datetime,  # noqa: ARG002
        taken: Collection[str] = (),  # noqa: ARG002
    ) -> Receipt | None:
        """Look up whether the service has a message it was asked to send since `since` (aware, business time).

        taken    provider ids that are known to belong to other messages
        returns  what it has, or None if it has none, or keeps no list
        raises   UpstreamError if it could not be asked
        """
        return None

    @abstractmethod
    def check(self) -> None:
        """Try our own credentials without sending anything. raises UpstreamError"""

    @abstractmethod
    def close(self) -> None:
        """Close the connections of the calling thread; sending again opens new ones."""


_MASKED = re.compile(r"(?P<head>.{0,2}).*?(?P<tail>@.*|.{0,2})$", re.DOTALL)


def masked(address: str) -> str:
    """An address or number for logs: "+4…42", "jo…@example.com"."""
    found = _MASKED.match(address) if len(address) > 4 else None
    return f"{found['head']}…{found['tail']}" if found else "…"


def all_slugs() -> list[str]:
    """Slugs of all channels there are, sorted."""
    return list(registry.modules("tracking.channels"))


def get_channel(slug: str) -> type[Channel]:
    """The class of a channel. raises NotFound"""
    found = registry.find("tracking.channels", slug, "Adapter")
    if found is None:
        raise NotFound(f"No channel is called “{slug[:40]}”. Known: {', '.join(all_slugs())}.")
    return cast("type[Channel]", found)
