"""The one exception of this layer."""

from collector.visible import visible


class CollectorError(Exception):
    """Something could not be collected or read; the message says what, where and how to mend it.

    What a host said may stand in it, so it is made visible: it goes to terminals, logs and pages.
    """

    def __init__(self, message: str) -> None:
        super().__init__(visible(message))
