"""Findings as text and as data; nothing is decided here."""
