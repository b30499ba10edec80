"""Training and evaluation mode, and whether gradients are recorded."""
