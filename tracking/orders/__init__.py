"""Intake: facts from any shop to rows."""
