"""Ways to reach a shopper: one module a channel. They know no database, no Flask and no template."""
