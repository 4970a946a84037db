"""`waypost recommend`: files in, answers, figures and a page out; a store's own model and its page's words."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy.orm import Session

from recommendations.evaluation import Task
from tests.cli.conftest import Waypost
from tests.factories import NOON, make_product
from tests.suggestions.shop import buy
from tracking.models import OrderState, Store
from tracking.models.order import find_order_by_number
from tracking.platform.errors import NotFound

FIRST = datetime(2026, 1, 1, 10, tzinfo=UTC)
PAIRS = {"tea": "pot", "pen": "ink", "ski": "wax", "bed": "rug"}
Run = Callable[..., Result]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A shop of 120 orders by 30 customers: each has their pair of things that go together, and some add a bag."""
    orders, lines = ["order_id,customer_id,ts"], ["order_id,product_id,qty,price"]
    names = list(PAIRS)
    for number in range(120):
        at = FIRST + timedelta(hours=7 * number)
        orders.append(f"{number:04},customer {number % 30},{at:%Y-%m-%dT%H:%M}")
        product = names[number % 30 % 4]
        lines += [f"{number:04},{product},1,2.50", f"{number:04},{PAIRS[product]},1,1.00"]
        if number % 7 == 0:
            lines.append(f"{number:04},ถุง ผ้า,1,1.00")
    titles = ["product_id,title", *(f"{name},The {name}" for pair in PAIRS.items() for name in pair), "ถุง ผ้า,ถุงผ้า"]
    for name, rows in (("orders", orders), ("lines", lines), ("products", titles)):
        (tmp_path / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    cut_at = 96
    loo = ["order_id,hidden_product_id"]
    loo += [f"{number:04},{PAIRS[names[number % 30 % 4]]}" for number in range(cut_at, 120)]
    (tmp_path / "loo.csv").write_text("\n".join(loo) + "\n", encoding="utf-8")
    following = ["order_id,next_order_id", *(f"{number - 30:04},{number:04}" for number in range(cut_at, 120))]
    (tmp_path / "next.csv").write_text("\n".join(following) + "\n", encoding="utf-8")
    return tmp_path


CUT = f"{FIRST + timedelta(hours=7 * 96):%Y-%m-%d %H:%M}"


@pytest.fixture
def run(waypost: Waypost, files: Path) -> Run:
    """Runs a command on the files."""

    def call(command: str, *arguments: str | Path) -> Result:
        given = [part for name in ("orders", "lines", "products") for part in (f"--{name}", str(files / f"{name}.csv"))]
        return waypost("recommend", command, *given, *map(str, arguments))

    return call


def answers(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_batch_answers_every_case_in_its_place(run: Run, files: Path) -> None:
    out = files / "answers.jsonl"
    done = run("batch", "--cut", CUT, "--task", "loo", "--cases", files / "loo.csv", "--out", out, "--k", "3")
    assert done.exit_code == 0, done.stderr
    told = answers(out)
    assert [row["case"] for row in told] == list(range(24))
    assert all(set(row) == {"case", "products"} and len(row["products"]) <= 3 for row in told)
    hidden = [line.split(",")[1] for line in (files / "loo.csv").read_text(encoding="utf-8").splitlines()[1:]]
    assert sum(row["products"][0] == product for row, product in zip(told, hidden, strict=True)) > 20


def test_batch_never_answers_what_the_shopper_has_unless_anything_goes(run: Run, files: Path) -> None:
    bought: dict[str, set[str]] = {}
    for line in (files / "lines.csv").read_text(encoding="utf-8").splitlines()[1:]:
        order, product, *_ = line.split(",")
        bought.setdefault(order, set()).add(product)
    cases = (files / "next.csv").read_text(encoding="utf-8").splitlines()[1:]
    for task in ("next-new", "next-any"):
        out = files / f"{task}.jsonl"
        done = run("batch", "--cut", CUT, "--task", task, "--cases", files / "next.csv", "--out", out)
        assert done.exit_code == 0, done.stderr
        for case, row in zip(cases, answers(out), strict=True):
            number = int(case.split(",")[0])
            has = set().union(*(bought[f"{earlier:04}"] for earlier in range(number, -1, -30)))
            assert len(row["products"]) == len(set(row["products"]))
            if task == "next-new":
                assert not has.intersection(row["products"])


def test_nothing_after_the_cut_is_learnt(run: Run, files: Path) -> None:
    def answered(name: str) -> str:
        out = files / name
        assert run("batch", "--cut", CUT, "--task", "loo", "--cases", files / "loo.csv", "--out", out).exit_code == 0
        return out.read_text(encoding="utf-8")

    before = answered("before.jsonl")
    with (files / "orders.csv").open("a") as orders, (files / "lines.csv").open("a") as lines:
        for number in range(200):
            orders.write(f"late {number},somebody {number},2027-01-01T00:00\n")
            lines.write(f"late {number},tea,1,1\nlate {number},wax,1,1\n")
    assert answered("after.jsonl") == before


def test_a_bad_case_is_named_has_no_products_and_exits_1(run: Run, files: Path) -> None:
    (files / "loo.csv").write_text("order_id,hidden_product_id\n9999,pot\n0000,pot\n", encoding="utf-8")
    out = files / "answers.jsonl"
    done = run("batch", "--cut", CUT, "--task", "loo", "--cases", files / "loo.csv", "--out", out, "--json")
    assert done.exit_code == 1
    assert "loo.csv, line 2: there is no order '9999'" in done.stderr
    assert [len(row["products"]) > 0 for row in answers(out)] == [False, True]
    assert json.loads(done.stdout)["not_read"] == 1


def test_bad_rows_are_told_and_cost_no_other(run: Run, files: Path) -> None:
    with (files / "orders.csv").open("a") as orders:
        orders.write("bad,customer 1,tomorrow\n")
    done = run("fit", "--out", files / "shop.wpr", "--json")
    assert done.exit_code == 0
    assert "orders.csv, line 122, ts: 'tomorrow' is no time" in done.stderr
    assert "orders.csv: 1 of 121 rows were left out." in done.stderr
    told = json.loads(done.stdout)
    assert (told["orders"], told["left_out"]) == (120, {"orders.csv": 1})


def test_a_file_without_its_columns_is_one_sentence(run: Run, files: Path) -> None:
    (files / "lines.csv").write_text("order,product\n1,2\n", encoding="utf-8")
    done = run("fit", "--out", files / "shop.wpr")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: lines.csv has no column order_id and no product_id.")
    assert not (files / "shop.wpr").exists()


def test_a_place_that_cannot_be_written_is_one_sentence(run: Run, files: Path) -> None:
    done = run("batch", "--cut", CUT, "--task", "loo", "--cases", files / "loo.csv", "--out", files / "no" / "f.jsonl")
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["batch", "--cut", "soon", "--task", "loo", "--cases", "{}/loo.csv", "--out", "x"], "'soon' is no time"),
        (["batch", "--cut", "2026-01-01", "--task", "next", "--cases", "{}/loo.csv", "--out", "x"], "is not one of"),
        (["evaluate", "--task", "loo", "--cases", "{}/loo.csv", "--cases", "{}/next.csv"], "one --cases for each"),
        (["evaluate", "--out", "x"], "add --task"),
        (["evaluate", "--sizes", "50,many"], "numbers of orders"),
        (["fit", "--store", "fell"], "takes no files"),
        (["fit"], "Give --store"),
        (["for", "0001"], "Give ORDER and --store"),
    ],
)
def test_wrong_use_exits_2(run: Run, files: Path, arguments: list[str], told: str) -> None:
    done = run(*(argument.format(files) for argument in arguments))
    assert done.exit_code == 2
    assert told in done.stderr


def test_an_empty_shop_learns_nothing_and_says_so(run: Run, files: Path) -> None:
    (files / "orders.csv").write_text("order_id,customer_id,ts\n", encoding="utf-8")
    (files / "lines.csv").write_text("order_id,product_id\n", encoding="utf-8")
    done = run("fit", "--out", files / "shop.wpr")
    assert done.exit_code == 0, done.stderr
    assert "no order to learn from" in done.stderr
    assert run("evaluate").exit_code == 1


def test_a_model_of_files_suggests_with_reasons(run: Run, files: Path) -> None:
    assert run("fit", "--out", files / "shop.wpr").exit_code == 0
    done = run("for", "--model", files / "shop.wpr", "--basket", "tea", "--json")
    assert done.exit_code == 0, done.stderr
    first = json.loads(done.stdout)["suggestions"][0]
    assert (first["product"], first["title"]) == ("pot", "The pot")
    assert first["people"] > 0
    assert "The tea" in first["reason"]


def test_reasons_speak_the_wanted_language(run: Run, files: Path) -> None:
    run("fit", "--out", files / "shop.wpr")
    said = {
        language: json.loads(
            run("for", "--model", files / "shop.wpr", "--basket", "tea", "--language", language, "--json").stdout
        )["suggestions"][0]["reason"]
        for language in ("en", "fr", "th")
    }
    assert len(set(said.values())) == 3
    assert re.search("[ก-๛]", said["th"])


def test_an_order_of_the_files_is_known_with_its_customers_others(run: Run, files: Path) -> None:
    run("fit", "--out", files / "shop.wpr")
    done = run("for", "0000", "--model", files / "shop.wpr", "--limit", "9", "--json")
    told = json.loads(done.stdout)
    assert told["order"] == "0000"
    # the customer's other orders hold the same
    has = {"tea", "pot", "ถุง ผ้า"}
    assert not has.intersection(row["product"] for row in told["suggestions"])
    assert run("for", "nobody", "--model", files / "shop.wpr").exit_code == 1


def test_a_damaged_model_is_one_sentence(run: Run, files: Path) -> None:
    run("fit", "--out", files / "shop.wpr")
    whole = (files / "shop.wpr").read_bytes()
    (files / "shop.wpr").write_bytes(whole[:-10] + b"0123456789")
    done = run("for", "--model", files / "shop.wpr", "--basket", "tea")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: The model cannot be used:")


def test_evaluate_tells_the_protocols_figures_beside_simple_rules(run: Run, files: Path) -> None:
    cases = [
        "--task",
        "loo",
        "--cases",
        str(files / "loo.csv"),
        "--task",
        "next-any",
        "--cases",
        str(files / "next.csv"),
    ]
    done = run("evaluate", "--cut", CUT, *cases, "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["orders"], told["learnt_from"], told["products"]) == (120, 96, 9)
    loo, following = told["tasks"]["loo"], told["tasks"]["next-any"]
    assert (loo["cases"], loo["small_cases"], following["cases"]) == (24, 24, 24)
    assert loo["rankers"]["item-item cosine"]["hit_rate_at_4"] == 1.0
    assert {"popularity", "popularity, last 30 days", "item-item cosine"} < set(loo["rankers"])
    assert "own products" in following["rankers"]
    assert "own products" not in loo["rankers"]
    low, high = loo["rankers"]["model"]["hit_rate_interval"]
    assert low <= loo["rankers"]["model"]["hit_rate_at_4"] <= high
    assert set(loo["compared"]["popularity"]) == {"hit_rate_at_4", "ndcg_at_4", "recall_at_10"}


def test_evaluate_makes_its_own_cases_and_tables(run: Run) -> None:
    done = run("evaluate", "--sizes", "20,60")
    assert done.exit_code == 0, done.stderr
    for words in ("loo: 24 cases", "next-new:", "next-any: 24 cases", "own products", "if the shop had so many orders"):
        assert words in done.stdout
    assert re.search(r"^ +20 +[01]\.", done.stdout, re.MULTILINE)


def test_evaluate_writes_what_batch_writes(run: Run, files: Path) -> None:
    given = ["--cut", CUT, "--task", "loo", "--cases", str(files / "loo.csv")]
    assert run("evaluate", *given, "--out", files / "one.jsonl").exit_code == 0
    assert run("batch", *given, "--out", files / "two.jsonl").exit_code == 0
    assert (files / "one.jsonl").read_text() == (files / "two.jsonl").read_text()


class Page(HTMLParser):
    """What a page asks for from elsewhere, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.asks: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.asks += [f"{tag} {name}" for name, _ in attrs if name in {"src", "href", "srcset", "action", "data"}]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "How this was measured"), ("fr", "Comment cela a été mesuré"), ("th", "วัดอย่างไร")],
)
def test_the_page_for_merchants_stands_alone(run: Run, files: Path, language: str, words: str) -> None:
    report = files / "report.html"
    done = run("evaluate", "--sizes", "20,60", "--report", report, "--language", language)
    assert done.exit_code == 0, done.stderr
    text = report.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert words in text
    assert f'<html lang="{language}">' in text
    assert page.asks == []
    assert "script" not in page.tags
    assert "url(" not in text
    assert page.tags.count("figure") == len(Task)


def test_titles_cannot_write_into_the_page(run: Run, files: Path) -> None:
    lines = (files / "lines.csv").read_text(encoding="utf-8").replace("tea", "<script>alert(1)</script>")
    (files / "lines.csv").write_text(lines, encoding="utf-8")
    assert run("evaluate", "--task", "loo", "--report", files / "report.html", "--sizes", "20").exit_code == 0
    assert "<script" not in (files / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def sold(session: Session, store: Store) -> Store:
    """A store where six people bought a mug with a lamp, and one has just bought a mug."""
    mug, lamp = (make_product(session, store, ref=ref, title=ref.title()) for ref in ("mug", "lamp"))
    for number in range(6):
        buy(session, store, None, mug, lamp, number=f"{number}", placed_at=NOON - timedelta(days=9))
    buy(session, store, None, mug, number="77")
    session.commit()
    return store


def test_a_store_learns_and_tells_what_its_page_shows(waypost: Waypost, sold: Store) -> None:
    early = waypost("recommend", "for", "77", "--store", "fell")
    assert "waypost recommend fit --store fell" in early.stdout
    fitted = waypost("recommend", "fit", "--store", "fell", "--json")
    assert fitted.exit_code == 0, fitted.stderr
    told = json.loads(fitted.stdout)
    assert (told["store"], told["orders"], told["bytes"] > 0) == ("fell", 7, True)
    done = waypost("recommend", "for", "77", "--store", "fell", "--json")
    (row,) = json.loads(done.stdout)["suggestions"]
    assert (row["product"], row["because_of"], row["people"]) == ("lamp", "Mug", 6)
    assert "Lamp\n    Bought with your Mug by 6 people" in waypost("recommend", "for", "77", "--store", "fell").stdout


def test_an_order_in_trouble_is_told_to_be_silent(waypost: Waypost, sold: Store, session: Session) -> None:
    waypost("recommend", "fit", "--store", "fell")
    order = find_order_by_number(session, sold.id, "77")
    assert order is not None
    order.state = OrderState.CANCELLING
    session.commit()
    done = waypost("recommend", "for", "77", "--store", "fell", "--json")
    assert json.loads(done.stdout)["suggestions"] == []
    assert "being cancelled" in json.loads(done.stdout)["why_nothing"]


@pytest.mark.parametrize("strategy", ["together", "goes_with"])
def test_a_store_is_asked_for_what_completes_an_order(waypost: Waypost, sold: Store, strategy: str) -> None:
    waypost("recommend", "fit", "--store", "fell")
    done = waypost("recommend", "for", "77", "--store", "fell", "--strategy", strategy, "--json")
    assert done.exit_code == 0, done.stderr
    assert [row["product"] for row in json.loads(done.stdout)["suggestions"]] == ["lamp"]


def test_unknown_stores_and_orders_are_told(waypost: Waypost, sold: Store) -> None:
    assert isinstance(waypost("recommend", "fit", "--store", "none").exception, NotFound)
    assert isinstance(waypost("recommend", "for", "none", "--store", "fell").exception, NotFound)


@pytest.mark.parametrize("cut", ["2025-01-01", "2030-01-01"])
def test_a_cut_outside_the_history_has_figures_of_nothing(run: Run, files: Path, cut: str) -> None:
    done = run("evaluate", "--cut", cut, "--json", "--report", files / "report.html")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["learnt_from"] == (0 if cut < "2026" else 120)
    assert run("evaluate", "--cut", cut).exit_code == 0
    page = (files / "report.html").read_text(encoding="utf-8")
    assert ("not enough orders" in page) == (cut > "2026")


def test_a_shop_of_one_order_is_judged_without_a_fault(run: Run, files: Path) -> None:
    (files / "orders.csv").write_text("order_id,customer_id,ts\n0000,ann,2026-01-01\n", encoding="utf-8")
    (files / "lines.csv").write_text("order_id,product_id\n0000,tea\n", encoding="utf-8")
    assert run("evaluate", "--report", files / "report.html").exit_code == 0


def test_orders_of_the_future_count_as_placed_now(run: Run, files: Path) -> None:
    with (files / "orders.csv").open("a") as orders, (files / "lines.csv").open("a") as lines:
        orders.write("late,ann,2999-01-01\n")
        lines.write("late,tea,1,1\n")
    done = run("fit", "--out", files / "shop.wpr")
    assert done.exit_code == 0
    assert "1 orders have a time in the future" in done.stderr
    told = json.loads(run("fit", "--out", files / "shop.wpr", "--json").stdout)
    assert told["as_of"] < "2998"
