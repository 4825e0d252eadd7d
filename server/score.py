"""The score of a system: results of its assets, answers of its people, and the pure rules over both."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db.models import F

from checks.framework import Framework, load_framework
from checks.load import Content
from poam_generator.objectives import AssetResults, ObjectiveStatus
from poam_generator.position import Inputs, Position, Work, find_position
from poam_generator.score import RequirementStatus, Score
from poam_generator.score_record import inputs_digest
from poam_generator.steps import close_live_items
from server import store
from server.models import Conflict, Item, ItemHost, ScoreRecord, System
from server.tailoring import judged_now, unconfirmed_checks

if TYPE_CHECKING:
    from poam_generator import model as poam
    from poam_generator.scope import Category

_AS_MET = ("enduring_exception", "temporary_deficiency")  # 32 CFR 170.24(b)(1)
_ENDED = ("closed", "withdrawn")


@dataclass(frozen=True, slots=True)
class Assessment:
    """Where the system stands. projected: the score if every live item closed, None where there is no score.

    inputs: all that it rests on, for questions of what would come of something.
    """

    objectives: dict[str, ObjectiveStatus]
    requirements: dict[str, RequirementStatus]
    score: Score
    projected: int | None
    unattested: tuple[str, ...]
    inputs: Inputs

    @property
    def position(self) -> Position:
        """Where the system stands, as the pure rules have it."""
        return Position(self.objectives, self.requirements, self.score)

    def to_json(self) -> dict[str, Any]:
        """What `closeout score --json` prints."""
        score = self.score
        ssp = score.ssp
        return {
            "verified": score.verified,
            "projected": self.projected,
            "minimum": score.minimum,
            "ssp": None
            if ssp is None
            else {
                "title": ssp.title,
                "version": ssp.version,
                "approved_on": ssp.approved_on.isoformat(),
                "approver": ssp.approver,
                "reviewed_on": ssp.reviewed_on.isoformat(),
            },
            "because": score.because,
            "not_assessed": list(score.not_assessed),
            "not_met": [one.to_json() for one in score.not_met],
            "unattested": list(self.unattested),
            "conditional": {"eligible": score.conditional.eligible, "because": list(score.conditional.because)},
        }


def assess(system: System, content: Content, now: datetime) -> Assessment:
    """Where the system stands at this moment."""
    inputs = gather(system, content, now)
    position = find_position(inputs)
    hoped = close_live_items(inputs)
    return Assessment(
        objectives=position.objectives,
        requirements=position.requirements,
        score=position.score,
        projected=hoped.score.verified,
        unattested=tuple(one for one, status in hoped.objectives.items() if status.state == "missing"),
        inputs=inputs,
    )


def record(system: System, content: Content, now: datetime) -> ScoreRecord | None:
    """Note where the system stands, for the history; None where the day's newest record says the same."""
    found = assess(system, content, now)
    return store.record_score(system, found.to_json(), inputs_digest(found.inputs), now)


def gather(system: System, content: Content, now: datetime) -> Inputs:
    """All that the score of a system rests on at this moment."""
    framework, answers = load_framework(), store.answers_of(system)
    return Inputs(
        framework=framework,
        content=content,
        assets=tuple(_assets(system, framework, content, now)),
        words=answers.words(unconfirmed_checks(system, content)),
        ssp=answers.ssp,
        registers=answers.registers(),
        items=tuple(_items(system)),
        today=now.date(),
    )


def _assets(system: System, framework: Framework, content: Content, now: datetime) -> Iterator[AssetResults]:
    """Every asset in scope with what counts of its results: fresh, under a confirmed judgement, from an observation.

    Those that show the same come together. Of checks that prove nothing only failures matter, so the others are left out. A pass by
    another value than the organization's proves nothing, nor does one of an asset of which nobody has said yet whose bundles it has.
    """
    excused, doubted = _excused(system, now.date()), _doubted(system)
    nothing: frozenset[str] = frozenset()
    alike: dict[tuple[str, str, str, frozenset[str], bool], dict[str, str]] = {}
    for one in store.standings(system, store.score_policy(system).fresh_days, now):
        key = (one.platform, one.category, one.text, excused.get(one.asset, nothing), one.asset in doubted)
        alike.setdefault(key, {})[str(one.asset)] = one.name
    judged, by_value = store.judged_as(system), judged_now(system, content)
    members = {check for proof in framework.proof_sets for check in proof.checks}
    failing = {number: check for number, (check, _) in judged.items()}
    proving = {
        number: check for number, (check, judgement) in judged.items() if check in members and judgement in by_value.get(check, {judgement})
    }
    for (platform, category, text, forgiven, doubt), assets in alike.items():
        statuses = store.read_standing(text, failing, {} if doubt else proving)
        yield AssetResults(assets, platform, cast("Category", category), statuses, forgiven)


def _doubted(system: System) -> frozenset[UUID]:
    """The assets that show what another was known by, while a person has not said which is which."""
    rows = Conflict.objects.filter(system=system, resolved_at=None).values_list("asset", "other")
    return frozenset(asset for pair in rows for asset in pair)


def _excused(system: System, today: date) -> dict[Any, frozenset[str]]:
    """Asset -> the checks whose failure there counts as met."""
    found: dict[Any, set[str]] = {}
    held = ItemHost.objects.filter(system=system, item__source="check", disposition__in=_AS_MET, disposition_until__gte=today)
    held = held.exclude(ask__progress_by__lt=today)
    for asset_id, check in held.values_list("asset_id", "item__source_key"):
        found.setdefault(asset_id, set()).add(check)
    return {asset: frozenset(checks) for asset, checks in found.items()}


def _items(system: System) -> Iterator[Work]:
    """The items that have not ended, with what they bear on."""
    rows = Item.objects.filter(system=system).exclude(state__in=_ENDED).annotate(open_hosts=F("hosts_total") - F("hosts_verified"))
    columns = ("number", "source", "source_key", "state", "title", "requirements", "objectives", "effort_minutes", "open_hosts")
    for number, source, key, state, title, requirements, objectives, minutes, hosts in rows.order_by("number").values_list(*columns):
        yield Work(
            id=store.item_id(system, number),
            source=cast("poam.SourceKind", source),
            source_key=key,
            state=cast("poam.State", state),
            title=title,
            requirements=tuple(requirements),
            objectives=tuple(objectives),
            minutes=minutes,
            hosts=hosts,
        )
