"""Everything a page of the console may say, as frozen data: templates read this and nothing else.

Sentences arrive finished and translated. "" and None mean "there is nothing to say", and the place is left out.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Mark(StrEnum):
    """What kind of state it is; always beside words, never colour alone."""

    # nothing to do
    MOVING = "moving"
    # somebody may have to do something
    NEEDS_YOU = "needs_you"
    # something went wrong
    TROUBLE = "trouble"
    # it is there
    DONE = "done"
    # nothing comes any more
    CLOSED = "closed"


# ---- what stands around every page


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go. `note`: what is there, short; `icon`: a name of the set, "" for none."""

    label: str
    url: str
    current: bool = False
    note: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What came of the last thing done. `is_good` False: it was not done."""

    text: str
    is_good: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a page.

    store     name of the open store; "" where none is
    stores    the user's stores, for the switch
    nav       parts of the console; places of the settings stand in `tabs` of their pages
    user      name or address of who is logged in; "" for nobody
    search    where a search is sent; "" where there is none
    """

    title: str
    locale: str
    css_url: str
    icon_url: str
    store: str = ""
    logo_url: str | None = None
    stores: tuple[Link, ...] = ()
    nav: tuple[Link, ...] = ()
    user: str = ""
    search: str = ""
    query: str = ""
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page that says one thing, and where to go from it."""

    frame: Frame
    told: str
    action: Link | None = None


# ---- forms


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer among several. `group`: answers of the same group stand together, "" for none."""

    value: str
    label: str
    chosen: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A question of a form.

    kind     text, email, url, tel, number, money, password, colour, area, select, checks, radios, check, file
    value    as it was typed, or as it is kept
    note     what it is for
    error    why it was not taken
    unit     stands behind a number
    """

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    note: str = ""
    error: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = False
    most: int | None = None
    low: int | None = None
    high: int | None = None
    autocomplete: str = "off"
    unit: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class FieldSet:
    """Questions that belong together. `note`: what they decide."""

    title: str
    fields: tuple[Field, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form.

    version   of the store when it was opened: what somebody else saved meanwhile is not overwritten
    faults    how many answers were not taken; their sentences stand beside them
    told      why nothing was saved; "" if nothing was tried
    is_open   False: who reads it may not change it
    """

    url: str
    sets: tuple[FieldSet, ...]
    submit: str
    version: int = 0
    faults: int = 0
    told: str = ""
    is_open: bool = True
    has_files: bool = False


@dataclass(frozen=True, slots=True)
class LoginPage:
    """The way in. `told`: why the last try did not work."""

    frame: Frame
    form: Form
    told: str = ""


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """A part of the settings. `lead` says what it decides."""

    frame: Frame
    tabs: tuple[Link, ...]
    lead: str
    form: Form


# ---- the list of shipments


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person: how many ("1000+" where counting stops) and what."""

    count: str
    label: str
    url: str
    mark: Mark
    current: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A parcel in the list, or an order of which nothing is sent.

    status, why   in a few words
    position      of the route, 0 … 6: even at a station, odd on the way to the next
    expected      the window that counts now, or when it was delivered
    late          that it is later than first said, and since when; "" if it is not
    newest        what was heard last, and when
    """

    url: str
    order: str
    customer: str
    place: str
    status: str
    why: str
    mark: Mark
    position: int
    carrier: str
    number: str
    expected: str
    late: str
    newest: str
    newest_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list of shipments.

    headline  one sentence: how much needs a person now
    needs     what that is, most urgent first; none: nothing
    filters   as selects; `is_filtered` if any is set, and `clear_url` leads to the whole list
    told      what the list shows, in a sentence: "" for all
    empty     what an empty list means and what to do; "" if there are rows
    next_url  older ones; None on the last page
    first_url the newest ones; None on the first page
    """

    frame: Frame
    headline: str
    needs: tuple[Need, ...]
    filters: tuple[Field, ...]
    filter_url: str
    is_filtered: bool
    clear_url: str
    told: str
    rows: tuple[Row, ...]
    empty_title: str
    empty: str
    empty_action: Link | None
    next_url: str | None
    first_url: str | None


# ---- an order


@dataclass(frozen=True, slots=True)
class Pair:
    """A word and what it stands for. `url`: it leads somewhere; `is_number`: digits that are compared."""

    name: str
    value: str
    url: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class LineFacts:
    """Pieces of a product in the order. `state` is "" for what is simply to be sent; `price` of all its pieces."""

    title: str
    detail: str
    quantity: int
    price: str
    state: str
    image_url: str | None


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """One thing the carrier reported.

    when, there  in the destination's time; at the place of the scan where that differs
    what         what Waypost understood
    code, text   as the carrier said it
    source       polled, pushed or entered
    """

    at: datetime
    when: str
    there: str
    what: str
    mark: Mark
    code: str
    text: str
    place: str
    source: str


@dataclass(frozen=True, slots=True)
class ParcelFacts:
    """A parcel of the order.

    ref        public id, for links on the page
    asked      when the carrier was last asked, and is next, in a sentence
    trouble    why the last try to ask failed; ""
    ask_url    where "ask now" is sent; "" if that makes no sense; `cannot_ask` says why
    late       that it is later than first said, and since when; ""
    items      what is in it, in a few words; "" where that is all of the order
    """

    ref: str
    title: str
    carrier: str
    number: str
    number_raw: str
    carrier_url: str | None
    status: str
    why: str
    mark: Mark
    position: int
    expected: str
    late: str
    facts: tuple[Pair, ...]
    items: str
    asked: str
    trouble: str
    ask_url: str
    cannot_ask: str
    scans: tuple[ScanFacts, ...]


@dataclass(frozen=True, slots=True)
class PromiseFacts:
    """A window that was shown, and who said so. `change`: earlier or later than the one before, in a word or two."""

    at: datetime
    when: str
    window: str
    source: str
    about: str
    change: str
    is_later: bool


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A move of a message, with its reason as a sentence."""

    at: datetime
    when: str
    state: str
    sentence: str
    detail: str


@dataclass(frozen=True, slots=True)
class ToldFacts:
    """A message of the order and what became of it. `to` is masked; `text` as it was sent."""

    ref: str
    meaning: str
    channel: str
    to: str
    state: str
    mark: Mark
    sentence: str
    title: str
    text: str
    steps: tuple[StepFacts, ...]


@dataclass(frozen=True, slots=True)
class AbsentFacts:
    """A moment of which no message was made."""

    when: str
    what: str
    channel: str
    sentence: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """An order.

    state      what the shop says of it, "" while it is open
    facts      who, where to, when, how much
    page_url   the page its shopper sees
    cancel     the form that cancels it; None if it cannot be, or the reader may not
    back_url   the list
    zone       whose times these are, in words
    """

    frame: Frame
    number: str
    headline: str
    state: str
    mark: Mark
    facts: tuple[Pair, ...]
    address: tuple[str, ...]
    note: str
    page_url: str
    back_url: str
    zone: str
    parcels: tuple[ParcelFacts, ...]
    unsent_title: str
    unsent: str
    lines: tuple[LineFacts, ...]
    total: str
    promises: tuple[PromiseFacts, ...]
    messages: tuple[ToldFacts, ...]
    absent: tuple[AbsentFacts, ...]
    cancel: Form | None
    cancel_note: str


# ---- messages, carriers, keys, what was done


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A message in the store's ledger."""

    at: datetime
    when: str
    order: str
    url: str
    meaning: str
    channel: str
    to: str
    state: str
    mark: Mark
    sentence: str
    due: str


@dataclass(frozen=True, slots=True)
class MessagesPage:
    """The store's messages, newest first. `tabs` choose which."""

    frame: Frame
    headline: str
    tabs: tuple[Link, ...]
    rows: tuple[LedgerRow, ...]
    empty_title: str
    empty: str
    next_url: str | None
    first_url: str | None


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account at a carrier. `shared`: it serves all stores; `budgets`: what is used of its limits."""

    carrier: str
    name: str
    shared: bool
    state: str
    mark: Mark
    sentence: str
    answered: str
    budgets: tuple[Pair, ...]
    waiting: str


@dataclass(frozen=True, slots=True)
class CarriersPage:
    """The carriers that the store asks, and how they answer. `unserved`: parcels of carriers without an account."""

    frame: Frame
    headline: str
    accounts: tuple[AccountFacts, ...]
    unserved: tuple[Pair, ...]
    empty_title: str
    empty: str


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """An API key. Only its beginning is kept readable."""

    name: str
    prefix: str
    made: str
    used: str
    is_revoked: bool
    revoke_url: str


@dataclass(frozen=True, slots=True)
class KeysPage:
    """API keys. `new_key` is shown once, in the answer that made it."""

    frame: Frame
    tabs: tuple[Link, ...]
    lead: str
    keys: tuple[KeyFacts, ...]
    form: Form
    new_key: str = ""


@dataclass(frozen=True, slots=True)
class DoneFacts:
    """Something that was done."""

    at: datetime
    when: str
    who: str
    what: str
    about: str
    url: str


@dataclass(frozen=True, slots=True)
class DonePage:
    """What was done in the store, newest first."""

    frame: Frame
    tabs: tuple[Link, ...]
    lead: str
    rows: tuple[DoneFacts, ...]
    next_url: str | None


@dataclass(frozen=True, slots=True)
class PreviewFacts:
    """A piece of the shopper's page in a brand that is not saved.

    css_url  a stylesheet that colours `.look` alone, light and dark
    logo     the drawing as a data: address; None for none
    notes    what was changed so that it can be read
    faults   answers that were not taken; the preview shows what is kept in their place
    """

    css_url: str
    store: str
    logo: str | None
    order: str
    headline: str
    strong: str
    second: str
    action: str
    steps: tuple[str, ...]
    item: str
    item_note: str
    notes: tuple[str, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BrandPage:
    """The brand, with its preview."""

    frame: Frame
    tabs: tuple[Link, ...]
    lead: str
    form: Form
    preview: PreviewFacts
    preview_url: str


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule. `note`: how, or beside what; `sent` is sent to take it away; `is_gone`: it is not in the catalogue."""

    what: str
    note: str
    sent: tuple[Pair, ...]
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules of one kind. `form` adds one; None if the reader may not. `is_open`: it is being filled in."""

    ref: str
    title: str
    note: str
    rules: tuple[RuleFacts, ...]
    add: str
    form: Form | None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class ChosenFacts:
    """A product that was looked at for an order. `why`: the reason it is shown with, or why it is not."""

    name: str
    why: str
    price: str = ""
    image_url: str | None = None


@dataclass(frozen=True, slots=True)
class ChoicePreview:
    """What an order shows now, and why.

    headline  in a sentence; `told`: why nothing is shown, or what was not found
    left_out  how many more were looked at, in a sentence; "" for none
    """

    url: str
    order: Field
    headline: str
    told: str
    shown: tuple[ChosenFacts, ...]
    kept_out: tuple[ChosenFacts, ...]
    left_out: str


@dataclass(frozen=True, slots=True)
class RecommendationsPage:
    """What the merchant wants. `remove_url`: where a rule is taken away; "" if the reader may not.

    report  leads to what recommendations do
    """

    frame: Frame
    tabs: tuple[Link, ...]
    lead: str
    report: Link
    form: Form
    groups: tuple[RuleGroup, ...]
    remove_url: str
    preview: ChoicePreview


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The user's own account. `sessions_url`: where other sessions are ended."""

    frame: Frame
    email: str
    stores: tuple[Pair, ...]
    form: Form
    password: Form
    sessions_url: str
