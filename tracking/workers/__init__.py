"""Background work, only wiring: a beat leases what is due, huey tasks do it, a sweep frees what dead workers left."""
