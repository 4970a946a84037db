"""What the report on recommendations says, as frozen data: its template reads this and nothing else."""

from dataclasses import dataclass

from tracking.console.facts import Form, Frame, Link, Pair


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """Shoppers of one group whose time is over. `spent`: on average, "" if no prices are known."""

    name: str
    shoppers: str
    came_back: str
    share: str
    spent: str


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """A span on a line that has nothing in its middle, for the eye: all in percent of the line, 0 … 100.

    low, high, middle  of the span;  is_wider  it goes on beyond the line
    """

    low: float
    high: float
    middle: float
    is_wider: bool
    least: str
    most: str


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What became of one kind of recommendations on one surface. Places where nothing can be known hold a dash."""

    kind: str
    surface: str
    shown: str
    clicked: str
    click_rate: str
    dismissed: str
    followed: str
    followed_for: str


@dataclass(frozen=True, slots=True)
class OffFacts:
    """Something that was turned off.

    scope, subject   what is sent to turn it on again
    when, why        since when, and the numbers it was decided on, in a sentence
    on_again         when a person turned it on again; "" while it is off
    """

    what: str
    scope: str
    subject: str
    when: str
    why: str
    on_again: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """What recommendations do.

    headline  the answer in a sentence;  sentences  how sure that is, and what it rests on
    span      the interval of the lift as a drawing; None while there is nothing to say
    groups    the two groups; none without a comparison
    periods   how far the table goes back;  totals  its sums
    kinds     by kind and surface;  note  what its numbers count
    off       what is turned off now, and what was, newest first
    on_url    where it is turned on again; "" for who may not
    form      the share held out
    empty     what an empty table means; "" if there are rows
    """

    frame: Frame
    tabs: tuple[Link, ...]
    rules: Link
    headline: str
    sentences: tuple[str, ...]
    span: SpanFacts | None
    groups: tuple[GroupFacts, ...]
    periods: tuple[Link, ...]
    totals: tuple[Pair, ...]
    kinds: tuple[KindFacts, ...]
    note: str
    empty: str
    off: tuple[OffFacts, ...]
    on_url: str
    form: Form
