"""Comments that silence findings: what they say, and what they silence."""
