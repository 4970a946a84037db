"""Why a product is shown, in one true sentence."""

from flask_babel import format_decimal, ngettext

from tracking.suggestions.suggested import SuggestedProduct

# people below this are not "people": the sentence speaks of orders instead
MIN_PEOPLE = 2


def reason_sentence(suggestion: SuggestedProduct) -> str:
    """Why it is shown, in the language spoken now. True as it stands: its number is counted, not estimated."""
    by_people = suggestion.people >= MIN_PEOPLE
    number = suggestion.people if by_people else suggestion.orders
    words = {"count": format_decimal(number)}
    if suggestion.anchor_title is not None:
        words["product"] = suggestion.anchor_title
        if by_people:
            said = ngettext(
                "Bought with your %(product)s by %(count)s person",
                "Bought with your %(product)s by %(count)s people",
                number,
                **words,
            )
        else:
            said = ngettext(
                "Bought with your %(product)s in %(count)s order",
                "Bought with your %(product)s in %(count)s orders",
                number,
                **words,
            )
    elif by_people:
        said = ngettext("Bought here by %(count)s person", "Bought here by %(count)s people", number, **words)
    else:
        said = ngettext("Bought here in %(count)s order", "Bought here in %(count)s orders", number, **words)
    return str(said)
