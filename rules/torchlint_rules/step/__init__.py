"""The optimisation step: clear, backward, unscale, clip, step, schedule, in this order."""
