"""Migrations of the schema, numbered, one step each. `make migrate MESSAGE="…"` writes the next one."""
