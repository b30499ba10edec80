"""What happens in a run, in order: events, who observes them, and where in the user's code they happen."""
