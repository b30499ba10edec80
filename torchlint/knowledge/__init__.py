"""What the names of torch and its frameworks mean: data, held by tests against the torch that is installed."""
