"""Real parts for the suite: Debian hosts in network namespaces, a PostgreSQL cluster, a browser."""


class SupportError(Exception):
    """The machine cannot give a test the real part it asks for; the message says what is missing and how to get it."""
