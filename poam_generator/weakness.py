"""Items that no check has found: of a NOT MET attestation, an assessor, an import, or a person, with a text complete enough to sign.

Scans do not decide on them. They close on final evidence and the word of a reviewer who is not the owner (see final_word).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from checks.framework import Framework, Requirement
from poam_generator.attestation import Attestation
from poam_generator.draft import RESIDUAL
from poam_generator.eligibility import state_eligibility
from poam_generator.errors import PoamError
from poam_generator.model import LIVE, Draft, DraftItem, DraftSettings, Item, Milestone, SourceKind
from poam_generator.schedule import target_day
from poam_generator.score import points_at_stake
from poam_generator.standing import end_order
from poam_generator.working_days import add_working_days, last_working_day

OWN_IMPACT = "While it stands, "  # how the impact begins that nobody has written
LEAD = timedelta(days=7)  # between the remedy and the day on which a reviewer has the evidence
DISPOSED = ("accepted", "enduring_exception", "temporary_deficiency", "dismissed")


@dataclass(frozen=True, slots=True)
class Weakness:
    """What somebody says is wrong. objectives: as 3.1.8[b], at least one. plan: what is to be done. due: None takes the severity's target.

    assets: names of what it concerns. reference: what tells it from others of its source, such as a finding's number.
    """

    source: SourceKind
    title: str
    weakness: str
    objectives: tuple[str, ...]
    identified_by: str
    severity: str = "medium"
    impact: str = ""
    plan: str = ""
    assets: tuple[str, ...] = ()
    point_of_contact: str = ""
    resources: str = ""
    reference: str = ""
    due: date | None = None


def write_weakness_draft(given: Weakness, framework: Framework, settings: DraftSettings, today: date) -> Draft:
    """The text of an item of a weakness; raises PoamError on what is missing, and ContentError on an objective that there is not."""
    if missing := [name for name in ("title", "weakness", "objectives", "identified_by") if not getattr(given, name)]:
        raise PoamError(f"a weakness needs its {missing[0].replace('_', ' ')}")
    if given.severity not in RESIDUAL:
        raise PoamError(f"severity {given.severity!r} is not one of {', '.join(RESIDUAL)}")
    wanted = {framework.requirement_of(objective).id for objective in given.objectives}
    requirements = [one for one in framework.requirements if one.id in wanted]
    points = points_at_stake(requirements, settings.partial)
    milestones = _milestones(given, settings, today)
    said = given.weakness.strip()
    stop = "" if said.endswith((".", "!", "?", ";", ":")) else "."
    concerned = f"{stop} It concerns {', '.join(given.assets)}." if given.assets else ""
    return Draft(
        title=given.title.strip(),
        weakness=f"{said}{concerned}",
        requirements=tuple(one.id for one in requirements),
        objectives=given.objectives,
        points=points,
        severity=given.severity,
        impact=given.impact.strip() or _say_impact(requirements, points),
        risk_before=f"{given.severity.capitalize()} as long as nothing is changed.",
        risk_residual=f"{RESIDUAL[given.severity].capitalize()} once a reviewer has seen final evidence that it is mended.",
        remediation={"all": given.plan.strip()},
        milestones=milestones,
        scheduled_completion=milestones[-1].due,
        identified_by=given.identified_by.strip(),
        eligibility=state_eligibility(requirements),
        point_of_contact=given.point_of_contact.strip(),
        resources=given.resources.strip(),
        funding=settings.funding,
    )


def _milestones(given: Weakness, settings: DraftSettings, today: date) -> tuple[Milestone, ...]:
    """The remedy on a working day after today, and a while later the evidence; both on one day where there is no time between."""
    end = last_working_day(given.due, settings.holidays) if given.due else target_day(given.severity, settings, today)
    done = max(last_working_day(end - LEAD, settings.holidays), add_working_days(today, 1, settings.holidays))
    if done >= end:
        return (Milestone("Mend it, and show final evidence to a reviewer", end, end),)
    return (Milestone("Mend it", done, done), Milestone("Show final evidence to a reviewer", end, end))


def _say_impact(requirements: Sequence[Requirement], points: int) -> str:
    """What stands at stake for want of a person's word on it."""
    names = " and ".join(f"{one.cmmc_id} {one.title}" for one in requirements)
    are, cost = ("is", "costs") if len(requirements) == 1 else ("are", "cost")
    said = f"{OWN_IMPACT}{names} {are} NOT MET"
    return f"{said} and {cost} {points} of 110 points." if points else f"{said}."


def attested_weakness(words: Sequence[Attestation], names: Mapping[str, str], framework: Framework) -> Weakness:
    """The weakness that the NOT MET attestations of one objective tell of; names: asset id -> name."""
    first = words[0]
    assets = sorted({names.get(asset, asset) for word in words for asset in word.assets})
    said = " ".join(word.statement.strip() for word in words)
    return Weakness(
        source="attestation",
        title=f"Not met: {first.objective} {framework.objective(first.objective).summary}"[:300],
        weakness=said,
        objectives=(first.objective,),
        identified_by=f"attestation of {first.on} by {', '.join(dict.fromkeys(word.by for word in words))}",
        severity="high" if (framework.requirement_of(first.objective).points or 0) > 1 else "medium",
        assets=tuple(assets),
        reference=first.objective,
    )


def not_met(words: Iterable[Attestation]) -> dict[str, list[Attestation]]:
    """Objective -> the words that find it NOT MET now."""
    found: dict[str, list[Attestation]] = {}
    for word in words:
        if word.finding == "not_met":
            found.setdefault(word.objective, []).append(word)
    return found


def reconcile_words(words: Iterable[Attestation], items: Sequence[Item], covered: Mapping[str, date], today: date) -> tuple[DraftItem, ...]:
    """The items that are lacking, level-triggered: applied once, the same input gives none.

    covered: id of an item that was disposed of as a whole -> the last day on which that counts (its end, or the day by which
    progress was due). Every objective that somebody attests as NOT MET needs an item (32 CFR 170.24(c)(2)(i)(B)(6)): where no
    live item of it is, and none that is covered, one is drafted that names the newest ended one. An item of another source
    whose cover has passed comes back as a draft that names it; nothing that was closed comes back by itself.
    """
    own = sorted((item for item in items if item.source != "check"), key=end_order)
    return (*_of_attestations(not_met(words), own, covered, today), *_of_lapses(own, covered, today))


def _of_attestations(
    found: Mapping[str, Sequence[Attestation]], own: Sequence[Item], covered: Mapping[str, date], today: date
) -> Iterator[DraftItem]:
    for objective, words in found.items():
        held = [item for item in own if item.source == "attestation" and item.source_key == objective]
        if not any(item.state in LIVE or covered.get(item.id, date.min) >= today for item in held):
            detected = min(word.on for word in words)
            yield DraftItem(Item("", "attestation", objective, "draft", "", (), detected, held[-1].id if held else ""))


def _of_lapses(own: Sequence[Item], covered: Mapping[str, date], today: date) -> Iterator[DraftItem]:
    succeeded = {item.predecessor for item in own}
    for item in own:
        lapsed = item.state in DISPOSED and item.id in covered and covered[item.id] < today
        if lapsed and item.source != "attestation" and item.id not in succeeded:
            yield DraftItem(replace(item, id="", state="draft", predecessor=item.id, awaiting="", ended_on=None))
