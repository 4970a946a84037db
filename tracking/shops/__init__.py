"""Shops' own APIs and files."""
