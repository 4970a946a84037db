"""The catalogue over REST."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.api.conftest import Caller
from tracking.models import Audit, ModelFit, Order, OrderLine, Product
from tracking.platform import clock

PACK = {
    "ref": "P/1",
    "title": "Tarn daypack",
    "price": "89",
    "stock": 3,
    "attributes": {"colour": "moss", "litres": 20},
}


def test_product_is_put_by_its_ref(shop: Caller, session: Session) -> None:
    made = shop.post("/products", PACK)
    assert (made.status_code, made.json["price"], made.json["currency"]) == (201, "89.00", "GBP")
    put = shop.ask("PUT", "/products/P/1", json={"stock": 0, "guide_url": "https://shop.example/guides/pack"})
    assert (put.status_code, put.json["stock"], put.json["title"]) == (200, 0, "Tarn daypack")
    assert shop.get("/products/P/1").json == put.json
    assert shop.ask("PUT", "/products/new", json={"stock": 1}).status_code == 422
    assert session.scalars(select(Audit.action).order_by(Audit.id)).all() == ["product.created", "product.changed"]


def test_deleted_product_stays_in_orders(shop: Caller, session: Session) -> None:
    shop.post("/products", PACK)
    shop.post("/orders", {"number": "1", "lines": [{"sku": "P/1", "quantity": 1}]})
    line = session.scalars(select(OrderLine)).one()
    assert (line.title, line.product_id is not None) == ("Tarn daypack", True)
    session.rollback()
    gone = shop.ask("DELETE", "/products/P/1")
    assert (gone.status_code, gone.data) == (204, b"")
    assert shop.ask("DELETE", "/products/P/1").status_code == 404
    assert shop.get("/orders/1").json["lines"][0]["title"] == "Tarn daypack"


def test_many_products_have_a_result_each(shop: Caller, session: Session) -> None:
    shop.post("/products", PACK)
    sent = [
        {**PACK, "stock": 4},
        PACK | {"stock": 4},
        {"ref": "P/2", "title": "Cup"},
        {"ref": "P/3"},
        {"ref": "P/4", "title": "x", "price": "1.234", "url": "javascript:alert(1)"},
        {"ref": "P/5", "title": "x", "colour": "red"},
        {"title": "no ref"},
    ]
    answer = shop.post("/products/bulk", {"products": sent})
    assert (answer.status_code, answer.json["failed"]) == (200, 4)
    results = answer.json["results"]
    outcomes = [result["outcome"] for result in results]
    assert outcomes == ["changed", "unchanged", "created", "failed", "failed", "failed", "failed"]
    assert [result["index"] for result in results] == list(range(7))
    assert {error["field"] for error in results[4]["errors"]} == {"price", "url"}
    assert [result["errors"][0]["field"] for result in (results[3], results[5], results[6])] == [
        "title",
        "colour",
        "ref",
    ]
    assert session.scalar(select(func.count()).select_from(Product)) == 2


def test_many_are_five_hundred_at_most(shop: Caller) -> None:
    many = [{"ref": f"P{n}", "title": "x"} for n in range(501)]
    assert shop.post("/products/bulk", {"products": many}).status_code == 422
    assert shop.post("/products/bulk", {"products": []}).status_code == 422
    assert shop.post("/products/bulk", {"products": many[:500]}).json["failed"] == 0
    page = shop.get("/products?limit=200").json
    assert len(page["data"]) == 200
    rest = shop.get("/products", query_string={"limit": 200, "cursor": page["next_cursor"]}).json
    assert page["data"][-1]["ref"] < rest["data"][0]["ref"]


def test_products_are_filtered(shop: Caller) -> None:
    shop.post("/products", PACK | {"category": "Packs", "group_ref": "tarn"})
    shop.post("/products", {"ref": "Z", "title": "Cup"})
    assert [one["ref"] for one in shop.get("/products?category=Packs").json["data"]] == ["P/1"]
    assert [one["ref"] for one in shop.get("/products?group_ref=tarn").json["data"]] == ["P/1"]


def test_nothing_is_shown_beside_an_order_without_a_model(shop: Caller, session: Session) -> None:
    shop.post("/orders", {"number": "1"})
    assert session.scalar(select(func.count()).select_from(Order)) == 1
    session.rollback()
    assert shop.get("/recommendations?order=1").json == {"heading": "", "model": "", "data": []}
    assert shop.get("/recommendations?order=none").status_code == 404
    assert shop.get("/recommendations").status_code == 422


def test_what_recommendations_need_is_kept_and_shown_to_the_shop(shop: Caller) -> None:
    kit = {
        "ref": "KIT",
        "title": "Kit",
        "price": "89",
        "cost": "41.50",
        "consumable": True,
        "parts": ["P/1", "KIT", "P/1"],
    }
    made = shop.post("/products", kit).json
    assert (made["cost"], made["consumable"], made["parts"]) == ("41.50", True, ["P/1"])
    # what is not said stays, and what is emptied is empty
    kept = shop.ask("PUT", "/products/KIT", json={"stock": 1, "cost": None, "consumable": None, "parts": None}).json
    assert (kept["cost"], kept["consumable"], kept["parts"]) == ("41.50", True, ["P/1"])
    assert shop.ask("PUT", "/products/KIT", json={"consumable": False, "parts": []}).json["parts"] == []
    plain = shop.post("/products", PACK).json
    assert (plain["cost"], plain["consumable"], plain["parts"]) == (None, None, [])


def test_costs_and_parts_that_cannot_be_are_refused(shop: Caller) -> None:
    for wrong in (
        {"cost": "-1"},
        {"cost": True},
        {"parts": "P/1"},
        {"parts": [""]},
        {"parts": ["x"] * 51},
        {"consumable": "yes"},
    ):
        answer = shop.post("/products", PACK | wrong)
        assert answer.status_code == 422, wrong
        assert next(iter(wrong)) in answer.json["errors"][0]["field"]


def test_product_becomes_another_that_may_come_later_and_is_itself_again(shop: Caller, session: Session) -> None:
    made = shop.post("/products", PACK | {"became_ref": "ถุง 2"})
    assert (made.status_code, made.json["became_ref"]) == (201, "ถุง 2")
    assert shop.post("/products", {"ref": "ถุง 2", "title": "Tarn II"}).json["became_ref"] is None
    for nothing_said in ({"stock": 2}, {"became_ref": None}, {"became_ref": " "}):
        assert shop.ask("PUT", "/products/P/1", json=nothing_said).json["became_ref"] == "ถุง 2"
    too_long = shop.ask("PUT", "/products/P/1", json={"became_ref": "x" * 121, "stock": 9})
    assert (too_long.status_code, shop.get("/products/P/1").json["stock"]) == (422, 2)
    assert shop.ask("PUT", "/products/P/1", json={"became_ref": "P/1"}).json["became_ref"] is None
    assert shop.post("/products", {"ref": "N", "title": "x", "became_ref": "N"}).json["became_ref"] is None


def test_products_that_would_become_each_other_are_refused_and_the_others_kept(shop: Caller) -> None:
    sent = [
        {"ref": "a", "title": "A", "became_ref": "b"},
        {"ref": "b", "title": "B", "became_ref": "c"},
        {"ref": "c", "title": "C", "became_ref": "a"},
        {"ref": "d", "title": "D", "became_ref": "a"},
    ]
    answer = shop.post("/products/bulk", {"products": sent}).json
    assert [result["outcome"] for result in answer["results"]] == ["created", "created", "failed", "created"]
    (error,) = answer["results"][2]["errors"]
    assert (error["field"], error["code"]) == ("became_ref", "conflict")
    assert "“b” became “c” before" in error["reason"]
    assert shop.get("/products/c").status_code == 404
    single = shop.post("/products", {"ref": "c", "title": "C", "became_ref": "d"})
    assert (single.status_code, "“b” became “c”" in single.json["detail"]) == (409, True)
    # as it says: the other one is itself again, then it is taken
    assert shop.ask("PUT", "/products/b", json={"became_ref": "b"}).status_code == 200
    assert shop.post("/products", {"ref": "c", "title": "C", "became_ref": "a"}).status_code == 201


def test_what_became_of_a_product_is_learnt_soon(shop: Caller, session: Session) -> None:
    shop.post("/products", PACK)
    store_id = session.scalars(select(Product.store_id)).one()
    later = clock.real_now() + timedelta(days=1)
    session.add(ModelFit(store_id=store_id, due_at=later))
    session.commit()
    shop.ask("PUT", "/products/P/1", json={"title": "Tarn", "stock": 1})
    session.expire_all()
    assert session.get_one(ModelFit, store_id).due_at == later
    session.rollback()
    answer = shop.post("/products/bulk", {"products": [{"ref": "P/1", "became_ref": "P/2"}]})
    assert answer.json["results"][0]["outcome"] == "changed"
    session.expire_all()
    assert session.get_one(ModelFit, store_id).due_at < later
