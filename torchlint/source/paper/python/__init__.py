"""Python's own meaning on paper: expressions, statements, calls, classes, loops, imports and built-ins."""
