"""Turns findings into POA&M items, and decides what later findings do to them; it never saves."""
