"""Catalogues of sentences, one folder a language; `python -m tracking.translations check|update` keeps them whole."""
