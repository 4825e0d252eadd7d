"""What it means to a person when the database refuses."""

import sys
from typing import Final

# what a database says -> what it means
_MEANINGS: Final = {
    "locked": "another closeout is writing to it and did not finish in time; try again in a moment",
    "readonly": "this account may not write it; run closeout as the owner of the data directory, or name another by CLOSEOUT_DATA",
    "read-only": "this account may not write it; run closeout as the owner of the data directory, or name another by CLOSEOUT_DATA",
    "disk is full": "the disk is full; make room and run the command again, nothing was half written",
    "unable to open": "it cannot be opened; see that the directory is there and yours to write",
    "not a database": "the file is no database, or was damaged; put back a backup, or name another directory by CLOSEOUT_DATA",
    "malformed": "the file is damaged; put back a backup",
    "append-only": "evidence is added and never changed; nothing was done",
}


def is_refusal(error: BaseException) -> bool:
    """True for what a database raises."""
    if "django" not in sys.modules:  # commands without database do not wait for it
        return False
    from django.db import DatabaseError, InterfaceError  # noqa: PLC0415

    return isinstance(error, (DatabaseError, InterfaceError))


def meaning_of(error: BaseException) -> str:
    """What a database's refusal means, with its own words behind; empty for one that nobody foresaw, and for any other error."""
    said = str(error).strip()
    means = next((words for sign, words in _MEANINGS.items() if sign in said.lower()), "") if is_refusal(error) else ""
    return f"{means} (it says: {said})" if means else ""
