"""A run of several processes: what each records, and what holds between them."""
