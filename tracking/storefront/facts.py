"""Everything a shopper's page may say, as frozen data: templates read this and nothing else.

A sentence arrives finished and translated; a template decides where it stands, never what it says. An empty string or
None means "there is nothing to say", and the place is left out. `as_json` is the same page for machines.
"""

from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any, Self

# Private-use characters mark the part of a sentence that matters, so that translators place it like any other word.
_ON, _OFF = "\ue000", "\ue001"


def strong(text: str) -> str:
    """Mark the words of a sentence that its reader came for; `Sentence.of` reads the marks."""
    return f"{_ON}{plain(text)}{_OFF}"


def plain(text: str) -> str:
    """The text without marks."""
    return text.replace(_ON, "").replace(_OFF, "")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and the part of it that matters.

    text   as plain text
    parts  (words, matters) in order; joined they are `text`
    """

    text: str
    parts: tuple[tuple[str, bool], ...]

    @classmethod
    def of(cls, marked: str) -> Self:
        """From a text with marks of `strong`."""
        parts: list[tuple[str, bool]] = []
        for number, piece in enumerate(marked.replace(_OFF, _ON).split(_ON)):
            if piece:
                parts.append((piece, number % 2 == 1))
        return cls(plain(marked), tuple(parts))


class Mark(StrEnum):
    """What kind of state it is; always beside words, never colour alone."""

    # on its way, or being made ready: nothing to do
    MOVING = "moving"
    # the shopper may have to do something
    NEEDS_YOU = "needs_you"
    # something went wrong
    TROUBLE = "trouble"
    # it is there
    DONE = "done"
    # nothing comes any more
    CLOSED = "closed"


class Place(StrEnum):
    """Where a station of the route stands to the parcel."""

    # behind it
    PASSED = "passed"
    # here, or on the way from here
    CURRENT = "current"
    # ahead
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One of the four stations of the route.

    name   a word or two
    note   when, short; "" if not known
    place  where it stands to the parcel
    """

    name: str
    note: str
    place: Place


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """The route: four stations and the parcel.

    position  0 … 6: even at a station, odd on the way to the next
    mark      how the parcel is drawn
    """

    steps: tuple[StepFacts, ...]
    position: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do in this state.

    quiet    drawn without colour: it is there for those who need it
    outside  it leads to the carrier
    """

    label: str
    url: str
    quiet: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One thing that happened.

    at    the instant, for machines
    when  "Today 06:12"
    what  a plain sentence, not the carrier's jargon
    where place, "" if not known
    """

    at: datetime
    when: str
    what: str
    where: str


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """Some pieces of one product.

    detail       variant, "" if none
    image_url    None: a drawn box stands in
    guide_title  words of the link to its guide; "" if none
    """

    title: str
    detail: str
    quantity: int
    image_url: str | None
    url: str | None
    guide_url: str | None
    guide_title: str


@dataclass(frozen=True, slots=True)
class ParcelFacts:
    """The parcel that the page is about.

    number        as the carrier writes it, in groups; `number_raw` to copy
    carrier_url   the carrier's own page; the second way, never the first
    """

    ref: str
    carrier: str
    number: str
    number_raw: str
    carrier_url: str | None
    carrier_link: str


@dataclass(frozen=True, slots=True)
class OtherParcel:
    """Another parcel of the order, or what is not sent yet.

    title   "Parcel 2 of 3", "Not sent yet"
    line    one sentence: where it is or when it leaves
    items   what is in it, in a few words
    url     its view of this page; None for what is not sent
    mark    its state
    """

    title: str
    line: str
    items: str
    url: str | None
    mark: Mark


@dataclass(frozen=True, slots=True)
class Fact:
    """A word and what it stands for, in the list beside the story."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class HelpLink:
    """A way to reach the shop, or one of its policies. `note`: what to expect, short; `icon`: a name of the set."""

    icon: str
    label: str
    url: str
    note: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product that goes with what was bought, and why: a sentence in which the name of what was bought is marked."""

    title: str
    why: Sentence
    price: str
    image_url: str | None
    url: str


@dataclass(frozen=True, slots=True)
class SentAway:
    """A product that was sent away just now. `back`: what takes that back."""

    title: str
    back: str


@dataclass(frozen=True, slots=True)
class Offers:
    """What stands below the news.

    title      above the suggestions
    shown      best first; none for who is held out, or where nothing is worth showing
    sent_away  newest first
    note       what an open page reports with, signed; "" if there is nothing to report
    wish_url, seen_url  where products are sent away, and where an open page reports
    """

    title: str = ""
    shown: tuple[Suggestion, ...] = ()
    sent_away: tuple[SentAway, ...] = ()
    note: str = ""
    wish_url: str = ""
    seen_url: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """A language the page can be read in."""

    tag: str
    name: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Whose page it is.

    name      as shoppers know it;  slug  as addresses do
    logo_url  the shop's mark, re-encoded; None: its name alone
    home_url  its shop; None if not known
    css_url   its colours;  icon_url  the route in its colours, for the window
    imprint   a line at the foot
    """

    name: str
    slug: str
    logo_url: str | None
    home_url: str | None
    css_url: str
    icon_url: str
    imprint: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page of a shop has around its content.

    title        of the window
    languages    none or one: no switch is shown
    order_label  "Order 10482"; "" where the order is hidden
    """

    store: StoreFacts
    locale: str
    title: str
    languages: tuple[Language, ...]
    order_label: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """Delivered, and not found: what the carrier says, where to look first, and what then."""

    evidence: tuple[Fact, ...]
    places: tuple[str, ...]
    then: str


@dataclass(frozen=True, slots=True)
class PageFacts:
    """The tracking page.

    frame         shop, language, window
    state         the row of the copy deck it is in, for machines
    mark          kind of state, drawn as an icon beside the headline unless it is simply on its way
    headline      when, not status
    second        the sentence below it
    confidence    how sure, in words; "" without data
    how_we_know   where the date comes from; none: not asked
    last_seen     what changed last; "" if nothing yet
    checked_at    when the carrier last answered; `checked` as words, `checked_ago` with {ago} for a script to fill
    action        the one thing to do
    summary       "3 parcels: …"; "" for a single one
    route         the four stations
    parcel        None: nothing sent yet
    items         in this parcel, or in the order
    items_title   what stands above them
    others        other parcels and what is not sent
    events        newest first; the page shows `shown` of them and the rest on demand
    facts         destination, carrier, promise
    missing       only for what the carrier says is delivered
    preferences   where the shopper chooses messages; None if nobody would get any
    preferences_note  what is chosen now
    help          contact and policies
    offers        products that go with the order; never while something is wrong
    live_url      the changing part
    refresh_s     how often an open page asks
    changes_at    the next instant at which a sentence changes by itself; None if none will
    """

    frame: Frame
    state: str
    mark: Mark
    headline: Sentence
    second: Sentence | None
    confidence: str
    how_we_know: tuple[str, ...]
    last_seen: str
    checked_at: datetime | None
    checked: str
    checked_ago: str
    action: Action | None
    summary: str
    route: RouteFacts
    parcel: ParcelFacts | None
    items_title: str
    items: tuple[ItemFacts, ...]
    others: tuple[OtherParcel, ...]
    events: tuple[EventFacts, ...]
    shown: int
    facts: tuple[Fact, ...]
    missing: Missing | None
    preferences: str | None
    preferences_note: str
    help: tuple[HelpLink, ...]
    offers: Offers
    live_url: str
    refresh_s: int
    changes_at: datetime | None


def as_json(value: object) -> Any:
    """The facts as JSON values: sentences as text, instants with their offset, empty places as null."""
    if isinstance(value, Sentence):
        return value.text
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [as_json(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
