"""What happens in the demonstration: an order for each row of the copy deck, frozen in it, and a few that go on.

Hours and days are counted from the moment the demonstration begins, 09:00 in London; negative ones lie before it.
"""

from dataclasses import dataclass, field
from typing import Any

# a hundred pounds of goods are not refunded in full by every carrier's mistake: shares of the order's total
FULL = 1.0


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of the sandbox: hours from the beginning, its kind, and what goes with it."""

    h: float
    kind: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel of a scene.

    label_h    when the shop told us of it
    lines      positions of the order's lines in it; empty: all
    known      False: the carrier has never heard of the number
    estimate   (earliest, latest) in hours, said by the carrier at its first scan; None: it says nothing
    timed      the estimate has times, not only days
    carrier    a place in the shop's list of carriers
    route      a live parcel: the sandbox's route, instead of scans
    """

    label_h: float
    scans: tuple[Scan, ...] = ()
    lines: tuple[int, ...] = ()
    known: bool = True
    estimate: tuple[float, float] | None = None
    timed: bool = False
    carrier: int = 0
    route: str | None = None
    pace: float = 1.0


@dataclass(frozen=True, slots=True)
class Scene:
    """An order and what became of it.

    state        the row of the copy deck
    promised     (earliest, latest) in days from today, as the shop said with the order
    send_by      in days from today
    cancelled_h  when it was cancelled and refunded
    person       place among the shop's people
    """

    state: str
    placed_h: float
    parcels: tuple[Parcel, ...] = ()
    promised: tuple[int, int] = (1, 2)
    send_by: int | None = None
    cancelled_h: float | None = None
    person: int = 0
    is_live: bool = False


def _on_its_way(until_h: float, *more: Scan) -> tuple[Scan, ...]:
    """Label, acceptance and hubs up to `until_h`, then what the scene is about."""
    return (
        Scan(until_h - 34, "label"),
        Scan(until_h - 26, "accepted"),
        Scan(until_h - 21, "departed"),
        Scan(until_h - 11, "arrived"),
        *more,
    )


FROZEN = (
    Scene("paid, not packed", -16, promised=(2, 3), send_by=1, person=0),
    Scene("past send-by", -120, promised=(0, 2), send_by=-1, person=1),
    Scene("label, no scan", -42, (Parcel(-15, (Scan(-15, "label"),)),), promised=(1, 2), person=2),
    Scene("label, overdue scan", -96, (Parcel(-46, (Scan(-46, "label"),)),), promised=(1, 2), person=3),
    Scene(
        "in transit",
        -60,
        (
            Parcel(
                -38,
                (*_on_its_way(-4, Scan(-2.8, "departed")),),
                estimate=(28, 28),
            ),
        ),
        promised=(1, 2),
        person=4,
    ),
    Scene("silent", -24 * 38, (Parcel(-24 * 36, _on_its_way(-24 * 33)),), promised=(-34, -33), person=5),
    Scene(
        "late",
        -24 * 6,
        (Parcel(-24 * 4, _on_its_way(-9), estimate=(52, 76)),),
        promised=(-1, -1),
        person=6,
    ),
    Scene(
        "customs",
        -24 * 6,
        (Parcel(-24 * 4, _on_its_way(-30, Scan(-26, "customs_in"), Scan(-20, "customs_held")), carrier=1),),
        promised=(2, 4),
        person=7,
    ),
    Scene(
        "out for delivery",
        -66,
        (Parcel(-44, _on_its_way(-8, Scan(-1.1, "out_for_delivery")), estimate=(3, 6), timed=True),),
        promised=(0, 1),
        person=9,
    ),
    Scene(
        "failed attempt",
        -90,
        (
            Parcel(
                -68,
                _on_its_way(
                    -30, Scan(-25.2, "out_for_delivery"), Scan(-19.5, "attempt_failed", {"reason": "not_home"})
                ),
            ),
        ),
        promised=(-1, 0),
        person=10,
    ),
    Scene(
        "pickup ready",
        -110,
        (Parcel(-86, _on_its_way(-42, Scan(-25.5, "out_for_delivery"), Scan(-17, "ready_to_collect"))),),
        promised=(-1, 0),
        person=11,
    ),
    Scene(
        "delivered",
        -92,
        (
            Parcel(
                -70,
                _on_its_way(
                    -36,
                    Scan(-25, "out_for_delivery"),
                    Scan(-18.3, "delivered", {"proof": "signature", "left_at": "recipient", "signed_by": "H"}),
                ),
                # a carrier that says who signed
                carrier=2,
            ),
        ),
        promised=(-1, 0),
        person=12,
    ),
    Scene(
        "delivered, weak evidence",
        -94,
        (
            Parcel(
                -72,
                _on_its_way(
                    -38,
                    Scan(-25, "out_for_delivery"),
                    Scan(-19.1, "delivered", {"proof": "none", "left_at": "front_door"}),
                ),
                carrier=1,
            ),
        ),
        promised=(-1, 0),
        person=0,
    ),
    Scene(
        "returning",
        -24 * 7,
        (
            Parcel(
                -24 * 6,
                _on_its_way(-50, Scan(-44, "out_for_delivery"), Scan(-40, "refused"), Scan(-22, "returning")),
            ),
        ),
        promised=(-2, -1),
        person=1,
    ),
    Scene(
        "returned",
        -24 * 10,
        (
            Parcel(
                -24 * 9,
                _on_its_way(-24 * 6, Scan(-24 * 5, "refused"), Scan(-24 * 4, "returning"), Scan(-20, "returned")),
            ),
        ),
        promised=(-5, -4),
        person=2,
    ),
    Scene(
        "exception",
        -24 * 4,
        (Parcel(-24 * 3, _on_its_way(-26, Scan(-20, "weather_delay")), carrier=2),),
        promised=(0, 1),
        person=3,
    ),
    Scene(
        "lost",
        -24 * 14,
        (Parcel(-24 * 13, _on_its_way(-24 * 11, Scan(-22, "lost")), carrier=2),),
        promised=(-9, -8),
        person=4,
    ),
    Scene("cancelled", -30, promised=(2, 3), send_by=1, cancelled_h=-17, person=5),
    Scene("unknown number", -40, (Parcel(-13, known=False),), promised=(1, 2), person=8),
    # three parcels: one there, one on its way, and a line that is not sent yet
    Scene(
        "in transit",
        -100,
        (
            Parcel(
                -78,
                _on_its_way(
                    -44,
                    Scan(-25, "out_for_delivery"),
                    Scan(-20, "delivered", {"proof": "photo", "left_at": "mailbox"}),
                ),
                lines=(0,),
                carrier=1,
            ),
            Parcel(-40, _on_its_way(-5), lines=(1,), estimate=(30, 30)),
        ),
        promised=(1, 3),
        send_by=1,
        person=7,
    ),
)

LIVE = (
    Scene("in transit", -72, (Parcel(-50, route="standard"),), promised=(1, 3), person=9, is_live=True),
    Scene("in transit", -60, (Parcel(-44, route="failed_attempt"),), promised=(1, 3), person=10, is_live=True),
    Scene("label, no scan", -24, (Parcel(-1, route="pickup"),), promised=(2, 3), person=11, is_live=True),
)

SCENES = (*FROZEN, *LIVE)
