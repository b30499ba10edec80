"""What installed packages do on paper when they are called."""
