"""How the live eye gets into torch, and out again: hooks, patches and wrapped functions."""
