"""Writes a draft complete enough to sign, and says what a reviewer still has to look at."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from math import ceil
from typing import Any

from checks.framework import Framework, Requirement
from checks.model import Check
from checks.operators import tell
from checks.remediation import remediation_text
from collector.canonical import digest
from poam_generator.changes.central import say_central
from poam_generator.eligibility import state_eligibility
from poam_generator.errors import PoamError
from poam_generator.json_form import to_json
from poam_generator.lint.model import CentralSetting
from poam_generator.model import SEVERITIES, Capacity, Draft, DraftHost, DraftSettings, Item
from poam_generator.names import join_names
from poam_generator.schedule import Plan, Work, plan_milestones
from poam_generator.score import points_at_stake
from poam_generator.team import MINUTES_AN_HOUR, count_hours, find_capacity, find_contact, name_capacity
from poam_generator.texts import SHIPPED, Texts
from poam_generator.workload import NOTHING_PROMISED, Workload

REVIEW_SCHEMA = "closeout.review/2"
SHOWN_VALUES = 10  # different values of one fact that a weakness tells
RESIDUAL = {"high": "medium", "medium": "low", "low": "low"}


def write_draft(  # noqa: PLR0913, PLR0917 - everything that a draft is made of
    check: Check,
    framework: Framework,
    hosts: Sequence[DraftHost],
    settings: DraftSettings,
    today: date,
    predecessor: str = "",
    workload: Workload = NOTHING_PROMISED,
    central: Sequence[CentralSetting] = (),
    texts: Texts = SHIPPED,
) -> Draft:
    """The draft of an item of a check on these hosts; its order and its text depend on nothing but the arguments.

    workload: what is promised already, so that the dates of this draft take the capacity that is left. central: the settings of
    the check that a Group Policy object decides on these hosts. texts: the organization's own templates among them.

    Raises PoamError without hosts, and on a host whose platform the check does not judge.
    """
    if not hosts:
        raise PoamError(f"a draft of {check.id} needs at least one failing host")
    ordered = sorted(hosts, key=lambda one: (one.host.host_name, one.host.host))
    requirements = _list_requirements(check, framework)
    families = frozenset(requirement.family for requirement in requirements)
    work = [Work(one.host.host, one.host.host_name, one.platform, _effort(check, one)) for one in ordered]
    minutes = settings.overhead_minutes + sum(one.minutes for one in work)
    capacity = find_capacity(settings, families, (one.group for one in ordered))
    plan = plan_milestones(work, check.severity, settings, capacity, workload, today)
    values = _template_values(check, requirements, ordered, settings, predecessor)
    return Draft(
        title=f"Not met: {check.title}",
        weakness=texts.render("weakness.txt", **values),
        requirements=tuple(requirement.id for requirement in requirements),
        objectives=tuple(check.assesses),
        points=points_at_stake(requirements, settings.partial),
        severity=check.severity,
        impact=texts.render("impact.txt", **values),
        risk_before=texts.render("risk_before.txt", **values),
        risk_residual=texts.render("risk_residual.txt", **values),
        remediation={name: _remediation(check, name, settings, central) for name in sorted({one.platform for one in ordered})},
        milestones=plan.milestones,
        scheduled_completion=plan.milestones[-1].due,
        identified_by=texts.render("identified_by.txt", **values),
        eligibility=state_eligibility(requirements),
        point_of_contact=find_contact(settings, families, ordered),
        resources=texts.render("resources.txt", **values, **_resource_values(check, ordered, settings, minutes, capacity, plan)),
        effort_minutes=minutes,
        cost_cents=None if settings.hourly_cents is None else _cost(minutes, settings.hourly_cents),
        funding=settings.funding,
    )


def urgency(check: Check, framework: Framework, partial: AbstractSet[str] = frozenset()) -> tuple[int, int, str]:
    """What drafts of one day are planned by, the smallest first, so that it gets the earliest of the capacity that is left.

    The most severe weakness, then the one with the most points at stake; partial: as in points_at_stake.
    """
    return (SEVERITIES.index(check.severity), -points_at_stake(_list_requirements(check, framework), partial), check.id)


def review_form(item: Item, draft: Draft) -> dict[str, Any]:
    """What a reviewer sees and an approval binds to: the text, and of each host the failing observation and disposition.

    A host is named by its id, so that another name for it asks for no new approval. A milestone that is done, a pass, a word that
    is awaited and the item's state are progress and no part of it.
    """
    hosts = [
        {"host": host.host, "failing": to_json(host.failing), "disposition": host.disposition or ""}
        for host in sorted(item.hosts, key=lambda one: one.host)
    ]
    text = to_json(draft)
    for milestone in text["milestones"]:
        del milestone["done_on"]
        if not milestone["hosts"]:
            del milestone["hosts"]
    return {"schema": REVIEW_SCHEMA, "item": item.id, "judgement": item.judgement, "text": text, "hosts": hosts}


def draft_digest(item: Item, draft: Draft) -> str:
    """SHA-256 of what a reviewer sees (review_form); it changes with the text and with the evidence of any host."""
    return digest(review_form(item, draft))


def _list_requirements(check: Check, framework: Framework) -> list[Requirement]:
    """The requirements that the check's objectives belong to, each once, in the order of the framework."""
    wanted = {framework.requirement_of(objective).id for objective in check.assesses}
    return [requirement for requirement in framework.requirements if requirement.id in wanted]


def _effort(check: Check, host: DraftHost) -> int:
    if host.platform not in check.platforms:
        raise PoamError(f"{check.id} does not judge {host.platform!r}, the platform of {host.host.host_name}; look at its inventory entry")
    return check.platforms[host.platform].effort


def _remediation(check: Check, platform: str, settings: DraftSettings, central: Sequence[CentralSetting]) -> str:
    text = remediation_text(check, platform, settings.parameters)
    said = say_central(central) if platform == "windows" else ""
    return f"{text.rstrip()}\n{said}" if said else text


def _resource_values(  # noqa: PLR0913, PLR0917 - what the template may name
    check: Check, hosts: Sequence[DraftHost], settings: DraftSettings, minutes: int, capacity: Capacity, plan: Plan
) -> dict[str, Any]:
    return {
        "hours": count_hours(minutes),
        "overhead": settings.overhead_minutes,
        "parts": _parts(check, hosts),
        "team": name_capacity(capacity),
        "capacity": capacity.hours_per_week,
        "late_because": plan.late_because,
    }


def _template_values(
    check: Check, requirements: Sequence[Requirement], hosts: Sequence[DraftHost], settings: DraftSettings, predecessor: str
) -> dict[str, Any]:
    first = min(hosts, key=lambda one: (one.host.failing.observed_at, one.host.host_name))
    return {
        "check": check,
        "stakes": [_state_stake(check, requirement, settings) for requirement in requirements],
        "hosts": hosts,
        "names": join_names(one.host.host_name for one in hosts),
        "groups": ", ".join(sorted({one.group for one in hosts if one.group})),
        "observed": _list_observed(hosts),
        "first": first.host.failing.observed_at,
        "first_text": f"{first.host.failing.observed_at:%Y-%m-%d %H:%M} UTC",
        "first_host": first.host.host_name,
        "residual": RESIDUAL.get(check.severity, check.severity),
        "settings": settings,
        "predecessor": predecessor,
    }


def _state_stake(check: Check, requirement: Requirement, settings: DraftSettings) -> dict[str, Any]:
    """What a requirement loses: a member of a proof set makes an objective unmet, a supporting check only contests it."""
    ids = {objective.id for objective in requirement.objectives}
    return {
        "name": f"{requirement.cmmc_id} {requirement.title}",
        "paragraph": requirement.not_scored_paragraph if requirement.points is None else None,
        "points": points_at_stake([requirement], settings.partial),
        "proves": any(bearing == "member" for objective, bearing in check.assesses.items() if objective in ids),
    }


def _list_observed(hosts: Sequence[DraftHost]) -> list[dict[str, str]]:
    """What failed, each different value once with the hosts that show it; of many values the first."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for one in hosts:
        for observation in one.host.failing.observations:
            if observation.get("status", "fail") == "fail":
                told = tell(observation.get("observed"), observation.get("reason", ""))
                asked = (observation["path"], observation["expected"])
                found.setdefault(asked, {}).setdefault(told, []).append(one.host.host_name)
    return [
        {"path": path, "expected": expected, "observed": told, "hosts": join_names(dict.fromkeys(names))}
        for (path, expected), values in found.items()
        for told, names in _first_values(values)
    ]


def _first_values(values: Mapping[str, list[str]]) -> list[tuple[str, list[str]]]:
    """The values that came first with their hosts, and all others as one."""
    first, rest = list(values.items())[:SHOWN_VALUES], list(values.items())[SHOWN_VALUES:]
    others = [(f"{len(rest)} other value{'s' * (len(rest) != 1)}", [name for _, names in rest for name in names])]
    return first + others if rest else first


def _parts(check: Check, hosts: Sequence[DraftHost]) -> list[dict[str, Any]]:
    platforms = sorted({one.platform for one in hosts})
    return [
        {"platform": name, "count": sum(one.platform == name for one in hosts), "minutes": check.platforms[name].effort}
        for name in platforms
    ]


def _cost(minutes: int, hourly_cents: int) -> int:
    return ceil(minutes * hourly_cents / MINUTES_AN_HOUR)
