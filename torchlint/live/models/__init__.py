"""How models are built, used and cut."""
