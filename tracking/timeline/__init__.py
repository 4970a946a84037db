"""Events to status and milestones: a pure fold (`fold`, `milestones`), and writing it down (`record`)."""
