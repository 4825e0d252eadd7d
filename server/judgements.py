"""A reviewer's word on a changed way of judging, which new content gets only together with the report of what it would do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from server import store
from server.assess import Assessor
from server.errors import ServerError
from server.models import Confirmation, JudgementRecord, User

WaitsFor = Literal["word", "report", "nothing"]


def waits_for(assessor: Assessor, check_id: str, judgement: str, now: datetime) -> WaitsFor:
    """What lets a judgement count: a reviewer's word, the report on new content, or nothing, since no host is judged so any more."""
    check = assessor.content.checks.get(check_id)
    platforms = [platform for platform, digest in assessor.judgements(check).items() if digest == judgement] if check else []
    if not platforms:
        return "nothing"
    return "report" if any(check_id in assessor.unseen(platform, now) for platform in platforms) else "word"


def confirm_judgement(assessor: Assessor, check_id: str, judgement: str, user: User, because: str, now: datetime) -> Confirmation:  # noqa: PLR0913, PLR0917 - one row's columns
    """The word that a judgement counts; raises ServerError when it is past, or came with content whose report nobody has accepted."""
    if waits_for(assessor, check_id, judgement, now) == "nothing":
        raise ServerError(f"{check_id} is not judged by {judgement[:12]} now; scan, and confirm what it is judged by then")
    return store.confirm_judgement(assessor.system, check_id, judgement, assessor.manifest, user, because, now)


def confirmable(assessor: Assessor, records: Iterable[JudgementRecord], now: datetime) -> list[JudgementRecord]:
    """Those that a reviewer may confirm one by one: a check of the content in use is judged so now, by another value than before."""
    return [one for one in records if waits_for(assessor, one.check_id, one.digest, now) == "word"]
