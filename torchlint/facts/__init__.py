"""The vocabulary: what a run does and what it was built from, in words that both eyes share."""
