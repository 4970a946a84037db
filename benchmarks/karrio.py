"""What it costs to understand the same answers here and in karrio, and where the two disagree on what they mean.

    python benchmarks/karrio.py [--rounds 9]

karrio is not in the locked environment (docs/decisions/0007); without it this says how to have it, and is content.
Both are given the same bytes: the carriers' published samples where the shared reference lies beside this checkout, and
this project's own otherwise. karrio's connector is handed each by its own proxy, so that it comes in the shape its
parser expects; timed is the parse alone, in CPU time, the two in turn, a round a ratio.

Events are paired by their minute and order, and compared as karrio means them, before `tracking/carriers/karrio.py`
corrects anything. Where the reference names a code, it says who is right; a code it lists with several meanings
supports each of them.
"""

import argparse
import contextlib
import csv
import importlib
import io
import json
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from statistics import geometric_mean, median
from types import SimpleNamespace
from typing import Any

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.rig import report
from tracking.carriers import get_carrier
from tracking.carriers.karrio import STATUSES, _time
from tracking.platform.facts import TrackingResult
from tracking.platform.status import Status
from tracking.platform.upstream import Reply

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT.parent / "shared" / "carriers"
TARGET = 0.4
PARSES_A_RUN = 40
# ours -> karrio's connector, by the beginning of a sample's name where a carrier has several
CONNECTORS: Mapping[str, Mapping[str, str]] = {
    "aramex": {"": "aramex"},
    "australia-post": {"": "australiapost"},
    "canada-post": {"": "canadapost"},
    "canpar": {"": "canpar"},
    "chronopost": {"": "chronopost"},
    "dhl": {"express": "mydhl", "parcel-de": "dhl_parcel_de", "": "dhl_universal"},
    "dpd": {"": "dpd"},
    "fedex": {"": "fedex"},
    "gls": {"": "gls"},
    "hermes-de": {"": "hermes"},
    "la-poste": {"": "laposte"},
    "purolator": {"": "purolator"},
    "royal-mail": {"": "royalmail"},
    "sendle": {"": "sendle"},
    "ups": {"": "ups"},
    "usps": {"": "usps"},
}
TOKEN = {"access_token": "t", "token_type": "Bearer", "expires_in": 3600, "issued_at": 4e12, "scope": "tracking"}
HOW = """karrio is not installed here, so there is nothing to compare with. An environment of its own has it:

    python -m venv karrio-venv
    .venv/bin/uv pip install --python karrio-venv -r requirements/runtime.txt
    .venv/bin/uv pip install --python karrio-venv --no-deps --editable .
    karrio-venv/bin/pip install karrio %s
    karrio-venv/bin/python benchmarks/karrio.py"""


@dataclass(frozen=True)
class Sample:
    """An answer that both can read."""

    slug: str
    connector: str
    name: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]


# karrio


class Wire:
    """Stands where karrio opens addresses: a token for whoever asks for one, the sample for everybody else."""

    def __init__(self) -> None:
        """Start with nothing to say."""
        self.body = b""

    def open(self, request: Any, *_: Any, **__: Any) -> Any:
        """What `urlopen` returns."""
        asked = f"{request.full_url} {(request.data or b'')[:2000]!r}".lower()
        is_token = re.search(r"token|login", asked.partition(" ")[0]) or "getauth" in asked
        body = json.dumps(TOKEN).encode() if is_token else self.body
        return _Response(body)


class _Response(io.BytesIO):
    status = 200
    headers: Mapping[str, str] = {}
    url = ""


def _gateway(sdk: Any, connector: str) -> Any:
    gateway = sdk.gateway[connector].create({"carrier_id": connector}, is_stub=True)
    if hasattr(gateway.proxy, "authenticate"):
        gateway.proxy.authenticate = lambda *_: SimpleNamespace(deserialize=lambda: "t")
    return gateway


def _asker(sdk: Any, wire: Wire, connector: str, body: bytes, numbers: list[str]) -> Callable[[], Any]:
    """karrio's parse of an answer, as its proxy hands it over."""
    gateway = _gateway(sdk, connector)
    models = importlib.import_module("karrio.core.models")
    wire.body = body
    request = gateway.mapper.create_tracking_request(models.TrackingRequest(tracking_numbers=numbers))
    response = gateway.proxy.get_tracking(request)
    return lambda: gateway.mapper.parse_tracking_response(response)


# the samples


def _files(slug: str) -> list[Path]:
    published = REFERENCE / "samples" / slug
    folder = published if published.is_dir() else ROOT / "tests" / "samples" / "carriers" / slug
    return sorted(file for file in folder.iterdir() if file.suffix in (".json", ".xml"))


def _connector(slug: str, name: str) -> str:
    plain = name.removeprefix("constructed-")
    return next(which for start, which in CONNECTORS[slug].items() if plain.startswith(start))


def _samples(sdk: Any, wire: Wire, refused: Counter[str]) -> Iterator[Sample]:
    """Those of which both make events; what karrio makes nothing of is counted."""
    providers = sdk.gateway.providers
    for slug in CONNECTORS:
        adapter = get_carrier(slug)
        for file in _files(slug):
            body, connector = file.read_bytes(), _connector(slug, file.name)
            # some answers do not say which number they are about
            told = [result for result in adapter.parse(Reply(200, body), ()).results if result.events]
            numbers = [result.number or "A1" for result in told]
            if not numbers or connector not in providers:
                continue
            try:
                theirs = _asker(sdk, wire, connector, body, numbers)
                has_events = any(details.events for details in theirs()[0])
            except Exception as error:  # noqa: BLE001 - whatever a connector raises is what is counted
                refused[f"{slug}/{file.name}: {type(error).__name__}"] += 1
                continue
            if not has_events:
                refused[f"{slug}/{file.name}: no events"] += 1
                continue
            yield Sample(slug, connector, file.name, _parse(adapter, body), theirs)


def _parse(adapter: Any, body: bytes) -> Callable[[], Any]:
    reply = Reply(200, body)
    return lambda: adapter.parse(reply, ())


# the time


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def run() -> float:
        started = time.process_time()
        for _ in range(PARSES_A_RUN):
            work()
        return (time.process_time() - started) / PARSES_A_RUN * 1e6

    return run


def _costs(samples: list[Sample], rounds: int) -> tuple[list[list[object]], float, int]:
    """A row a carrier and one of the means, the geometric mean of all ratios, and how many samples miss the target."""
    runs: dict[str, Callable[[], float]] = {}
    for place, sample in enumerate(samples):
        runs[f"{place} ours"], runs[f"{place} theirs"] = _timed(sample.ours), _timed(sample.theirs)
    report.interleaved(1, runs)
    values = report.interleaved(rounds, runs)
    ratios = [report.ratio(values, f"{place} ours", f"{place} theirs") for place in range(len(samples))]
    rows: list[list[object]] = []
    for slug in dict.fromkeys(sample.slug for sample in samples):
        mine = [place for place, sample in enumerate(samples) if sample.slug == slug]
        ours, theirs = (sum(median(values[f"{p} {who}"]) for p in mine) / len(mine) for who in ("ours", "theirs"))
        shares = [ratios[place] for place in mine]
        rows.append([slug, len(mine), ours, theirs, geometric_mean(shares), max(shares)])
    ours, theirs = (
        sum(median(values[f"{p} {who}"]) for p in range(len(samples))) / len(samples) for who in ("ours", "theirs")
    )
    rows.append(["all", len(samples), ours, theirs, ours / theirs, max(ratios)])
    return rows, geometric_mean(ratios), sum(ratio > TARGET for ratio in ratios)


# the meanings


def _canonical(words: str) -> set[Status]:
    """Every status that a cell names: what a code means may depend on its text."""
    named = set(re.findall(r"[a-z_]+", words))
    return {status for status in Status if status.value in named} | ({Status.UNKNOWN} if "keep" in named else set())


@cache
def _documented(slug: str) -> Mapping[str, frozenset[Status]]:
    """What the reference says a carrier's codes mean; empty without it."""
    found: defaultdict[str, set[Status]] = defaultdict(set)
    for codes, words in [*_tables(slug), *_rows(slug)]:
        meanings = _canonical(words)
        for code in re.split(r"[,/\s]+", codes.replace("`", "")) if meanings else ():
            found[code.strip().upper()] |= meanings
    return {code: frozenset(meanings) for code, meanings in found.items() if code}


def _tables(slug: str) -> Iterator[tuple[str, str]]:
    """(codes, canonical) of each table of the carrier's page that has such columns."""
    page = REFERENCE / f"{slug}.md"
    header: list[str] = []
    for line in page.read_text(encoding="utf-8").splitlines() if page.exists() else ():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if "canonical" in cells:
            header = cells
        elif not cells:
            header = []
        elif header and len(cells) == len(header) and set(cells[0]) - set("-: "):
            yield cells[0], cells[header.index("canonical")]


def _rows(slug: str) -> Iterator[tuple[str, str]]:
    """(code, canonical) of the carrier's own lists, and of those seen with it."""
    folder = REFERENCE / "codes"
    for file in sorted(folder.glob(f"{slug.replace('-', '_')}_*.csv")) if folder.is_dir() else ():
        for row in csv.DictReader(file.open(encoding="utf-8")):
            code = next(iter(row.values())) or ""
            yield code, row.get("canonical") or ""
    observed = folder / "observed_event_codes.csv"
    for row in csv.DictReader(observed.open(encoding="utf-8")) if observed.exists() else ():
        if row["carrier"] == slug:
            yield row["code"], row["canonical"]


def _same(ours: Status, theirs: Status) -> bool:
    """Whether karrio could not have said it better: it has one word for the way back and for being back."""
    back = {Status.RETURNING, Status.RETURNED}
    return ours is theirs or {ours, theirs} <= back or {ours, theirs} <= {Status.PENDING, Status.UNKNOWN}


def _theirs(word: str | None) -> Status:
    meaning = STATUSES.get(word or "")
    return meaning.status if meaning else Status.UNKNOWN


def _side(slug: str, code: str, ours: Status, theirs: Status) -> str:
    said = _documented(slug).get(code.strip().upper(), frozenset())
    back = said & {Status.RETURNING, Status.RETURNED}
    for_us, for_them = ours in said, theirs in said or (theirs is Status.RETURNING and bool(back))
    if for_us == for_them:
        return "both" if for_us else "silent"
    return "ours" if for_us else "karrio's"


def _paired(result: TrackingResult, details: Any) -> Iterator[tuple[str, str, Status, Status]]:
    """(code, text, ours, karrio's) of the events of one minute, in order."""
    entries = [(at, event) for event in details.events if (at := _time(vars(event)))]
    if len(entries) > 1 and entries[0][0] > entries[-1][0]:
        entries.reverse()
    left: defaultdict[str, list[Any]] = defaultdict(list)
    for at, event in entries:
        left[f"{at:%Y%m%d%H%M}"].append(event)
    for event in result.events:
        same = left[f"{event.at:%Y%m%d%H%M}"]
        if same:
            their = next((each for each in same if str(each.code or "").strip() == event.code), same[0])
            same.remove(their)
            yield event.code, event.description, event.status, _theirs(their.status)


def _compared(samples: list[Sample]) -> tuple[list[list[object]], list[list[object]], Counter[str]]:
    """Rows a carrier, rows a disagreement, and the sums of both."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    differing: Counter[tuple[str, str, str, str, str, str]] = Counter()
    for sample in samples:
        count = counts[sample.slug]
        theirs = {"".join(str(d.tracking_number).upper().split()): d for d in sample.theirs()[0] if d.events}
        for result in sample.ours().results:
            details = theirs.get(result.number) or (next(iter(theirs.values())) if len(theirs) == 1 else None)
            if details is None or not result.events:
                count["parcels left out"] += 1
                continue
            count["parcels"] += 1
            count["parcels differ"] += not _same(result.status, _theirs(details.status))
            count["events left out"] += len(result.events)
            for code, text, mine, their in _paired(result, details):
                count["events"] += 1
                count["events left out"] -= 1
                if not _same(mine, their):
                    side = _side(sample.slug, code, mine, their)
                    count["events differ"] += 1
                    count[side] += 1
                    differing[(sample.slug, code[:12], text[:48], mine, their, side)] += 1
    names = ("parcels", "parcels differ", "events", "events differ", "ours", "karrio's", "both", "silent")
    rows: list[list[object]] = [[slug, *(count[name] for name in names)] for slug, count in counts.items()]
    total: Counter[str] = sum(counts.values(), Counter())
    rows.append(["all", *(total[name] for name in names)])
    return rows, [[*key, times] for key, times in sorted(differing.items())], total


def main() -> None:
    """Measure, or say how to be able to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    # the folder of this file holds a module of the name that is to be imported: this one
    sys.path[:] = [path for path in sys.path if Path(path).resolve() != ROOT / "benchmarks"]
    connectors = sorted({name for names in CONNECTORS.values() for name in names.values()})
    if find_spec("karrio") is None:
        print(HOW % " ".join(f"karrio-{name.replace('_', '-')}" for name in connectors))
        return
    os.environ["KARRIO_LOG_LEVEL"] = "CRITICAL"
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    sdk = importlib.import_module("karrio.sdk")
    helpers: Any = importlib.import_module("karrio.core.utils.helpers")
    wire, refused = Wire(), Counter[str]()
    helpers.urlopen = wire.open
    # a library of karrio's prints what it does not expect; a terminal would be timed, too
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        samples = list(_samples(sdk, wire, refused))
        rows, mean, over = _costs(samples, rounds)
        compared, listed, total = _compared(samples)
    columns = ["carrier", "samples", "µs ours", "µs karrio", "ours / karrio", "worst sample"]
    report.show("karrio-parsing", columns, rows, target=TARGET, mean=mean, over=over, unread=dict(refused))
    share = rows[-1][4]
    print(f"A parse takes {share:.2f} of karrio's time (target {TARGET}) over {len(samples)} samples.")
    print(f"The geometric mean of the samples' own ratios is {mean:.2f}; {over} samples are above {TARGET}.")
    print(f"{sum(refused.values())} samples that we read and karrio does not: {', '.join(sorted(refused)) or 'none'}.")
    columns = ["carrier", "parcels", "differ", "events", "events differ", "for us", "for karrio", "for both", "silent"]
    report.show("karrio-statuses", columns, compared, **total)
    columns = ["carrier", "code", "text", "ours", "karrio's", "the reference is for", "times"]
    report.show("karrio-disagreements", columns, listed, reference=REFERENCE.is_dir())


if __name__ == "__main__":
    main()
