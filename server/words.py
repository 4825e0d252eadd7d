"""Items without a check, brought up to date with what people answer and with the dates of dispositions."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from checks.framework import load_framework
from checks.load import Content
from poam_generator import model as poam
from poam_generator.answers import Answers
from poam_generator.attestation import Attestation
from poam_generator.weakness import Weakness, attested_weakness, not_met, reconcile_words, write_weakness_draft
from server import store
from server.drafting import drafting_settings
from server.errors import ServerError
from server.models import Asset, Item, System, User
from server.store import Applied, Recorded


def record_answers(system: System, given: Answers, user: User, now: datetime) -> tuple[Recorded, Applied]:
    """Record what a person answers, and draft the items that NOT MET attestations need."""
    recorded = store.record_answers(system, given, user, now)
    return recorded, update_words(system, now, user)


def update_words(system: System, now: datetime, actor: User | None = None) -> Applied:
    """Draft what is lacking: an item for each NOT MET attestation, and what comes back because its disposition has ended."""
    with store.locked(system) as held:
        words = store.answers_of(held).attestations
        rows = {row.identifier: row for row in store.whole_items(held).exclude(source="check")}
        items = [store.read_item(row, held) for row in rows.values()]
        changes = reconcile_words(words, items, store.covered_until(held), now.date())
        drafts = [_write(held, change.item, rows, not_met(words), now) for change in changes]
        return store.apply(held, changes, drafts, now, actor)


def _write(system: System, item: poam.Item, rows: Mapping[str, Item], words: Mapping[str, list[Attestation]], now: datetime) -> poam.Draft:
    framework, settings = load_framework(), drafting_settings(system, now.date())
    if item.source == "attestation":
        names = {str(pk): name for pk, name in Asset.objects.filter(system=system).values_list("id", "name")}
        return write_weakness_draft(attested_weakness(words[item.source_key], names, framework), framework, settings, now.date())
    old = rows[item.predecessor]
    return write_weakness_draft(_again(old), framework, settings, now.date())


def _again(old: Item) -> Weakness:
    """The weakness of an item that comes back, in the words that it had."""
    return Weakness(
        source=cast("poam.SourceKind", old.source),
        title=old.title,
        weakness=old.weakness,
        objectives=tuple(old.objectives),
        identified_by=f"{old.identified_by}; it comes back from {old.identifier}, whose disposition has ended",
        severity=old.severity,
        impact=old.impact,
        plan=old.remediation.get("all", ""),
        point_of_contact=old.point_of_contact,
        resources=old.resources,
        reference=old.source_key,
    )


def new_item(system: System, given: Weakness, user: User, now: datetime) -> Item:
    """A draft of what a person or an assessor found; scans do not decide on it. Raises ServerError where a live item says the same."""
    store.require(system, user, store.DECIDING, "write an item")
    draft = write_weakness_draft(given, load_framework(), drafting_settings(system, now.date()), now.date())
    item = poam.Item("", given.source, given.reference.strip()[:200], "draft", "", (), now.date())
    with store.locked(system) as held:
        _refuse_same(held, item, draft)
        return store.create_item(held, item, draft, now, user)


def _refuse_same(system: System, item: poam.Item, draft: poam.Draft) -> None:
    """A form that is sent twice makes one item."""
    rows = store.whole_items(system).filter(state__in=poam.LIVE, source=item.source, source_key=item.source_key, title=draft.title)
    for row in rows.filter(weakness=draft.weakness):
        if row.objectives == list(draft.objectives):
            raise ServerError(f"{row} says the same and is {row.state}; change that one, or give this one a reference of its own")


def informing_checks(row: Item, content: Content) -> frozenset[str]:
    """The checks that bear on an item's objectives: what they say informs it."""
    wanted = set(row.objectives)
    return frozenset(check.id for check in content.checks.values() if wanted & set(check.assesses))
