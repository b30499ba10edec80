"""Detectors: each listens to the run on paper and emits the facts of one family."""
