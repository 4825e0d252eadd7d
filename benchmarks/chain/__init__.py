"""What sealing records into the evidence chain costs, and looking at all of it."""
