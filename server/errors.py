"""The one exception of this layer."""


class ServerError(Exception):
    """What was asked cannot be done here and now; the message says what, why and how to mend it."""
