"""Gathers configuration facts from hosts and parses them; it never judges."""

__version__ = "0.1.0"
