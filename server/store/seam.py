"""Between rows and the values of poam_generator.model: how each is written as the other."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any, Protocol, cast
from uuid import UUID

from poam_generator import model as poam
from poam_generator.json_form import from_json
from server.models import Item, ItemHost, Milestone, PolicyRecord, System

DRAFT_FIELDS = tuple(field.name for field in fields(poam.Draft) if field.name != "milestones")


def item_id(system: System, number: int) -> str:
    """The id that people say: PA-0043."""
    return f"{system.item_prefix}-{number:04d}"


def item_number(identifier: str) -> int:
    """The number in an id; 0, which no item has, when there is none."""
    digits = identifier.rpartition("-")[2]
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else 0  # noqa: PLR2004 - what the column holds


class Delivered(Protocol):
    """What an observation needs of a receipt."""

    @property
    def id(self) -> UUID: ...  # noqa: D102 - the columns of the receipt
    @property
    def ordered_at(self) -> datetime: ...  # noqa: D102
    @property
    def bundle_digest(self) -> str: ...  # noqa: D102
    @property
    def origin(self) -> str: ...  # noqa: D102
    @property
    def account(self) -> str: ...  # noqa: D102
    @property
    def collector(self) -> str: ...  # noqa: D102


def seen_of(  # noqa: PLR0913 - what an observation is made of
    receipt: Delivered, facts: str, status: str, judgement: str, observations: tuple[Mapping[str, Any], ...], *, reread: bool
) -> poam.Seen:
    """What a receipt showed of a check. Its time is the receipt's place in the order, so that no host's clock decides."""
    return poam.Seen(
        status=cast("poam.Status", status),
        observed_at=receipt.ordered_at,
        receipt=str(receipt.id),
        bundle=receipt.bundle_digest,
        facts=facts,
        judgement=judgement,
        origin=cast("poam.Origin", receipt.origin),
        observations=observations,
        account=receipt.account,
        collector=receipt.collector,
        reread=reread,
    )


HOST_COLUMNS = (
    "asset_id",
    "asset__name",
    "failing",
    "passing",
    "disposition",
    "disposition_until",
    "ask__progress_by",
    "added_after_approval",
    "accepted_receipts",
)


def read_host_columns(  # noqa: PLR0913, PLR0917 - HOST_COLUMNS
    asset: UUID,
    name: str,
    failing: Mapping[str, Any],
    passing: Mapping[str, Any] | None,
    disposition: str,
    until: date | None,
    progress: date | None,
    added: bool,  # noqa: FBT001 - a column
    accepted: Sequence[str],
) -> poam.ItemHost:
    """The host of an item as reconcile sees it, from the columns of its row."""
    return poam.ItemHost(
        host=str(asset),
        host_name=name,
        failing=from_json(poam.Seen, failing),
        passing=from_json(poam.Seen, passing) if passing else None,
        disposition=cast("poam.Disposition", disposition) if disposition else None,
        disposition_until=until,
        progress_by=progress if disposition == "temporary_deficiency" else None,
        added_after_approval=added,
        accepted_receipts=tuple(accepted),
    )


def read_host(row: ItemHost) -> poam.ItemHost:
    """The host of an item as reconcile sees it."""
    return read_host_columns(
        row.asset_id,
        row.asset.name,
        row.failing,
        row.passing,
        row.disposition,
        row.disposition_until,
        row.ask.progress_by if row.ask else None,
        row.added_after_approval,
        row.accepted_receipts,
    )


def read_item(row: Item, system: System, hosts: Sequence[poam.ItemHost] | None = None) -> poam.Item:
    """The item as reconcile sees it; its hosts are given, or they and their assets must have been fetched along."""
    held = map(read_host, row.hosts.all()) if hosts is None else hosts
    return poam.Item(
        id=item_id(system, row.number),
        source=cast("poam.SourceKind", row.source),
        source_key=row.source_key,
        state=cast("poam.State", row.state),
        judgement=row.judgement,
        hosts=tuple(sorted(held, key=lambda host: host.host)),
        detected_on=row.detected_on,
        predecessor=item_id(system, row.predecessor.number) if row.predecessor else "",
        awaiting=row.awaiting,
        ended_on=row.ended_on,
    )


def read_draft(row: Item) -> poam.Draft:
    """The text of an item with its milestones."""
    plain = {name: getattr(row, name) for name in DRAFT_FIELDS}
    plain |= {"requirements": tuple(row.requirements), "objectives": tuple(row.objectives)}
    return poam.Draft(**plain, milestones=tuple(read_milestone(one) for one in row.milestones.all()))


def read_milestone(row: Milestone) -> poam.Milestone:
    """A milestone as the text has it."""
    return poam.Milestone(row.title, row.due, row.original_due, row.done_on, tuple(row.hosts))


def draft_columns(draft: poam.Draft) -> dict[str, Any]:
    """The columns of an item that hold a draft's text."""
    plain = {name: getattr(draft, name) for name in DRAFT_FIELDS}
    return plain | {
        "requirements": list(draft.requirements),
        "objectives": list(draft.objectives),
        "remediation": dict(draft.remediation),
    }


def read_policy(row: PolicyRecord) -> poam.Policy:
    """The policy that a person approved."""
    plain = {field.name: getattr(row, field.name) for field in fields(poam.Policy) if field.name != "approved_by"}
    return replace(poam.Policy(**plain), approved_by=str(row.approved_by))
