"""Texts that are longer than their column: SQLite takes them and PostgreSQL fails, so they are refused in a sentence."""

from django.db.models import CharField, Model

from server.errors import ServerError


def refuse_long(row: Model) -> None:
    """Raise ServerError on the first text of a row that is longer than its column holds."""
    for field in row._meta.concrete_fields:  # noqa: SLF001 - Django's documented way to the columns
        length = len(str(getattr(row, field.attname) or ""))
        if isinstance(field, CharField) and field.max_length and length > field.max_length:
            raise ServerError(f"{field.name.replace('_', ' ')}: {length} characters are too many, {field.max_length} are the most")
