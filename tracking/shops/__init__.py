"""Shops and files that orders come from: one module each, turning what they say into `SaidOrder`s. See `_base.py`."""

from tracking.shops._base import Place, RowFault, SaidOrder

__all__ = ["Place", "RowFault", "SaidOrder"]
