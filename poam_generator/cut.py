"""Items cut into an entry a requirement or a host, for those whose format demands it; nothing of it is stored."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Literal, get_args

from checks.framework import Framework
from poam_generator.eligibility import state_eligibility
from poam_generator.model import ExportItem, Milestone
from poam_generator.score import points_at_stake
from poam_generator.team import count_hours

Per = Literal["weakness", "requirement", "host"]
WAYS: tuple[Per, ...] = get_args(Per)


def cut_items(items: Iterable[ExportItem], per: Per, framework: Framework, partial: AbstractSet[str] = frozenset()) -> list[ExportItem]:
    """The items as they are, an entry for each requirement of each, or one for each host; an item without hosts stays whole.

    The id of an entry is the item's with what it is for: PA-0043/3.1.8, PA-0043/ws-014. Effort, cost and points of an entry are its
    share; those of all entries of an item add up to the item's, save for points of requirements that stand in several. partial: as
    in points_at_stake.
    """
    if per == "requirement":
        return [part for one in items for part in _by_requirement(one, framework, partial)]
    if per == "host":
        return [part for one in items for part in _by_host(one)]
    return list(items)


def _by_requirement(one: ExportItem, framework: Framework, partial: AbstractSet[str]) -> Iterator[ExportItem]:
    ids = one.draft.requirements
    if len(ids) < 2:  # noqa: PLR2004 - nothing to cut
        yield one
        return
    shares = zip(ids, _share(one.draft.effort_minutes, len(ids)), _share_cost(one.draft.cost_cents, len(ids)), strict=True)
    for requirement_id, minutes, cents in shares:
        requirement = framework.requirement(requirement_id)
        own = {objective.id for objective in requirement.objectives}
        draft = replace(
            one.draft,
            requirements=(requirement_id,),
            objectives=tuple(objective for objective in one.draft.objectives if objective in own),
            points=points_at_stake([requirement], partial),
            eligibility=state_eligibility([requirement]),
            resources=_say_share(one, minutes),
            effort_minutes=minutes,
            cost_cents=cents,
        )
        yield replace(one, item=replace(one.item, id=f"{one.item.id}/{requirement_id}"), draft=draft)


def _by_host(one: ExportItem) -> Iterator[ExportItem]:
    hosts = sorted(one.item.hosts, key=lambda host: (host.host_name, host.host))
    if len(hosts) < 2:  # noqa: PLR2004 - nothing to cut
        yield one
        return
    shares = zip(hosts, _share(one.draft.effort_minutes, len(hosts)), _share_cost(one.draft.cost_cents, len(hosts)), strict=True)
    for host, minutes, cents in shares:
        stones = tuple(stone for stone in one.draft.milestones if _covers(stone, host.host))
        draft = replace(
            one.draft,
            weakness=f"{one.draft.weakness}\nOn {host.host_name}.",
            milestones=stones or one.draft.milestones,
            resources=_say_share(one, minutes),
            effort_minutes=minutes,
            cost_cents=cents,
        )
        item = replace(one.item, id=f"{one.item.id}/{host.host_name}", hosts=(host,))
        titles = {stone.title for stone in draft.milestones}
        changes = tuple(change for change in one.milestone_changes if change.title in titles)
        yield replace(one, item=item, draft=draft, milestone_changes=changes)


def _say_share(one: ExportItem, minutes: int) -> str:
    """The resources of an entry, so that its hours are not taken for those of the item, which its text tells."""
    whole = one.draft.resources
    return f"{count_hours(minutes)} h as its share. {one.item.id} as a whole: {whole}" if whole and minutes else whole


def _covers(stone: Milestone, host: str) -> bool:
    """True for a step of this host, and for one that names no hosts at all."""
    return not stone.hosts or host in stone.hosts


def _share(total: int, parts: int) -> list[int]:
    """The total in whole parts that add up to it."""
    share, rest = divmod(total, parts)
    return [share + (place < rest) for place in range(parts)]


def _share_cost(total: int | None, parts: int) -> list[int] | list[None]:
    return [None] * parts if total is None else _share(total, parts)
