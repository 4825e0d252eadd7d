"""The one exception of this layer."""


class CollectorError(Exception):
    """Something could not be collected or read; the message says what, where and how to mend it."""
