"""The page docs/carriers.md, written from what the adapters say of themselves."""

import inspect
import sys
from collections import Counter
from collections.abc import Sequence

from tracking.carriers import Carrier, Limit
from tracking.carriers._codes import CodeTable, has_table
from tracking.carriers._push import Pushes

_PERIODS = {1: "a second", 60: "a minute", 3600: "an hour", 86_400: "a day"}
_HEAD = """# Carriers

Written by `make docs` from `waypost carriers list --markdown`; change the adapters, not this page.

One module a carrier, `tracking/carriers/<slug>.py`, and its code table beside it. What an answer means can be seen with
`waypost carriers parse <slug> FILE`. How to add one: [adding.md](adding.md). Every carrier is asked, within its limits;
those with “yes” under push tell news by themselves as well: [pushes.md](pushes.md).

| carrier | slug | needs | numbers a call | limits | push | codes known |
|---|---|---|---|---|---|---|
"""


def carriers_page(found: Sequence[type[Carrier]]) -> str:
    """The whole page, Markdown, with a line break at its end."""
    return _HEAD + "\n".join(map(_row, found)) + "\n" + "".join(map(_part, found))


def limit_words(limit: Limit) -> str:
    """A limit in a few words: "100,000 calls a day"."""
    unit = limit.unit if limit.amount > 1 else limit.unit.removesuffix("s")
    return f"{limit.amount:,} {unit} {_PERIODS.get(limit.per_s, f'in {limit.per_s} s')}"


def _row(carrier: type[Carrier]) -> str:
    cells = (
        f"[{carrier.name}](#{carrier.slug})",
        f"`{carrier.slug}`",
        ", ".join(f"`{field.name}`" for field in carrier.credentials if field.required),
        str(carrier.batch_size),
        "; ".join(map(limit_words, carrier.limits)) or "none known",
        "yes" if issubclass(carrier, Pushes) else "no",
        str(len(_codes(carrier))) if _codes(carrier) else "texts only",
    )
    return f"| {' | '.join(cells)} |"


def _part(carrier: type[Carrier]) -> str:
    about = (inspect.getdoc(sys.modules[carrier.__module__]) or "").strip()
    needs = [
        f"- `{field.name}`{'' if field.required else ' (not required)'}: {_sentence(field.help)} "
        f"Setting `WAYPOST_{carrier.slug.replace('-', '_').upper()}_{field.name.upper()}`."
        for field in carrier.credentials
    ]
    limits = [
        f"- {limit_words(limit)}, {_window(limit)}. Source: {_sentence(limit.source)}" for limit in carrier.limits
    ]
    if carrier.min_interval_s:
        limits.append(f"- One parcel is asked about at most every {carrier.min_interval_s / 3600:g} hours.")
    pushes = [f"### Pushes\n\n{carrier.push_facts}"] if issubclass(carrier, Pushes) else []
    spread = Counter(_codes(carrier))
    codes = ", ".join(
        f"{count} {status}" for status, count in sorted(spread.items(), key=lambda row: (-row[1], row[0]))
    )
    said = f"{codes}. “unknown” marks a code that is known and says nothing about where the parcel is."
    parts = [
        f'<a id="{carrier.slug}"></a>\n## {carrier.name}',
        about,
        f"API: `{carrier.base_url}`",
        "### What an account needs\n\n" + ("\n".join(needs) or "Nothing: it answers everybody."),
        "### Limits\n\n" + ("\n".join(limits) or "None known."),
        *pushes,
        "### What no solid source backs\n\n" + ("\n".join(f"- {fact}" for fact in carrier.weak) or "Nothing."),
        f"### Codes\n\n{said if codes else 'It documents none: what its texts say is read.'}",
    ]
    return "\n" + "\n\n".join(parts) + "\n"


def _codes(carrier: type[Carrier]) -> list[str]:
    """What each code of the carrier means; none for one that documents no codes."""
    return [str(code.status) for _, _, code in CodeTable.load(carrier.slug)] if has_table(carrier.slug) else []


def _window(limit: Limit) -> str:
    if not limit.aligned:
        return "a sliding window"
    return "counted from the full hour" if limit.per_s <= 3600 else "counted from 00:00 UTC"


def _sentence(words: str) -> str:
    return words if words.endswith(".") else f"{words}."
