"""What to show beside an order: the only bridge between the store's rows and `recommendations/`.

A worker fits (`fit_store`), a page asks (`for_order`). The page may always be answered with nothing: when the order is
in trouble, when nothing is good enough, when there is no usable artefact. An artefact knows products by the shop's own
reference and holds nothing of any customer.
"""

from tracking.suggestions.artefacts import artefact_of, artefact_path, model_version, unsound
from tracking.suggestions.asking import IN_TROUBLE, for_basket, for_order, for_shopper
from tracking.suggestions.learning import FitReport, fit_due, fit_now, fit_store, look_after
from tracking.suggestions.sentences import heading, reason_sentence
from tracking.suggestions.suggested import SuggestedProduct
from tracking.suggestions.trouble import is_in_trouble

__all__ = [
    "IN_TROUBLE",
    "FitReport",
    "SuggestedProduct",
    "artefact_of",
    "artefact_path",
    "fit_due",
    "fit_now",
    "fit_store",
    "for_basket",
    "for_order",
    "for_shopper",
    "heading",
    "is_in_trouble",
    "look_after",
    "model_version",
    "reason_sentence",
    "unsound",
]
