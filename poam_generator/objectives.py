"""What is known of every assessment objective of a system: proven by hosts, attested, inherited, failing, contested or missing.

An objective is proven on a host when its proof set has at least one applicable check there and every applicable one passes, and
for the system when that holds on every asset that it applies to. Silence, errors and stale results prove nothing. A failure on a
host outweighs every word: nobody attests away what a scan shows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeVar, get_args

from checks.framework import Framework, Objective, Platform
from checks.model import CheckSet
from poam_generator.attestation import Attestation, Inheritance, attestation_faults, inheritance_faults
from poam_generator.model import Status

Category = Literal["cui", "security_protection", "contractor_risk_managed", "specialized", "out_of_scope"]  # 32 CFR 170.19(c)(1)
OnAsset = Literal["proven", "failing", "missing"]
State = Literal["proven", "attested", "inherited", "not_applicable", "failing", "contested", "missing"]
ESTABLISHED: frozenset[State] = frozenset({"proven", "attested", "inherited", "not_applicable"})
_PLATFORMS: tuple[Platform, ...] = get_args(Platform)
_SHOWN = 3
_Word = TypeVar("_Word", Attestation, Inheritance)


@dataclass(frozen=True, slots=True)
class AssetResults:
    """One asset with its present results. statuses: check -> status, only of observations that are fresh enough for the score.

    excused: checks whose failure there is under an enduring exception or a temporary deficiency, which count as met
    (32 CFR 170.24(b)(1)). platform: "" for an asset that no check judges.
    """

    id: str
    name: str
    platform: str
    category: Category
    statuses: Mapping[str, Status]
    excused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Words:
    """What people answer for. relevant: the objectives chosen for security protection assets; None until somebody has chosen.

    unconfirmed: checks with a parameter that the organization has not confirmed; they prove nothing.
    """

    attestations: tuple[Attestation, ...] = ()
    inheritances: tuple[Inheritance, ...] = ()
    relevant: frozenset[str] | None = None
    unconfirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ObjectiveStatus:
    """What is known of one objective. failing: (asset name, check); contested_by: failing checks that only support it.

    proven, attested, missing: names of the assets on which it is; reasons: why words that were given do not count, and who failed it.
    """

    objective: str
    state: State
    proven: tuple[str, ...] = ()
    attested: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    failing: tuple[tuple[str, str], ...] = ()
    contested_by: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(slots=True)
class _Tally:
    """What the assets show of one objective, while they are gone through; of_hosts: False where no host of any platform can show it."""

    of_hosts: bool
    proven: list[str] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)  # id, name
    failing: list[tuple[str, str]] = field(default_factory=list)
    contested: set[str] = field(default_factory=set)


class _Plan:
    """Which checks prove and which support each objective on a platform, worked out once for all assets."""

    def __init__(self, framework: Framework, content: CheckSet, words: Words, platform: str) -> None:
        self.proof: dict[str, tuple[str, ...]] = {}
        self.supports: list[tuple[str, tuple[str, ...]]] = []
        if platform not in _PLATFORMS:
            return
        here = {check.id: check for check in content.checks.values() if platform in check.platforms}
        for proof in framework.proof_sets:
            if proof.platform == platform and _complete(proof.objective, proof.checks, content, here.keys(), words):
                self.proof[proof.objective] = proof.checks
        members = {(objective, check) for objective, checks in self.proof.items() for check in checks}
        for check in here.values():
            self.supports.append((check.id, tuple(one for one in check.assesses if (one, check.id) not in members)))


def _complete(objective: str, checks: tuple[str, ...], content: CheckSet, here: Iterable[str], words: Words) -> bool:
    """True when all members judge the platform, call themselves members, and are judged by confirmed values."""
    there = frozenset(here)
    return all(one in there and content.checks[one].assesses.get(objective) == "member" and one not in words.unconfirmed for one in checks)


def assess_objectives(  # noqa: PLR0913, PLR0917 - all that a finding rests on
    framework: Framework,
    content: CheckSet,
    assets: Iterable[AssetResults],
    words: Words,
    today: date,
    assumed: frozenset[str] = frozenset(),
) -> dict[str, ObjectiveStatus]:
    """Every objective of the framework with what is known of it; the assets are gone through once.

    assumed: checks whose failures are taken for passes, for "if these items close".
    """
    plans: dict[str, _Plan] = {}
    tallies = {objective.id: _Tally(_hosts_bear_on(objective)) for objective in framework.objectives}
    for asset in assets:
        if asset.category not in {"cui", "security_protection"}:
            continue
        plan = plans.get(asset.platform) or plans.setdefault(asset.platform, _Plan(framework, content, words, asset.platform))
        _count(asset, plan, tallies, _applicable(asset, framework, words), assumed)
    attested, inherited = _by_objective(words.attestations), _by_objective(words.inheritances)
    return {
        one.id: _decide(one, tallies[one.id], attested.get(one.id, ()), inherited.get(one.id, ()), today) for one in framework.objectives
    }


def _hosts_bear_on(objective: Objective) -> bool:
    return any(objective.basis(platform) != "attested" for platform in _PLATFORMS)


def _applicable(asset: AssetResults, framework: Framework, words: Words) -> frozenset[str]:
    every = frozenset(objective.id for objective in framework.objectives)
    return words.relevant & every if asset.category == "security_protection" and words.relevant is not None else every


def _count(asset: AssetResults, plan: _Plan, tallies: Mapping[str, _Tally], applicable: frozenset[str], assumed: frozenset[str]) -> None:
    forgiven = asset.excused | assumed
    failed = {check for check, status in asset.statuses.items() if status == "fail" and check not in forgiven}
    for objective in applicable:
        tally = tallies[objective]
        members = plan.proof.get(objective, ())
        if bad := [check for check in members if check in failed]:
            tally.failing += [(asset.name, check) for check in bad]
        elif members and _proven(members, asset, forgiven):
            tally.proven.append(asset.name)
        elif tally.of_hosts:
            tally.missing.append((asset.id, asset.name))
    for check, objectives in plan.supports:
        if check in failed:
            for objective in objectives:
                if objective in applicable:
                    tallies[objective].contested.add(check)


def _proven(members: tuple[str, ...], asset: AssetResults, forgiven: frozenset[str]) -> bool:
    seen = [_effective(check, asset, forgiven) for check in members]
    return "pass" in seen and all(status in {"pass", "not_applicable"} for status in seen)


def _effective(check: str, asset: AssetResults, forgiven: frozenset[str]) -> Status | None:
    status = asset.statuses.get(check)
    return "pass" if status == "fail" and check in forgiven else status


def _by_objective(words: Iterable[_Word]) -> dict[str, list[_Word]]:
    found: dict[str, list[_Word]] = {}
    for word in words:
        found.setdefault(word.objective, []).append(word)
    return found


def _decide(
    objective: Objective, tally: _Tally, attestations: Sequence[Attestation], rows: Sequence[Inheritance], today: date
) -> ObjectiveStatus:
    holding = tuple(one for one in attestations if not attestation_faults(one, today))
    inherited = any(not inheritance_faults(row, today) for row in rows)
    whole = any(one.finding == "met" and not one.assets for one in holding)
    named = frozenset(asset for one in holding if one.finding == "met" for asset in one.assets)
    weighed = frozenset(check for one in holding if one.finding == "met" for check in one.weighed)
    attested = tuple(name for asset, name in tally.missing if whole or asset in named)
    missing = tuple(name for asset, name in tally.missing if not whole and not inherited and asset not in named)
    contested = tuple(sorted(tally.contested - weighed))
    state: State = "missing"
    if tally.failing or any(one.finding == "not_met" for one in holding):
        state = "failing"
    elif contested:
        state = "contested"
    elif any(one.finding == "not_applicable" for one in holding):
        state = "not_applicable"
    elif inherited:
        state = "inherited"
    elif whole or (attested and not missing):
        state = "attested"
    elif tally.proven and not missing:
        state = "proven"
    return ObjectiveStatus(
        objective=objective.id,
        state=state,
        proven=tuple(tally.proven),
        attested=attested,
        missing=missing,
        failing=tuple(tally.failing),
        contested_by=contested,
        reasons=tuple(_reasons(attestations, rows, today)),
    )


def _reasons(attestations: Sequence[Attestation], rows: Sequence[Inheritance], today: date) -> Iterator[str]:
    for word in attestations:
        faults = attestation_faults(word, today)
        if faults:
            yield f"The word of {word.by} of {word.on} does not count: {' '.join(faults)}"
        elif word.finding == "not_met":
            yield f"{word.by} found it not met on {word.on}: {word.statement}"
    for row in rows:
        if faults := inheritance_faults(row, today):
            yield f"{row.provider}, {row.service}: {' '.join(faults)}"


def describe(status: ObjectiveStatus) -> str:
    """One line on an objective, as in "proven on 118, attested 4, missing 2"."""
    if status.state in {"inherited", "not_applicable"}:
        return status.state.replace("_", " ")
    parts = [
        f"proven on {len(status.proven)}" if status.proven else "",
        f"attested {len(status.attested)}" if status.attested else "attested" if status.state == "attested" else "",
        f"failing on {len({name for name, _ in status.failing})}" if status.failing else "",
        f"contested by {_few(status.contested_by)}" if status.contested_by else "",
        f"missing {len(status.missing)}" if status.missing else "",
    ]
    return ", ".join(part for part in parts if part) or "no evidence yet"


def _few(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
