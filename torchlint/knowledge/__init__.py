"""What the names of torch and its frameworks mean. Data, not code; tests hold it against the torch that is installed."""
