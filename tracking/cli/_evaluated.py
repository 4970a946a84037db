"""`waypost recommend evaluate`: the protocol's figures, beside simple rules in the same run."""

import json
import resource
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from recommendations import Model, read_model, write_model
from recommendations.evaluation import FIGURES, HIDING, SHOWN, Case, Measured, Task, bootstrap, cases_after, ranked_by
from recommendations.history import History
from recommendations.history_files import open_text, read_cases
from recommendations.trial import OURS, OfSize, Verdict, by_size, judge, rules, sizes_of
from tracking.cli import _evaluation_report
from tracking.cli._evaluation import Evaluation
from tracking.cli._shop_files import (
    AS_JSON,
    FILE,
    TASK,
    Time,
    Work,
    file_options,
    learn,
    read_files,
    replace,
    said,
    unreadable,
    writing,
)
from tracking.platform import i18n

TRAINED = 0.8
OUT = click.Path(dir_okay=False, path_type=Path)
NAMES = {"hit": "hit_rate_at_4", "ndcg": "ndcg_at_4", "recall": "recall_at_10"}


class Sizes(click.ParamType[tuple[int, ...]]):
    """Numbers of orders: 50,200,1000."""

    name = "sizes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Read them. Wrong use if they are none."""
        if isinstance(value, tuple):
            return value
        try:
            sizes = tuple(int(part) for part in value.split(","))
        except ValueError:
            sizes = ()
        if not sizes or min(sizes) < 2:
            self.fail("write numbers of orders, 2 or more, with commas between them: 50,200,1000", param, ctx)
        return sizes


@click.command("evaluate")
@file_options(required=True)
@click.option("--cut", type=Time(), help="Learn from the orders before this time. Without it: the first 80 %.")
@click.option(
    "--task",
    "tasks",
    type=TASK,
    multiple=True,
    help="What is asked. May be repeated; all.",
)
@click.option(
    "--cases",
    "cases_paths",
    type=FILE,
    multiple=True,
    help="CSV of the cases, one for each --task. Without it: all that the orders after the cut give.",
)
@click.option("--k", type=click.IntRange(1, 1000), default=10, help="How many products a case in --out has.")
@click.option("--out", type=OUT, help="Write the answers as batch does; one task.")
@click.option("--report", type=OUT, help="Write a page for merchants, HTML.")
@click.option("--language", type=click.Choice(i18n.available()), default="en", help="Of the page.")
@click.option("--sizes", type=Sizes(), help="Also measure as if the shop had so many orders: 50,200,1000.")
@AS_JSON
def evaluate(
    *,
    orders: Path,
    lines: Path,
    products: Path | None,
    cut: float | None,
    tasks: tuple[str, ...],
    cases_paths: tuple[Path, ...],
    k: int,
    out: Path | None,
    report: Path | None,
    language: str,
    sizes: tuple[int, ...] | None,
    as_json: bool,
) -> None:
    """Learn from the orders before --cut, ask about later ones, and tell how often the answer was right.

    \b
    loo        one product of an order is hidden, the others are shown
    loo-known  the same, and what its customer had bought before is known
    next-new   what a customer buys next that they never bought before
    next-any   what a customer buys next

    HitRate@4 is the share of cases in which one of the first four products was right, with the interval of a bootstrap;
    NDCG@4 counts better places for more; Recall@10 is the share of what was right found in the first ten; coverage@4
    the share of the catalogue shown at all.

    \b
    Example:
      waypost recommend evaluate --orders o.csv.gz --lines l.csv.gz --products p.csv.gz --report how-good.html
    """
    chosen = [Task(task) for task in tasks] or list(Task)
    if cases_paths and len(cases_paths) != len(tasks):
        raise click.UsageError("Give one --cases for each --task, in the same order.")
    if out is not None and len(chosen) != 1:
        raise click.UsageError("--out writes the answers of one task: add --task.")
    work = Work(quiet=as_json)
    history, found = read_files(work, orders, lines, products)
    if not len(history):
        raise click.ClickException("There is no order to judge by.")
    cut = history.time_at(TRAINED) if cut is None else cut
    paths = cases_paths or (None,) * len(chosen)
    read = [_cases(work, history, cut, task, path) for task, path in zip(chosen, paths, strict=True)]
    past, model = learn(work, history, cut)
    size, model = _as_served(model)
    asked = zip(chosen, read, strict=True)
    verdicts = [_judge(work, (past, cut), model, task, cases) for task, cases in asked]
    if out is not None:
        with writing(out):
            replace(out, _answers(model, read[0], k))
    curves = _curves(work, past, cut, verdicts, sizes) if report is not None or sizes else {}
    result = Evaluation(history, past, cut, model, size, verdicts, curves, found, work.seconds)
    if report is not None:
        with writing(report):
            replace(report, [_evaluation_report.render(result, language)])
    click.echo(json.dumps(_document(result), ensure_ascii=False) if as_json else _words(result, report), nl=as_json)


def _cases(work: Work, history: History, cut: float, task: Task, path: Path | None) -> list[Case | None]:
    if path is None:
        return list(cases_after(history, task, cut))
    with unreadable(), open_text(path) as text:
        cases, bad = read_cases(text, task, history, name=path.name)
    work.report(bad)
    return cases


def _as_served(model: Model) -> tuple[int, Model]:
    """The model as pages have it: written and mapped. With its size in bytes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.wpr"
        write_model(model, path)
        return path.stat().st_size, read_model(path)


def _judge(
    work: Work, learnt: tuple[History, float], model: Model, task: Task, cases: Iterable[Case | None]
) -> Verdict:
    past, cut = learnt
    with work.step("rules", "Counting for the simple rules"):
        rankers = {OURS: ranked_by(model), **rules(past, cut, task)}

    def watch(name: str, asked: Sequence[Case]) -> Iterable[Case]:
        return work.each("ask", f"{task}: {name}", asked, len(asked))

    return judge(rankers, task, [case for case in cases if case is not None], len(past.products), watch)


def _answers(model: Model, cases: Iterable[Case | None], k: int) -> Iterable[str]:
    ranker = ranked_by(model)
    for number, case in enumerate(cases):
        ranked = ranker(case.request(k)) if case is not None else []
        yield json.dumps({"case": number, "products": ranked}, ensure_ascii=False) + "\n"


def _curves(
    work: Work, past: History, cut: float, verdicts: Sequence[Verdict], sizes: tuple[int, ...] | None
) -> dict[Task, list[OfSize]]:
    cases = {verdict.task: verdict.cases for verdict in verdicts if verdict.cases}
    if not cases or not len(past):
        return {}
    wanted = sizes_of(past, sizes) if sizes else sizes_of(past)
    found = list(work.each("sizes", "As a smaller shop", by_size(past, cut, cases, wanted), len(wanted)))
    return {task: [each[task] for each in found] for task in cases}


def _figures(measured: Measured, small: Any = None) -> dict[str, float]:
    return {NAMES[figure]: value for figure, value in measured.means(small).items()}


def _document(result: Evaluation) -> dict[str, Any]:
    return {
        "cut": said(result.cut),
        "orders": len(result.history),
        "learnt_from": len(result.past),
        "products": len(result.past.products),
        "model_bytes": result.model_bytes,
        "peak_memory_mb": round(_peak_mb(), 1),
        "seconds": {name: round(spent, 3) for name, spent in result.seconds.items()},
        "tasks": {verdict.task.value: _of_task(verdict) for verdict in result.verdicts},
        "by_size": {task.value: [asdict(point) for point in points] for task, points in result.sizes.items()},
        "left_out": result.found.left_out,
    }


def _of_task(verdict: Verdict) -> dict[str, Any]:
    rankers: dict[str, dict[str, Any]] = {}
    for name, measured in verdict.answers.items():
        interval = bootstrap(measured.hit)
        rankers[name] = _figures(measured) | {
            "hit_rate_interval": [interval.low, interval.high],
            "coverage_at_4": measured.coverage,
            "ms_median": float(np.median(measured.ms)) if len(measured.ms) else None,
            "ms_p99": float(np.quantile(measured.ms, 0.99)) if len(measured.ms) else None,
        }
        if verdict.task in HIDING:
            rankers[name]["small"] = _figures(measured, verdict.small)
    compared = {
        name: {figure: asdict(verdict.compared(name, key)) for key, figure in NAMES.items()}
        for name in verdict.answers
        if name != OURS
    }
    told = {"cases": len(verdict.cases), "without_target": verdict.no_target, "rankers": rankers, "compared": compared}
    return told | ({"small_cases": int(verdict.small.sum())} if verdict.task in HIDING else {})


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / (1024 if sys.platform == "darwin" else 1)


def _words(result: Evaluation, report: Path | None) -> str:
    console = Console(width=max(100, Console().width), highlight=False)
    with console.capture() as text:
        for verdict in result.verdicts:
            console.print(_table(verdict))
            for line in _beside(verdict):
                console.print(line)
            console.print()
        for task, points in result.sizes.items():
            console.print(_size_table(task, points))
            console.print()
        spent = result.seconds
        console.print(
            f"Learnt from {len(result.past):,} orders before {said(result.cut)} in {spent['fit']:.1f} s; the model has "
            f"{result.model_bytes / 1e6:.1f} MB; peak memory {_peak_mb():,.0f} MB.",
            soft_wrap=True,
        )
        if report is not None:
            console.print(f"The page for merchants: {report}", soft_wrap=True)
    return text.get()


def _table(verdict: Verdict) -> Table:
    left_out = f", {verdict.no_target:,} without anything new left out" if verdict.no_target else ""
    table = Table(title=f"{verdict.task}: {len(verdict.cases):,} cases{left_out}", title_justify="left", box=None)
    table.add_column("")
    for column in (f"HitRate@{SHOWN}", "95 %", f"NDCG@{SHOWN}", "Recall@10", f"coverage@{SHOWN}", "ms", "ms p99"):
        table.add_column(column, justify="right")
    for name, measured in verdict.answers.items():
        interval = bootstrap(measured.hit)
        hit, gain, recall = (f"{measured.means()[figure]:.3f}" for figure in FIGURES)
        median, slow = np.quantile(measured.ms, [0.5, 0.99]) if len(measured.ms) else (0.0, 0.0)
        cells = hit, f"{interval.low:.3f}–{interval.high:.3f}", gain, recall, f"{measured.coverage:.3f}"
        table.add_row(name, *cells, f"{median:.2f}", f"{slow:.2f}", style="bold" if name == OURS else None)
    if verdict.task in HIDING and verdict.small.any():
        hit, gain, recall = (f"{verdict.answers[OURS].means(verdict.small)[figure]:.3f}" for figure in FIGURES)
        table.add_row(f"model, {int(verdict.small.sum()):,} small baskets", hit, "", gain, recall)
    return table


def _beside(verdict: Verdict) -> Iterable[str]:
    if not verdict.cases:
        return
    for name in verdict.answers:
        if name != OURS:
            told = verdict.compared(name)
            sure = "" if told.is_sure else "; may be chance"
            yield (
                f"  HitRate@{SHOWN} less that of {name}: {told.difference:+.3f} "
                f"({told.low:+.3f} to {told.high:+.3f}, p = {told.p:.3f}{sure})"
            )


def _size_table(task: Task, points: Sequence[OfSize]) -> Table:
    table = Table(title=f"{task}: HitRate@{SHOWN} if the shop had so many orders", title_justify="left", box=None)
    table.add_column("orders", justify="right")
    for name in points[0].hits:
        table.add_column(name, justify="right")
    for point in points:
        table.add_row(f"{point.orders:,}", *(f"{value:.3f}" for value in point.hits.values()))
    return table
