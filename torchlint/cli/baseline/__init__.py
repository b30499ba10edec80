"""Old code: findings that are known, so that only what is new is reported."""
