"""Going through things: loops, comprehensions, generators, and the elements that come out."""
