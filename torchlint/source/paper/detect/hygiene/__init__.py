"""Detectors of calls whose form alone costs: old names, hidden changes."""
