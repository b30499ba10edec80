"""Fixes carried out in the text: where their edits stand, what is written there, and which of them go together."""
