"""The run on paper: a program followed through its calls, loops and branches, with what is known of each object."""
