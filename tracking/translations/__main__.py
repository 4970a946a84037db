"""Keeps the catalogues in step with the sentences in the source.

python -m tracking.translations update    take in new sentences, drop those that are gone
python -m tracking.translations check     exit 1 if a sentence is missing, not translated, or its placeholders differ
"""

import re
import sys
from io import BytesIO
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "N_": None,
}


def sentences() -> Catalog:
    """All sentences of the source."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalog = Catalog(project="Waypost", charset="utf-8")
    found = extract_from_dir(ROOT / "tracking", methods, options, keywords=_KEYWORDS, comment_tags=("i18n:",))
    for _file, _line, message, comments, context in found:
        catalog.add(message, None, auto_comments=comments, context=context)
    return catalog


def catalogues() -> list[Path]:
    """The files of all languages."""
    return sorted(FOLDER.glob("*/LC_MESSAGES/waypost.po"))


def faults(file: Path, source: Catalog) -> list[str]:
    """What is wrong with a catalogue, a line each."""
    with file.open("rb") as stream:
        catalog = read_po(stream, locale=file.parents[1].name)
    found = []
    for message in source:
        if not message.id:
            continue
        singular = message.id[0] if isinstance(message.id, tuple | list) else message.id
        translated = catalog.get(singular, message.context)
        if translated is None:
            found.append(f"{_short(message)}: missing")
        else:
            found += [f"{_short(message)}: {fault}" for fault in _wrong(message, translated)]
    return found


def _wrong(message: Message, translated: Message) -> list[str]:
    texts = translated.string if isinstance(translated.string, tuple | list) else (translated.string or "",)
    ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
    if not all(texts):
        return ["not translated"]
    wanted = set().union(*(set(_PLACEHOLDER.findall(text)) for text in ids))
    most = {name for text in texts for name in _PLACEHOLDER.findall(text)}
    wrong = sorted(most - wanted) + ([] if most == wanted or len(ids) > 1 else sorted(wanted - most))
    return [f"placeholders differ: {', '.join(wrong)}"] if wrong else []


def _short(message: Message) -> str:
    text = message.id[0] if isinstance(message.id, tuple | list) else message.id
    return repr(text[:60])


def check() -> int:
    """Print every fault. Returns how many."""
    source = sentences()
    count = 0
    for file in catalogues():
        for fault in faults(file, source):
            count += 1
            click.echo(f"{file.relative_to(ROOT)}: {fault}", err=True)
    click.echo(f"{len(source)} sentences, {len(catalogues())} languages beside English, {count} faults.")
    return count


def update() -> None:
    """Take new sentences into every catalogue; what is gone is dropped, what exists is kept as it is."""
    source = sentences()
    for file in catalogues():
        with file.open("rb") as stream:
            catalog = read_po(stream, locale=file.parents[1].name)
        catalog.update(source, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        out = BytesIO()
        write_po(out, catalog, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
        file.write_bytes(out.getvalue())


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        sys.exit(min(check(), 1))
    if sys.argv[1:] == ["update"]:
        update()
    else:
        sys.exit(__doc__)
