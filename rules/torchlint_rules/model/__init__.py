"""How a model is defined: what it registers, how its layers are called, what it does in each mode."""
