"""Products that others took the place of: whatever is said of the one that went counts for the one that came."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from recommendations import Kind, Policy, Reason, Suggestion
from recommendations.merged import last_of_all
from tracking.models.product import find_became
from tracking.suggestions.known import ShopperSays, StoreSays
from tracking.suggestions.past import Bought
from tracking.suggestions.shelf import shown_each


def successors(session: Session, store_id: int, refs: Collection[str] | None = None) -> dict[str, str]:
    """Those of the references (None: of all of the store's) that are another product now → that one. One read.

    A product stays itself until the store has the one that took its place, and where it would become itself again.
    """
    links = find_became(session, store_id, refs)
    return last_of_all({link.ref: link.became_ref for link in links if link.is_there})


@dataclass(frozen=True, slots=True)
class Merged:
    """What is known of one question, with everything said of products as they are now.

    bought  id(line) → the same line of the product that came
    """

    became: Mapping[str, str]
    bought: Mapping[int, Bought]

    def lines(self, bought: Sequence[Bought], but: Collection[str] = ()) -> list[Bought]:
        """Each line, and beside it that of the product that came: the shopper has both, whichever a model knows.

        but  references of which the shopper does not have what came
        """
        both = ((one, self.bought.get(id(one)) if one.shown.id not in but else None) for one in bought)
        return [each for pair in both for each in pair if each is not None]

    def in_place_of(self, replaced: Sequence[str], found: Sequence[Suggestion]) -> list[Suggestion]:
        """What came in place of these, then `found`, which is like what came and is told as like these."""
        old = {self.became[ref]: ref for ref in reversed(replaced) if ref in self.became}
        best = max((one.score for one in found), default=1.0)
        came = [Suggestion(new, best, Reason(Kind.SIMILAR, ref)) for new, ref in sorted(old.items())]
        return came + [
            replace(one, reason=replace(one.reason, anchor=old.get(one.reason.anchor or "", one.reason.anchor)))
            for one in found
            if one.product not in old
        ]

    def refs(self, refs: Sequence[str]) -> list[str]:
        """These references as of now, each once."""
        return list(dict.fromkeys(self.became.get(ref, ref) for ref in refs))

    def store(self, says: StoreSays) -> StoreSays:
        """What the store says of products that went, of those that came: their own stands above it."""
        off = replace(says.off, products=says.off.products.union(self.refs(sorted(says.off.products))))
        return replace(says, policy=self._policy(says.policy), off=off)

    def shopper(self, says: ShopperSays) -> ShopperSays:
        """What the shopper did with products that went."""
        views: dict[str, int] = {}
        for ref, times in says.views.items():
            now = self.became.get(ref, ref)
            views[now] = views.get(now, 0) + times
        return ShopperSays(says.dismissed.union(self.refs(sorted(says.dismissed))), views)

    def _policy(self, policy: Policy) -> Policy:
        pinned: dict[str, list[str]] = {}
        for beside in sorted(policy.pinned, key=lambda ref: ref in self.became):
            now = self.became.get(beside, beside)
            listed = self.refs([*pinned.get(now, ()), *policy.pinned[beside]])
            pinned[now] = [ref for ref in listed if ref != now]
        inherited = {self.became[what]: much for what, much in policy.boosts.items() if what in self.became}
        return replace(
            policy,
            pinned=pinned,
            excluded=frozenset(policy.excluded).union(self.refs(sorted(policy.excluded))),
            boosts={**inherited, **policy.boosts},
        )


def merged(
    session: Session,
    store_id: int,
    bought: Sequence[Bought],
    *,
    store: StoreSays,
    shopper: ShopperSays,
    about: Collection[str],
) -> Merged:
    """What became of all that the question names. One read; another where the shopper has such a product."""
    policy = store.policy
    pinned = {ref for beside, listed in policy.pinned.items() for ref in (beside, *listed)}
    named = {one.shown.id for one in bought}.union(
        about, pinned, policy.excluded, policy.boosts, store.off.products, shopper.dismissed, shopper.views
    )
    became = successors(session, store_id, named - {""})
    wanted = sorted({became[one.shown.id] for one in bought if one.shown.id in became})
    shown = {one.id: one for one in shown_each(session, store_id, wanted)}
    return Merged(
        became,
        {
            id(one): one._replace(shown=shown[became[one.shown.id]])
            for one in bought
            if became.get(one.shown.id) in shown
        },
    )
