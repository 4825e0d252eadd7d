"""How much a collection costs a host and a fleet costs a controller, side by side with others in one run."""
