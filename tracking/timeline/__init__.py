"""Events to status and milestones: a pure fold, and recording."""
