"""Rows, constraints and named queries. A row knows no network, no template and no rule beyond its own constraints."""

from tracking.models.audit import Audit, IdempotencyKey, PushDelivery, RateLimit
from tracking.models.carrier_account import CarrierAccount, CarrierBudget, RawAnswer, UnknownCode
from tracking.models.customer import Consent, ConsentState, Customer, Purpose, Suppression
from tracking.models.message import Channel, Meaning, Message, MessageEvent, MessageState
from tracking.models.milestone import Milestone, MilestoneKind
from tracking.models.model_fit import ModelFit
from tracking.models.order import LineState, Order, OrderLine, OrderState
from tracking.models.product import Product
from tracking.models.promise import Promise, PromiseSource
from tracking.models.recommendation import (
    RecommendationDay,
    RecommendationDismissal,
    RecommendationFactor,
    RecommendationSettings,
    RecommendationSwitch,
    RecommendationTrial,
    RecommendationTrialDay,
    RecommendationUse,
    Surface,
    SwitchScope,
)
from tracking.models.recommendation_policy import RecommendationPolicy
from tracking.models.shipment import Shipment, ShipmentLine
from tracking.models.store import Store
from tracking.models.tracking_event import EventSource, TrackingEventRow
from tracking.models.user import ApiKey, Role, StoreUser, User

__all__ = [
    "ApiKey",
    "Audit",
    "CarrierAccount",
    "CarrierBudget",
    "Channel",
    "Consent",
    "ConsentState",
    "Customer",
    "EventSource",
    "IdempotencyKey",
    "LineState",
    "Meaning",
    "Message",
    "MessageEvent",
    "MessageState",
    "Milestone",
    "MilestoneKind",
    "ModelFit",
    "Order",
    "OrderLine",
    "OrderState",
    "Product",
    "Promise",
    "PromiseSource",
    "Purpose",
    "PushDelivery",
    "RateLimit",
    "RawAnswer",
    "RecommendationDay",
    "RecommendationDismissal",
    "RecommendationFactor",
    "RecommendationPolicy",
    "RecommendationSettings",
    "RecommendationSwitch",
    "RecommendationTrial",
    "RecommendationTrialDay",
    "RecommendationUse",
    "Role",
    "Shipment",
    "ShipmentLine",
    "Store",
    "StoreUser",
    "Suppression",
    "Surface",
    "SwitchScope",
    "TrackingEventRow",
    "UnknownCode",
    "User",
]
