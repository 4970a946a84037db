"""`waypost recommend`: the recommendations on their own, from a store or from files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import sessionmaker

from recommendations import ArtefactError, Strategy, read_model, write_model
from recommendations.evaluation import K, Task, ranked_by
from recommendations.history_files import open_text, read_cases
from tracking.cli._evaluated import evaluate
from tracking.cli._opened import get_store, opened
from tracking.cli._shop_files import (
    AS_JSON,
    FILE,
    TASK,
    Time,
    Work,
    file_options,
    learn,
    read_files,
    read_shelf,
    replace,
    said,
    unreadable,
    writing,
)
from tracking.cli._suggested import for_basket, for_order_of
from tracking.platform import i18n
from tracking.platform.db import db
from tracking.platform.web import settings
from tracking.suggestions import fit_now

STRATEGY = click.Choice([each.value for each in Strategy])
OUT = click.Path(dir_okay=False, path_type=Path)


@click.group()
def recommend() -> None:
    """What to show beside an order: learn, ask, and see how good it is.

    Works on a store (--store) or on files of any shop, plain or gzipped CSV; docs/recommendations.md tells their
    columns. Bad rows are named with line, column and reason, and cost no other row.

    Example: waypost recommend evaluate --orders o.csv --lines l.csv --products p.csv
    """


@recommend.command("fit")
@click.option("--store", "slug", help="Learn from this store's orders and put the model in use.")
@file_options(required=False)
@click.option("--cut", type=Time(), help="Learn from the orders before this time only.")
@click.option("--out", type=OUT, help="Where the model of files is written.")
@AS_JSON
def fit_command(
    *,
    slug: str | None,
    orders: Path | None,
    lines: Path | None,
    products: Path | None,
    cut: float | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Learn from a store's orders, or from files.

    The worker does this by itself for every store; this is for those who do not want to wait, and for files.

    \b
    Examples:
      waypost recommend fit --store fell-and-ridge
      waypost recommend fit --orders o.csv --lines l.csv --products p.csv --out shop.wpr
    """
    work = Work(quiet=as_json)
    if slug is not None:
        if orders or lines or products or cut is not None or out:
            raise click.UsageError("--store learns from the store's rows: it takes no files, no --cut and no --out.")
        told = _fit_store(work, slug)
    elif orders is None or lines is None or out is None:
        raise click.UsageError("Give --store, or --orders, --lines and --out.")
    else:
        history, found = read_files(work, orders, lines, products)
        past, model = learn(work, history, cut)
        with work.step("write", "Writing"), writing(out):
            write_model(model, out)
        told = {"orders": model.orders, "products": len(past.products), "artefact": str(out)}
        told |= {"bytes": out.stat().st_size, "as_of": said(model.as_of), "left_out": found.left_out}
    told["seconds"] = {name: round(spent, 3) for name, spent in work.seconds.items()}
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else _fitted(told))


def _fit_store(work: Work, slug: str) -> dict[str, Any]:
    with opened():
        store_id = get_store(slug).id
        # learnt from in short transactions of its own: no page waits for it
        with work.step("fit", "Learning"):
            db.session.remove()
            report = fit_now(sessionmaker(db.engine, expire_on_commit=False), store_id, settings().state_dir)
        told = {"store": slug, "orders": report.orders, "products": report.products, "artefact": str(report.path)}
        return {**told, "bytes": report.path.stat().st_size}


def _fitted(told: dict[str, Any]) -> str:
    spent = sum(told["seconds"].values())
    return (
        f"Learnt from {told['orders']:,} orders with {told['products']:,} products in {spent:.1f} s. "
        f"The model has {told['bytes'] / 1e6:.1f} MB: {told['artefact']}"
    )


@recommend.command("for")
@click.argument("order", required=False)
@click.option("--store", "slug", help="Whose order it is; ORDER is its number.")
@click.option("--model", "model_path", type=FILE, help="A model written by fit; ORDER is one of --orders.")
@file_options(required=False)
@click.option("--basket", multiple=True, metavar="PRODUCT_ID", help="In place of ORDER: a product. May be repeated.")
@click.option(
    "--strategy",
    type=STRATEGY,
    default="goes_with",
    help="What is asked for; together: what completes an order that is being put together.",
)
@click.option("--limit", type=click.IntRange(1, 50), default=4, show_default=True)
@click.option("--language", type=click.Choice(i18n.available()), default="en", help="Of the reasons.")
@AS_JSON
def for_command(
    *,
    order: str | None,
    slug: str | None,
    model_path: Path | None,
    orders: Path | None,
    lines: Path | None,
    products: Path | None,
    basket: tuple[str, ...],
    strategy: str,
    limit: int,
    language: str,
    as_json: bool,
) -> None:
    """What to suggest beside an ORDER, each product with its reason.

    With --store this is what the order's page shows: nothing while the order is in trouble.

    \b
    Examples:
      waypost recommend for 10482 --store fell-and-ridge
      waypost recommend for 536365 --model shop.wpr --orders o.csv --lines l.csv --products p.csv
      waypost recommend for --model shop.wpr --products p.csv --basket 85123A --basket 71053
    """
    if slug is not None and order is not None and model_path is None:
        answer = for_order_of(slug, order, Strategy(strategy), limit=limit, language=language)
    elif model_path is None or slug is not None or (order is None) == (not basket):
        raise click.UsageError("Give ORDER and --store; or --model with --basket, or with ORDER, --orders and --lines.")
    else:
        work = Work(quiet=as_json)
        if orders is not None and lines is not None:
            history, _ = read_files(work, orders, lines, products)
        elif order is None:
            history = read_shelf(work, products)
        else:
            raise click.UsageError("To find ORDER, give --orders and --lines; or name its products with --basket.")
        try:
            model = read_model(model_path)
        except ArtefactError as error:
            raise click.ClickException(f"The model cannot be used: {error}.") from None
        answer = for_basket(model, history, order or basket, Strategy(strategy), limit=limit, language=language)
    click.echo(json.dumps(answer.as_json(), ensure_ascii=False) if as_json else answer.as_text())


@recommend.command("batch")
@file_options(required=True)
@click.option("--cut", type=Time(), required=True, help="Learn from the orders before this time only.")
@click.option(
    "--task",
    type=TASK,
    required=True,
    help="What is asked; see recommend evaluate.",
)
@click.option(
    "--cases",
    "cases_path",
    type=FILE,
    required=True,
    help="CSV: order_id, and hidden_product_id (loo) or next_order_id (the others).",
)
@click.option("--out", type=OUT, required=True, help="Where the answers are written.")
@click.option("--k", type=click.IntRange(1, 1000), default=K, show_default=True, help="How many products a case.")
@AS_JSON
def batch(
    *,
    orders: Path,
    lines: Path,
    products: Path | None,
    cut: float,
    task: str,
    cases_path: Path,
    out: Path,
    k: int,
    as_json: bool,
) -> None:
    """Learn from the orders before --cut and answer every case, a line of JSON each, in their order.

    A line is {"case": 0, "products": ["21041", …]}, best first. Exit 1 if a case could not be read: it is named, and
    its line holds no products.

    \b
    Example:
      waypost recommend batch --orders o.csv.gz --lines l.csv.gz --products p.csv.gz --cut 2026-10-26T13:27 \\
        --task next-new --cases c.csv.gz --out answers.jsonl
    """
    work = Work(quiet=as_json)
    history, found = read_files(work, orders, lines, products)
    with unreadable(), open_text(cases_path) as text:
        cases, bad = read_cases(text, Task(task), history, name=cases_path.name)
    work.report(bad)
    past, model = learn(work, history, cut)
    ranker = ranked_by(model)

    def answers() -> Iterator[str]:
        for number, case in enumerate(work.each("ask", "Answering", cases, len(cases))):
            ranked = ranker(case.request(k)) if case is not None else []
            yield json.dumps({"case": number, "products": ranked}, ensure_ascii=False) + "\n"

    with writing(out):
        replace(out, answers())
    not_read = sum(case is None for case in cases)
    told = {"task": task, "cases": len(cases), "not_read": not_read, "orders": len(past), "out": str(out)}
    told |= {"left_out": found.left_out, "seconds": {name: round(spent, 3) for name, spent in work.seconds.items()}}
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else _answered(told, work.seconds))
    if not_read:
        raise SystemExit(1)


def _answered(told: dict[str, Any], spent: dict[str, float]) -> str:
    return (
        f"Read in {spent['read']:.1f} s, learnt from {told['orders']:,} orders in {spent['fit']:.1f} s, "
        f"answered {told['cases'] - told['not_read']:,} of {told['cases']:,} cases in {spent['ask']:.1f} s. "
        f"The answers: {told['out']}"
    )


recommend.add_command(evaluate)
