"""What it costs to bring the items up to date with what is true, as the store grows."""
