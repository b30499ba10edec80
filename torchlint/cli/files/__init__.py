"""Which files are meant, beyond those that are named: what git says has changed, what is watched, what was misspelt."""
