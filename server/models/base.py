"""What several tables share."""

from typing import Any, get_args

from django.db import models


class AppendOnly(models.Model):
    """Rows are written once: database triggers (server.guards) refuse to change or delete them."""

    class Meta:
        abstract = True


def words(literal: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - a Literal has no type of its own
    """A field's choices from the words of a Literal."""
    return [(word, word) for word in get_args(literal)]
