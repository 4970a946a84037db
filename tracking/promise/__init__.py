"""When it will come: one interface that says which source a date is from."""
