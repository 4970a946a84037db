"""When it will come: one interface (`window`), how it stands against the first promise (`outlook`), and its record (`ledger`)."""
