"""About the linting itself: files that were not checked, and comments that suppress nothing."""
