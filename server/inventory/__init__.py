"""Inventories of hosts that a site has already, read as far as they can be without running anything in them."""
