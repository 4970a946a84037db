"""Asking carriers: what is due (`due`), what it may cost (`budgets`), when again (`schedule`), what came (`settle`)."""
