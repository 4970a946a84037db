"""What to show beside an order: arrays in, ranked products with a reason out.

Pure: no web framework, no database, no clock, no network, nothing of the application around it. The flow is
`Orders` → `fit` → `Model` → (`write_model` / `read_model`) → `candidates` → `recommend`; `docs/recommendations.md`
says why it is as it is.
"""

from recommendations.artefact import FORMAT, ArtefactError, read_model, write_model
from recommendations.closed import KeptOut, Refusal
from recommendations.model import Model, candidates, fit, recommend
from recommendations.orders import Line, Orders
from recommendations.request import Kind, Policy, Product, Reason, Request, Strategy, Suggestion
from recommendations.rules import Verdict, choose, explain, pinned
from recommendations.update import update

__all__ = [
    "FORMAT",
    "ArtefactError",
    "KeptOut",
    "Kind",
    "Line",
    "Model",
    "Orders",
    "Policy",
    "Product",
    "Reason",
    "Refusal",
    "Request",
    "Strategy",
    "Suggestion",
    "Verdict",
    "candidates",
    "choose",
    "explain",
    "fit",
    "pinned",
    "read_model",
    "recommend",
    "update",
    "write_model",
]
