"""What went wrong, in one sentence; what nobody foresaw goes to a file with everything that helps to mend it."""

import os
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from checks.errors import ContentError
from collector.errors import CollectorError
from poam_generator.errors import PoamError
from server.cli.output import printable
from server.data import data_directory
from server.database_trouble import is_refusal, meaning_of
from server.errors import ServerError

LOG = "errors.log"


def tell(error: BaseException) -> str:
    """A sentence on what went wrong; the traceback of what was not foreseen is written to a log, and the sentence names it."""
    if isinstance(error, (CollectorError, ContentError, PoamError, ServerError)):
        return printable(str(error))
    if isinstance(error, OSError):
        return printable(": ".join(str(one) for one in (error.filename, error.strerror or error) if one))
    return printable(_of_database(error) or _unforeseen(error))


def _of_database(error: BaseException) -> str:
    """The sentence for trouble with the database or its settings; empty for anything else."""
    if "django" not in sys.modules:
        return ""
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - commands without database do not wait for it

    if isinstance(error, ImproperlyConfigured):
        return str(error)
    if not is_refusal(error):
        return ""
    where = "named by CLOSEOUT_DATABASE" if os.environ.get("CLOSEOUT_DATABASE") else f"in {data_directory()}"
    if means := meaning_of(error):
        return f"the database {where}: {means}"
    return f"the database {where} refused: {str(error).strip()}; `closeout doctor` looks it over. {_note(error)}"


def _unforeseen(error: BaseException) -> str:
    return f"something unforeseen went wrong ({type(error).__name__}: {error}); the fault is closeout's. {_note(error)}"


def _note(error: BaseException) -> str:
    """Where the traceback was written; tracebacks hold no values, only the places in the program."""
    text = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n{''.join(traceback.format_exception(error))}\n"
    with suppress(OSError, ServerError):
        path = data_directory() / LOG
        _append(path, text)
        return f"The details are in {path}"
    return "The details could not be kept; name a directory that you may write by --data to have them"


def _append(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
