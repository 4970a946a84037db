"""What is due, who asks, and what it may cost: budgets, leases, breakers."""
