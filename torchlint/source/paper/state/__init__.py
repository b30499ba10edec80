"""The program point on paper: typed cells and the heap of objects, forked at branches and joined."""
