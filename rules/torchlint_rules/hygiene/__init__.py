"""Old names, hidden costs and what keeps a run from being repeated."""
