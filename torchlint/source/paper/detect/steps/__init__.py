"""Detectors of what a training step does: modes, gradients, optimizers."""
