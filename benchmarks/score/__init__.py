"""How long a page waits for the score of a large fleet."""
