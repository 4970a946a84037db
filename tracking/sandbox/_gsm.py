"""How many parts a text becomes on the air: GSM 7-bit or UCS-2. Source: 3GPP TS 23.038, default alphabet and extension
table; part sizes as Twilio bills them (160/153 septets, 70/67 UTF-16 units).
"""

_ONE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO = frozenset("\f^{}\\[~]|€")


def count(text: str) -> tuple[str, int]:
    """("GSM-7" or "UCS-2", parts). No part is needed for no text; a pair is never cut in two."""
    if all(char in _ONE or char in _TWO for char in text):
        return "GSM-7", _parts([2 if char in _TWO else 1 for char in text], 160, 153)
    return "UCS-2", _parts([2 if ord(char) > 0xFFFF else 1 for char in text], 70, 67)


def _parts(costs: list[int], single: int, joined: int) -> int:
    if sum(costs) <= single:
        return 1 if costs else 0
    parts, room = 1, joined
    for cost in costs:
        if cost > room:
            parts, room = parts + 1, joined
        room -= cost
    return parts
