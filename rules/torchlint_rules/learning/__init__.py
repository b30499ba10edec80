"""Rules on whether a model learns: what its losses, gradients, activations and updates say."""
