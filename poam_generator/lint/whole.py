"""What only shows when the entries of a POA&M are looked at together."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import Final, TypeVar

from poam_generator.lint.model import STEPS, Entry, Problem, ProblemKind, Standards
from poam_generator.lint.texts import is_said
from poam_generator.model import Capacity
from poam_generator.names import join_names
from poam_generator.team import count_hours, minutes_a_day
from poam_generator.working_days import count_working_days

FEWEST_ALIKE: Final = 3
NAMED: Final = 5
K = TypeVar("K", bound=Hashable)


def lint_whole(entries: Sequence[Entry], standards: Standards) -> Iterator[Problem]:
    """Everything due on one day, the same text in many entries, and NOT MET requirements that no entry is for."""
    live = [entry for entry in entries if entry.live]
    yield from _lint_one_day(live)
    yield from _lint_load(live, standards)
    # A template's own impact is told of each of its entries.
    written = [entry for entry in live if entry.impact_edited is not False]
    yield from _lint_same_text(written, "impact", "impact", {entry.id: entry.impact or "" for entry in written})
    yield from _lint_same_text(live, "vague_plan", "remediation plan", {one.id: _written_plan(one) for one in live})
    for requirement, ids in standards.unmet.items():
        if not ids:
            yield Problem(
                "",
                "no_item",
                f"{requirement} is NOT MET and no open item is for it; every NOT MET requirement needs one (32 CFR 170.24(c)(2)(i)(B)(6)).",
            )


def _lint_one_day(live: Sequence[Entry]) -> Iterator[Problem]:
    by_day = _group([(entry.completion, entry.id) for entry in live if entry.completion])
    for day, ids in sorted(by_day.items()):
        if len(ids) >= FEWEST_ALIKE and len(ids) * 2 > len(live):
            yield Problem(
                "",
                "same_day",
                f"{len(ids)} of {len(live)} entries are due on {day} ({join_names(ids, NAMED)}); "
                "spread the dates over the days that the work takes.",
            )


def _lint_load(live: Sequence[Entry], standards: Standards) -> Iterator[Problem]:
    """The first day by which more work is promised than all hours of the team hold."""
    settings = standards.settings
    a_day = minutes_a_day(Capacity(settings.hours_per_week + sum(one.hours_per_week for one in settings.capacities)))
    promised = 0
    for day, minutes in sorted((entry.completion, entry.minutes) for entry in live if entry.completion):
        promised += minutes
        held = a_day * count_working_days(standards.today, day, settings.holidays)
        if day > standards.today and promised > held:
            held_by = f"the team has {count_hours(held)} h until then"
            yield Problem(
                "", "overloaded", f"{count_hours(promised)} h of work are promised by {day}, and {held_by}; move dates or find hours."
            )
            return


def _lint_same_text(live: Sequence[Entry], kind: ProblemKind, what: str, texts: dict[str, str]) -> Iterator[Problem]:
    alike = _group([(" ".join(texts[entry.id].split()), entry.id) for entry in live])
    for text, ids in alike.items():
        if len(ids) >= FEWEST_ALIKE and is_said(text):
            yield Problem(
                "",
                kind,
                f"{len(ids)} entries have the same {what}, word for word ({join_names(ids, NAMED)}); say in each what is so of it.",
            )


def _written_plan(entry: Entry) -> str:
    """The plan in words; steps are alike from entry to entry, and nothing is wrong with that."""
    return "\n".join(text for platform, text in (entry.plan or {}).items() if platform != STEPS)


def _group(pairs: Sequence[tuple[K, str]]) -> dict[K, list[str]]:
    groups: dict[K, list[str]] = defaultdict(list)
    for key, identifier in pairs:
        groups[key].append(identifier)
    return groups
