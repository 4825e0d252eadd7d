"""How much time the items of a CMMC POA&M leave the closeout assessment (32 CFR 170.21(b): 180 days, no extension)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from poam_generator.assessment import CmmcAssessment, open_requirements


@dataclass(frozen=True, slots=True)
class Slack:
    """An item's scheduled completion against the last day on which a fix leaves the closeout its time. days: negative when too late."""

    item: str
    due: date
    limit: date

    @property
    def days(self) -> int:
        """The days between them."""
        return (self.limit - self.due).days


def find_slack(assessment: CmmcAssessment, dues: Mapping[str, date], lead_days: int) -> dict[str, Slack]:
    """Item -> its slack, of the live items (id -> scheduled completion) that entries still open wait for; none where no clock runs."""
    if assessment.due is None:
        return {}
    limit = assessment.due - timedelta(days=lead_days)
    waiting = set(open_requirements(assessment))
    items = {item for entry in assessment.entries if entry.requirement in waiting for item in entry.items}
    return {item: Slack(item, dues[item], limit) for item in sorted(items & dues.keys())}
