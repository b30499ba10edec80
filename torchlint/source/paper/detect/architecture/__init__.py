"""Detectors of how models are built, and how they keep and use their layers."""
