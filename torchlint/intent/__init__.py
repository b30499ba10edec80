"""What is meant on purpose: one answer for both eyes, over what either of them observes around a place."""
