"""/api/v1/products: what the store sells, as far as pages and recommendations need it."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import ValidationError, fields
from marshmallow.validate import Length
from sqlalchemy import select

from tracking.api import _auth, _paging
from tracking.api._answers import ProductOut, ProductResultsOut, page_of
from tracking.api._idempotency import changing
from tracking.api._problems import flat
from tracking.api._schemas import PageQuery, ProductFields, ProductIn, ProductsIn
from tracking.api._shown import shown_product
from tracking.api._spec import Resource
from tracking.models import Product, Store
from tracking.orders.forgetting import forget_product
from tracking.orders.intake import take_product
from tracking.orders.reading import Faulty, read_product
from tracking.platform.db import db
from tracking.platform.errors import InputError, NotFound
from tracking.suggestions import schedule

blueprint = Resource("products", __name__, "The catalogue.")

_REF = [{"in": "path", "name": "ref", "required": True, "schema": {"type": "string"}, "description": "ref"}]


class ProductsQuery(PageQuery):
    """Which products."""

    group_ref = fields.String(validate=Length(1, 120))
    category = fields.String(validate=Length(1, 200))


@blueprint.route("")
class Products(MethodView):
    """All products of the store."""

    @blueprint.errors(422)
    @blueprint.arguments(ProductsQuery, location="query")
    @blueprint.response(200, page_of(ProductOut, "ProductPage"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List products, by ref."""
        wanted = select(Product).where(Product.store_id == _auth.store_id())
        for name in ("group_ref", "category"):
            if name in query:
                wanted = wanted.where(getattr(Product, name) == query[name])
        after = _paging.load_cursor(query.get("cursor"), (_paging.words,))
        if after:
            wanted = wanted.where(Product.ref > after[0])
        limit = query["limit"]
        rows = db.session.scalars(wanted.order_by(Product.ref).limit(limit + 1)).all()
        products, cursor = _paging.page(rows, limit, lambda row: (row.ref,))
        return {"data": [shown_product(product) for product in products], "next_cursor": cursor}

    @changing
    @blueprint.errors(change=True)
    @blueprint.arguments(ProductIn)
    @blueprint.response(200, ProductOut, description="It was known; it may have changed")
    @blueprint.alt_response(201, schema=ProductOut, description="It is new", success=True)
    def post(self, said: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Insert or update a product, by its ref."""
        return _put(said)


@blueprint.route("/bulk")
class ManyProducts(MethodView):
    """Many products at once."""

    @changing
    @blueprint.errors(change=True)
    @blueprint.arguments(ProductsIn)
    @blueprint.response(200, ProductResultsOut)
    def post(self, said: dict[str, Any]) -> dict[str, Any]:
        """Insert or update up to 500 products; each has a result, and a wrong one costs no other."""
        store = _auth.store()
        results = [_one_of_many(store, at, item) for at, item in enumerate(said["products"])]
        kept = sum(result["outcome"] in {"created", "changed"} for result in results)
        if kept:
            _auth.note("products.changed", "", products=kept)
        return {"results": results, "failed": sum(result["outcome"] == "failed" for result in results)}


@blueprint.route("/<path:ref>", parameters=_REF)
class OneProduct(MethodView):
    """One product."""

    @blueprint.errors(404)
    @blueprint.response(200, ProductOut)
    def get(self, ref: str) -> dict[str, Any]:
        """Get a product."""
        found = db.session.scalar(select(Product).where(Product.store_id == _auth.store_id(), Product.ref == ref))
        if found is None:
            raise NotFound("This store has no such product.")
        return shown_product(found)

    @changing
    @blueprint.errors(404, change=True)
    @blueprint.arguments(ProductFields)
    @blueprint.response(200, ProductOut, description="It was known; it may have changed")
    @blueprint.alt_response(201, schema=ProductOut, description="It is new", success=True)
    def put(self, said: dict[str, Any], ref: str) -> tuple[dict[str, Any], int]:
        """Insert or update a product. What is absent stays as it is."""
        return _put({**said, "ref": ref})

    @changing
    @blueprint.errors(400, 404, 409, 422)
    @blueprint.response(204)
    def delete(self, ref: str) -> Response:
        """Forget a product; orders keep what they say of it, and hold what took its place."""
        if not forget_product(db.session(), _auth.store_id(), ref):
            raise NotFound("This store has no such product.")
        _auth.note("product.deleted", ref)
        return Response(status=204)


def _put(said: dict[str, Any]) -> tuple[dict[str, Any], int]:
    store = _auth.store()
    taken = take_product(db.session(), store, read_product(said, store))
    if taken.is_moved:
        schedule.make_due(db.session(), store.id)
    if taken.changed:
        _auth.note("product.created" if taken.created else "product.changed", taken.product.ref)
    return shown_product(taken.product), 201 if taken.created else 200


def _one_of_many(store: Store, at: int, item: dict[str, Any]) -> dict[str, Any]:
    ref = item.get("ref")
    result: dict[str, Any] = {"index": at, "ref": ref[:120] if isinstance(ref, str) else None, "errors": []}
    try:
        facts = read_product(ProductIn().load(item), store)
        with db.session.begin_nested():
            taken = take_product(db.session(), store, facts)
            if taken.is_moved:
                schedule.make_due(db.session(), store.id)
    except ValidationError as error:
        errors = [{"field": field, "reason": reason, "code": "bad_input"} for field, reason in flat(error.messages)]
        return result | {"outcome": "failed", "errors": errors}
    except Faulty as error:
        errors = [{"field": fault.field, "reason": fault.reason, "code": fault.code} for fault in error.faults]
        return result | {"outcome": "failed", "errors": errors}
    except InputError as error:
        wrong = {"field": error.field or "", "reason": error.message, "code": error.code}
        return result | {"outcome": "failed", "errors": [wrong]}
    return result | {"outcome": "created" if taken.created else "changed" if taken.changed else "unchanged"}
