"""When it will come: `window` chooses the source, `outlook` compares, `ledger` keeps the record."""
