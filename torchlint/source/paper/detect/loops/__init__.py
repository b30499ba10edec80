"""Detectors of what loops do: training iterations, evaluations, epochs, waits."""
