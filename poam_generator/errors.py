"""The one exception of this layer."""


class PoamError(Exception):
    """Something asked of a POA&M item cannot be done; the message says what, why and what would help."""
