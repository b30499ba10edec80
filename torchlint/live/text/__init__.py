"""What the user's source says around a place. Only this room reads source text."""
