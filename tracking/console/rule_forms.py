"""The merchant's rules as a page lists them, and the forms that add one: what they ask, and what was meant by it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from flask import url_for
from sqlalchemy.orm import Session

from tracking.console import access, catalogue
from tracking.console.catalogue import Item
from tracking.console.facts import Choice, Field, FieldSet, Form, Pair, RuleFacts, RuleGroup
from tracking.console.forms import Answers, with_answers
from tracking.models import RecommendationPolicy, Store
from tracking.platform import i18n
from tracking.platform.gettext import _
from tracking.suggestions.merged import successors
from tracking.suggestions.wishes import Wish, WishKind, wishes_of

Picks = dict[str, tuple[Choice, ...]]
_WEIGHTS: Final = (400, 200, 50, 25)


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that was to be added and was not: its answers, and what some of them may mean."""

    kind: WishKind
    answers: Answers
    picks: Picks


class Reader:
    """Reads what the form of a rule sent. Names that fit several things become a choice among them."""

    def __init__(self, session: Session, store: Store, answers: Answers) -> None:
        self.answers = answers
        self.picks: Picks = {}
        self._session, self._store = session, store
        self._categories = catalogue.categories_of(session, store)

    def wish(self, kind: WishKind) -> Wish | None:
        """The rule, or None and a fault."""
        wish: Wish
        match kind:
            case WishKind.FIRST:
                product, beside = self._product("first-what"), ""
                if self.answers.typed("first-beside"):
                    beside = self._product("first-beside")
                if product and product == beside:
                    self.answers.faults["first-beside"] = _("A product does not stand beside itself.")
                wish = Wish(kind, product=product, beside=beside)
            case WishKind.NEVER:
                product, category = self._thing("never-what")
                wish = Wish(kind, product=product, category=category)
            case WishKind.WEIGH:
                product, category = self._thing("weigh-what")
                offered = [str(percent) for percent in _WEIGHTS]
                percent = int(self.answers.one_of("weigh-percent", offered, offered[0]))
                wish = Wish(kind, product=product, category=category, percent=percent)
            case WishKind.APART:
                one, other = sorted((self._category("apart-one"), self._category("apart-other")))
                wish = Wish(kind, category=one, beside=other)
            case WishKind.AGAIN:
                wish = Wish(kind, category=self._category("again-what"))
        return None if self.answers.faults else wish

    def _product(self, name: str) -> str:
        return self._thing(name, categories=False)[0]

    def _thing(self, name: str, *, categories: bool = True) -> tuple[str, str]:
        """A product's reference or a category; "" and "" with a fault."""
        chosen = self._chosen(name, categories=categories)
        if chosen is not None:
            return chosen
        said = self.answers.typed(name)[:300]
        if not said:
            self.answers.faults[name] = _("This cannot be empty.")
            return "", ""
        category = catalogue.find_category(self._categories, said) if categories else None
        found = catalogue.find_items(self._session, self._store, said)
        if category and not found.is_exact:
            return "", category
        if len(found.items) == 1 and not category:
            return found.items[0].ref, ""
        self.answers.faults[name] = self._ask(name, said, found.items, category, categories=categories)
        return "", ""

    def _chosen(self, name: str, *, categories: bool) -> tuple[str, str] | None:
        kind, _colon, value = self.answers.typed(f"{name}-meant").partition(":")
        if kind == "product" and catalogue.items_of(self._session, self._store, [value]):
            return value, ""
        if kind == "category" and categories and value in self._categories:
            return "", value
        return None

    def _ask(self, name: str, said: str, items: tuple[Item, ...], category: str | None, *, categories: bool) -> str:
        if not items:
            if categories:
                return _("Nothing in the catalogue fits “%(said)s”, neither a product nor a category.", said=said)
            return _("No product in the catalogue fits “%(said)s”.", said=said)
        listed = items[: catalogue.MOST_FOUND]
        choices = [Choice(f"product:{item.ref}", _in_words(item, self._store)) for item in listed]
        if category:
            choices.insert(0, Choice(f"category:{category}", _all_of(category)))
        self.picks[name] = tuple(choices)
        if len(items) > len(listed):
            return _("Many things fit. Choose one of the first %(num)s, or write more.", num=len(listed))
        return _("More than one thing fits. Choose one.")

    def _category(self, name: str) -> str:
        said = self.answers.typed(name)
        found = catalogue.find_category(self._categories, said) if said else None
        if found is None:
            self.answers.faults[name] = (
                _("The catalogue has no category “%(said)s”.", said=said) if said else _("Choose one of these.")
            )
        return found or ""


def groups(
    session: Session, store: Store, row: RecommendationPolicy, *, tried: Tried | None = None
) -> tuple[RuleGroup, ...]:
    """All rules by kind, each kind with the form that adds one."""
    wishes = wishes_of(row)
    items = _items(session, store, {ref for wish in wishes for ref in (wish.product, _beside(wish))})
    categories = catalogue.categories_of(session, store)
    found = []
    for kind in WishKind:
        mine = tried if tried is not None and tried.kind is kind else None
        title, note, add = _words(kind)
        found.append(
            RuleGroup(
                ref=kind.value,
                title=title,
                note=note,
                rules=tuple(_rule(wish, items, categories) for wish in wishes if wish.kind is kind),
                add=add,
                form=_form(store, kind, categories, mine) if access.here().can_change else None,
                is_open=mine is not None,
            )
        )
    return tuple(found)


def _items(session: Session, store: Store, refs: set[str]) -> dict[str, Item]:
    """The products of these references; one that another took the place of says so."""
    became = successors(session, store.id, refs)
    items = catalogue.items_of(session, store, refs.union(became.values()))
    new = {old: items[ref].name for old, ref in became.items() if ref in items}
    for old in new.keys() & items.keys():
        named = _("%(old)s (now %(new)s)", old=items[old].name, new=new[old])
        items[old] = replace(items[old], title=named, variant=None)
    return items


def _rule(wish: Wish, items: dict[str, Item], categories: Iterable[str]) -> RuleFacts:
    item = items.get(wish.product)
    if wish.kind is WishKind.APART:
        what = _("%(one)s and %(other)s", one=wish.category, other=wish.beside)
        is_gone = not {wish.category, wish.beside} <= set(categories)
    elif wish.category:
        what = wish.category if wish.kind is WishKind.AGAIN else _all_of(wish.category)
        is_gone = wish.category not in categories
    else:
        what = item.name if item else wish.product
        is_gone = item is None
    note = ""
    if wish.kind is WishKind.FIRST:
        other = items.get(wish.beside)
        note = _("beside %(product)s", product=other.name if other else wish.beside) if wish.beside else ""
        note = note or _("beside every order")
        is_gone = is_gone or bool(wish.beside and other is None)
    elif wish.kind is WishKind.WEIGH:
        note = _weight_words(wish.percent)
    sent = (
        Pair("kind", wish.kind.value),
        Pair("product", wish.product),
        Pair("category", wish.category),
        Pair("beside", wish.beside),
        Pair("percent", str(wish.percent)),
    )
    return RuleFacts(what, note, sent, is_gone)


def _form(store: Store, kind: WishKind, categories: tuple[str, ...], tried: Tried | None) -> Form:
    picks = tried.picks if tried else {}
    fields: tuple[Field, ...]
    match kind:
        case WishKind.FIRST:
            fields = (
                *_asked("first-what", _("Product"), _("Its SKU, or some words of its title."), picks),
                *_asked("first-beside", _("Beside"), _("A product of the order. Empty: every order."), picks),
            )
        case WishKind.NEVER:
            fields = _asked("never-what", _("Product or category"), "", picks)
        case WishKind.WEIGH:
            choices = tuple(Choice(str(percent), _weight_words(percent), percent == 200) for percent in _WEIGHTS)
            fields = (
                *_asked("weigh-what", _("Product or category"), "", picks),
                Field("weigh-percent", _("How much"), "select", choices=choices),
            )
        case WishKind.APART:
            fields = (
                _category_field("apart-one", _("Category"), categories),
                _category_field("apart-other", _("And"), categories),
            )
        case WishKind.AGAIN:
            fields = (_category_field("again-what", _("Category"), categories),)
    url = url_for("console-recommendations.add", store=store.slug, kind=kind.value, _anchor=kind.value)
    form = Form(url, (FieldSet("", fields),), _("Add"))
    return with_answers(form, tried.answers) if tried else form


def _asked(name: str, label: str, note: str, picks: Picks) -> tuple[Field, ...]:
    """A question for a product, and the choice among those that fit the first answer."""
    # what fits is told and offered once: the words may still be changed
    asked = Field(name, label, note=note, most=300, required=not name.endswith("beside"))
    if name not in picks:
        return (asked,)
    return asked, Field(f"{name}-meant", _("Which one?"), "radios", choices=picks[name])


def _category_field(name: str, label: str, categories: tuple[str, ...]) -> Field:
    return Field(name, label, "select", choices=(Choice("", "–"), *(Choice(one, one) for one in categories)))


def _beside(wish: Wish) -> str:
    return wish.beside if wish.kind is WishKind.FIRST else ""


def _in_words(item: Item, store: Store) -> str:
    price = i18n.money(item.price_minor, item.currency, home=store.currency)
    return " · ".join(filter(None, (item.name, item.ref, price)))


def _all_of(category: str) -> str:
    return _("Everything in “%(category)s”", category=category)


def _weight_words(percent: int) -> str:
    known = {
        400: lambda: _("strongly preferred"),
        200: lambda: _("preferred"),
        50: lambda: _("held back"),
        25: lambda: _("strongly held back"),
    }
    return known[percent]() if percent in known else f"× {percent / 100:g}"


def _words(kind: WishKind) -> tuple[str, str, str]:
    """Title, what it decides, and the words that open its form."""
    return {
        WishKind.FIRST: (
            _("Shown first"),
            _("Before everything else, while it can be bought and the shopper does not have it."),
            _("Show a product first"),
        ),
        WishKind.NEVER: (
            _("Never shown"),
            _("Whatever people buy together."),
            _("Keep something out"),
        ),
        WishKind.WEIGH: (
            _("More or less"),
            _("A preference: what goes well with an order still decides."),
            _("Prefer something, or hold it back"),
        ),
        WishKind.APART: (
            _("Kept apart"),
            _("Never in one answer, and neither beside an order that holds the other."),
            _("Keep two categories apart"),
        ),
        WishKind.AGAIN: (
            _("Bought again"),
            _("Used up, so that they may be shown to whoever bought them before."),
            _("Add a category"),
        ),
    }[kind]
