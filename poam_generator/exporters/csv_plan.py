"""The operational plan of action as a table: the columns of NIST's template for CUI, and what identifies an item (RFC 4180, UTF-8)."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from poam_generator.exporters._order import in_order
from poam_generator.model import ENDED, ExportItem, ItemHost, Milestone, MilestoneChange

NAME: Final = "csv-plan"
EXTENSION: Final = "csv"
MEDIA_TYPE: Final = "text/csv; charset=utf-8"

COLUMNS: Final = (
    "System",
    "Item",
    "State",
    "Requirements",
    "Objectives",
    "Hosts",
    "Weaknesses",
    "Responsible Office/Organization",
    "Resource Estimate",
    "Scheduled Completion Date",
    "Milestones with Interim Completion Dates",
    "Changes to Milestones",
    "How was the weakness identified?",
    "Status",
)
# A spreadsheet takes a cell that begins so for a formula, whoever wrote it; the quotation mark makes it text.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def export(items: Sequence[ExportItem]) -> bytes:
    """A head row and a row an item; milestones, changes and hosts in one cell each, one a line."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([defuse(cell) for cell in _row(one)] for one in in_order(items))
    return text.getvalue().encode("utf-8")


def _row(one: ExportItem) -> list[str]:
    draft = one.draft
    return [
        one.system,
        one.item.id,
        one.item.state.replace("_", " "),
        "; ".join(draft.requirements),
        "; ".join(draft.objectives),
        "\n".join(_write_host(host) for host in sorted(one.item.hosts, key=lambda host: (host.host_name, host.host))),
        draft.weakness,
        draft.point_of_contact,
        "; ".join(part for part in (draft.resources, draft.funding) if part),
        draft.scheduled_completion.isoformat(),
        "\n".join(_write_milestone(milestone) for milestone in draft.milestones),
        "\n".join(_write_change(change) for change in one.milestone_changes),
        draft.identified_by,
        # Only a verified end is complete: an accepted or dismissed weakness has not been remediated.
        "Complete" if one.item.state in ENDED else "Ongoing",
    ]


def _write_host(host: ItemHost) -> str:
    if host.disposition:
        until = f" until {host.disposition_until}" if host.disposition_until else ""
        return f"{host.host_name}: {host.disposition.replace('_', ' ')}{until}"
    return f"{host.host_name}: {'verified' if host.passing else 'failing'}"


def _write_milestone(milestone: Milestone) -> str:
    done = f", done {milestone.done_on}" if milestone.done_on else ""
    original = f" (originally {milestone.original_due})" if milestone.original_due != milestone.due else ""
    return f"{milestone.due}: {milestone.title}{original}{done}"


def _write_change(change: MilestoneChange) -> str:
    return f"{change.changed_on}: {change.title} from {change.due_before} to {change.due_after}, {change.reason}"


def defuse(cell: str) -> str:
    """The cell as text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
