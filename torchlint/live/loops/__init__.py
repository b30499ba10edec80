"""Events folded into training iterations and evaluations."""
