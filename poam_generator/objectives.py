"""What is known of every assessment objective of a system: proven by hosts, attested, inherited, failing, contested or missing.

An objective is proven on a host when its proof set has at least one applicable check there (and those that must apply do) and every
applicable one passes, and for the system when that holds on every asset that it applies to. Silence, errors and stale results prove
nothing. A failure on a host outweighs every word: nobody attests away what a scan shows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from typing import Final, Literal, TypeVar, get_args

from checks.framework import Framework, Objective, Platform, ProofSet
from checks.model import CheckSet
from poam_generator.attestation import Attestation, Inheritance, attestation_faults, inheritance_faults
from poam_generator.model import Status
from poam_generator.names import join_names
from poam_generator.scope import ASSESSED, Category

OnAsset = Literal["proven", "failing", "missing"]
State = Literal["proven", "attested", "inherited", "not_applicable", "failing", "contested", "missing"]
ESTABLISHED: frozenset[State] = frozenset({"proven", "attested", "inherited", "not_applicable"})
_PLATFORMS: tuple[Platform, ...] = get_args(Platform)
_SHOWN = 3
_Word = TypeVar("_Word", Attestation, Inheritance)


@dataclass(frozen=True, slots=True)
class AssetResults:
    """Assets (id -> name) that show the same. statuses: check -> status, only of observations that are fresh enough for the score.

    Thousands of hosts come in few ways, so that what one shows is worked out once for all of them. excused: checks whose failure
    there is under an enduring exception or a temporary deficiency, which count as met (32 CFR 170.24(b)(1)). platform: ""
    for an asset that no check judges.
    """

    assets: Mapping[str, str]
    platform: str
    category: Category
    statuses: Mapping[str, Status]
    excused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Words:
    """What people answer for. relevant: the objectives chosen for security protection assets; None until somebody has chosen.

    unconfirmed: checks with a parameter that the organization has not confirmed; they prove nothing. weaknesses: objective -> ids of
    POA&M items that no check has made (an assessor's finding, an import, a person's word) and that are not closed.
    """

    attestations: tuple[Attestation, ...] = ()
    inheritances: tuple[Inheritance, ...] = ()
    relevant: frozenset[str] | None = None
    unconfirmed: frozenset[str] = frozenset()
    weaknesses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Supposed:
    """What is taken for done, to see what would come of it: checks whose failures are mended, and objectives that are attested.

    Such an objective counts as attested anew by somebody who has weighed what contests it.
    """

    mended: frozenset[str] = frozenset()
    attested: frozenset[str] = frozenset()


NOTHING: Final = Supposed()


@dataclass(frozen=True, slots=True)
class ObjectiveStatus:
    """What is known of one objective. failing: (asset name, check); contested_by: failing checks that only support it.

    denied: somebody attests that it is not met; weaknesses: ids of the items without a check that say so.

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
    denied: bool = False
    weaknesses: tuple[str, ...] = ()


@dataclass(slots=True)
class _Tally:
    """What the assets show of one objective, while they are gone through; of_hosts: False where no host of any platform can show it."""

    of_hosts: bool
    proven: list[str] = field(default_factory=list)
    missing: list[Mapping[str, str]] = field(default_factory=list)  # id -> name
    failing: list[tuple[str, str]] = field(default_factory=list)
    contested: set[str] = field(default_factory=set)


class _Plan:
    """Which checks prove and which support each objective on a platform, worked out once for all assets."""

    def __init__(self, framework: Framework, content: CheckSet, words: Words, platform: str) -> None:
        self.proof: dict[str, ProofSet] = {}
        self.supports: dict[str, tuple[str, ...]] = {}
        here = {check.id: check for check in content.checks.values() if platform in check.platforms}
        for proof in framework.proof_sets:
            if proof.platform == platform and _complete(proof.objective, proof.checks, content, here.keys(), words):
                self.proof[proof.objective] = proof
        members = {(objective, check) for objective, proof in self.proof.items() for check in proof.checks}
        for check in here.values():
            self.supports[check.id] = tuple(one for one in check.assesses if (one, check.id) not in members)


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
    supposed: Supposed = NOTHING,
) -> dict[str, ObjectiveStatus]:
    """Every objective of the framework with what is known of it, the supposed taken for done; the assets are gone through once."""
    plans: dict[str, _Plan] = {}
    alike: dict[tuple[str, Category], dict[str, str]] = {}
    tallies = {objective.id: _Tally(_hosts_bear_on(objective)) for objective in framework.objectives}
    applicable = {category: _applicable(category, framework, words) for category in ASSESSED}
    for shown in assets:
        if shown.category not in applicable:
            continue
        plan = plans.get(shown.platform) or plans.setdefault(shown.platform, _Plan(framework, content, words, shown.platform))
        alike.setdefault((shown.platform, shown.category), {}).update(shown.assets)
        _count(shown, plan, tallies, applicable[shown.category], supposed.mended)
    for (platform, category), everyone in alike.items():
        _count_unproven(everyone, plans[platform], tallies, applicable[category])
    said = _Said(words, supposed, today)
    return {one.id: said.decide(one.id, tallies[one.id]) for one in framework.objectives}


def _hosts_bear_on(objective: Objective) -> bool:
    return any(objective.basis(platform) != "attested" for platform in _PLATFORMS)


def _applicable(category: Category, framework: Framework, words: Words) -> frozenset[str]:
    every = frozenset(objective.id for objective in framework.objectives)
    return words.relevant & every if category == "security_protection" and words.relevant is not None else every


def _count(shown: AssetResults, plan: _Plan, tallies: Mapping[str, _Tally], applicable: frozenset[str], mended: frozenset[str]) -> None:
    forgiven = shown.excused | mended
    failed = {check for check, status in shown.statuses.items() if status == "fail" and check not in forgiven}
    for objective, proof in plan.proof.items():
        if objective not in applicable:
            continue
        tally = tallies[objective]
        if bad := [check for check in proof.checks if check in failed]:
            tally.failing += [(name, check) for name in shown.assets.values() for check in bad]
        elif _proven(proof, shown):
            tally.proven += shown.assets.values()
        elif tally.of_hosts:
            tally.missing.append(shown.assets)
    for check in failed:
        for objective in plan.supports.get(check, ()):
            if objective in applicable:
                tallies[objective].contested.add(check)


def _count_unproven(everyone: Mapping[str, str], plan: _Plan, tallies: Mapping[str, _Tally], applicable: frozenset[str]) -> None:
    """An objective that hosts bear on, and that nothing proves on this platform, is missing on all of its assets."""
    for objective in applicable - plan.proof.keys():
        if tallies[objective].of_hosts:
            tallies[objective].missing.append(everyone)


def _proven(proof: ProofSet, shown: AssetResults) -> bool:
    """True when the set is proof where no failure of it counts: one that is left is forgiven, and met like a pass."""
    seen = {check: shown.statuses.get(check) for check in proof.checks}
    met = {check for check, status in seen.items() if status in {"pass", "fail"}}
    return bool(met) and met.issuperset(proof.must_apply) and all(seen[check] == "not_applicable" for check in seen.keys() - met)


def _by_objective(words: Iterable[_Word]) -> dict[str, list[_Word]]:
    found: dict[str, list[_Word]] = {}
    for word in words:
        found.setdefault(word.objective, []).append(word)
    return found


class _Said:
    """What people say of each objective, weighed against what the assets show."""

    def __init__(self, words: Words, supposed: Supposed, today: date) -> None:
        self.attestations = _by_objective(words.attestations)
        self.inheritances = _by_objective(words.inheritances)
        self.weaknesses = words.weaknesses
        self.supposed = supposed.attested
        self.today = today

    def decide(self, objective: str, tally: _Tally) -> ObjectiveStatus:
        """The state of an objective; a failure comes first, then doubt, then the words that hold, then what the assets prove."""
        words, rows = self.attestations.get(objective, ()), self.inheritances.get(objective, ())
        anew = objective in self.supposed
        holding = () if anew else tuple(one for one in words if not attestation_faults(one, self.today))
        met = tuple(one for one in holding if one.finding == "met")
        inherited = any(not inheritance_faults(row, self.today) for row in rows)
        whole = anew or any(not one.assets for one in met)
        named = frozenset(asset for one in met for asset in one.assets)
        known = ObjectiveStatus(
            objective=objective,
            state="missing",
            proven=tuple(tally.proven),
            attested=_names(tally.missing, None if whole else named),
            missing=() if whole or inherited else _names_without(tally.missing, named),
            failing=tuple(tally.failing),
            contested_by=() if anew else tuple(sorted(tally.contested - {check for one in met for check in one.weighed})),
            reasons=tuple(_reasons(words, rows, self.today)),
            denied=any(one.finding == "not_met" for one in holding),
            weaknesses=self.weaknesses.get(objective, ()),
        )
        not_applicable = any(one.finding == "not_applicable" for one in holding)
        return replace(known, state=_state(known, not_applicable=not_applicable, inherited=inherited, whole=whole))


def _state(known: ObjectiveStatus, *, not_applicable: bool, inherited: bool, whole: bool) -> State:
    if known.failing or known.denied or known.weaknesses:
        return "failing"
    if known.contested_by:
        return "contested"
    if not_applicable:
        return "not_applicable"
    if inherited:
        return "inherited"
    if whole or (known.attested and not known.missing):
        return "attested"
    return "proven" if known.proven and not known.missing else "missing"


def _names(assets: Iterable[Mapping[str, str]], only: frozenset[str] | None = None) -> tuple[str, ...]:
    """The names of these assets; only: the ids of those that are meant, None for all."""
    if only is None:
        return tuple(chain.from_iterable(alike.values() for alike in assets))
    return tuple(alike[one] for alike in assets for one in sorted(only & alike.keys())) if only else ()


def _names_without(assets: Iterable[Mapping[str, str]], left_out: frozenset[str]) -> tuple[str, ...]:
    if not left_out:
        return _names(assets)
    return tuple(name for alike in assets for one, name in alike.items() if one not in left_out)


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
        "attested not met" if status.denied else "",
        f"weakness {name_few(status.weaknesses)}" if status.weaknesses else "",
        f"contested by {name_few(status.contested_by)}" if status.contested_by else "",
        f"missing {len(status.missing)}" if status.missing else "",
    ]
    return ", ".join(part for part in parts if part) or "no evidence yet"


def name_few(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    return join_names(names, _SHOWN)
