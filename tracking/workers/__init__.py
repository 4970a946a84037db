"""huey tasks: poll, send, sweep, fit, tidy; nothing but wiring."""
