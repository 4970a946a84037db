"""What the merchant wants of recommendations, as the API takes and shows it."""

from typing import Any, Final

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range

from tracking.api._spec import Schema
from tracking.notifications.offers import RULES
from tracking.suggestions.policy import BOUNDS
from tracking.suggestions.wishes import MOST_OF_A_KIND, PERCENT_LOW, PERCENT_MOST

# who gets any below emails where nothing else was decided
LAW: Final = "law"


def _ref(help: str = "a product's ref") -> fields.String:  # noqa: A002
    return fields.String(required=True, validate=Length(1, 120), metadata={"description": help})


def _category() -> fields.String:
    return fields.String(required=True, validate=Length(1, 200), metadata={"description": "as products name it"})


def _percent() -> fields.Integer:
    told = {"description": "of its score: 100 changes nothing"}
    return fields.Integer(required=True, strict=True, validate=Range(PERCENT_LOW, PERCENT_MOST), metadata=told)


def _many(inner: Any, help: str) -> fields.List[Any]:  # noqa: A002
    metadata = {"description": help}
    return fields.List(inner, allow_none=True, validate=Length(max=MOST_OF_A_KIND), metadata=metadata)


def _number(name: str, help: str) -> fields.Integer:  # noqa: A002
    return fields.Integer(strict=True, allow_none=True, validate=Range(*BOUNDS[name]), metadata={"description": help})


def _yes(help: str) -> fields.Boolean:  # noqa: A002
    return fields.Boolean(allow_none=True, truthy={True}, falsy={False}, metadata={"description": help})


class PinIn(Schema):
    """A product that is shown first."""

    ref = _ref()
    beside = fields.String(
        allow_none=True,
        validate=Length(max=120),
        metadata={"description": "ref of a product of the order; null: beside every order"},
    )


class BoostIn(Schema):
    """A product that is preferred or held back."""

    ref = _ref()
    percent = _percent()


class CategoryBoostIn(Schema):
    """A category that is preferred or held back."""

    category = _category()
    percent = _percent()


class PolicyIn(Schema):
    """What the merchant wants. What is absent or null stays as it is; a list that is named is replaced as a whole."""

    on_page = _yes("on the page of an order")
    in_emails = _yes("below emails")
    email_offers = fields.String(
        allow_none=True,
        validate=OneOf([LAW, *RULES]),
        metadata={"description": "who gets them below emails; law: as the law of the shopper's country has it"},
    )
    margin_weight = _number("margin_weight", "percent; 0: margins do not matter")
    step_up_percent = _number("step_up_percent", "of the price of what was bought: what a better version costs at most")
    shown_most = _number("shown_most", "times one product is shown to one shopper who does not follow it")
    pinned = _many(fields.Nested(PinIn), "shown before everything else, in this order")
    excluded = _many(_ref(), "never shown")
    excluded_categories = _many(_category(), "never shown")
    boosts = _many(fields.Nested(BoostIn), "shown more or less often")
    category_boosts = _many(fields.Nested(CategoryBoostIn), "shown more or less often")
    apart = _many(
        fields.List(_category(), validate=Length(equal=2)), "two categories each, which never stand beside each other"
    )
    consumables = _many(_category(), "categories whose products are used up and bought again")


class PinOut(ma.Schema):
    """A product that is shown first."""

    ref = fields.String(required=True)
    beside = fields.String(required=True, allow_none=True)


class BoostOut(ma.Schema):
    """A product that is preferred or held back."""

    ref = fields.String(required=True)
    percent = fields.Integer(required=True)


class CategoryBoostOut(ma.Schema):
    """A category that is preferred or held back."""

    category = fields.String(required=True)
    percent = fields.Integer(required=True)


class PolicyOut(ma.Schema):
    """What the merchant wants, in the shape in which it is sent."""

    on_page = fields.Boolean(required=True)
    in_emails = fields.Boolean(required=True)
    email_offers = fields.String(required=True, validate=OneOf([LAW, *RULES]))
    margin_weight = fields.Integer(required=True)
    step_up_percent = fields.Integer(required=True)
    shown_most = fields.Integer(required=True)
    pinned = fields.List(fields.Nested(PinOut), required=True)
    excluded = fields.List(fields.String(), required=True)
    excluded_categories = fields.List(fields.String(), required=True)
    boosts = fields.List(fields.Nested(BoostOut), required=True)
    category_boosts = fields.List(fields.Nested(CategoryBoostOut), required=True)
    apart = fields.List(fields.List(fields.String()), required=True)
    consumables = fields.List(fields.String(), required=True)
