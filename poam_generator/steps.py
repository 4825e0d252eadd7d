"""Steps towards a score, each with its effort, and what a system would come to once they are done."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal, get_args

from poam_generator.attestation import Evidence
from poam_generator.errors import PoamError
from poam_generator.objectives import ESTABLISHED, ObjectiveStatus, Supposed
from poam_generator.position import Inputs, Position, Work, find_position
from poam_generator.registers import CRYPTOGRAPHY, MFA, CryptoModule, MfaInput, MfaPlace, module_deduction, place_words, uncovered_places
from poam_generator.score import Registers, Ssp

StepKind = Literal["item", "check", "attestation", "mfa", "encryption", "module", "plan"]
EVERY_PLACE = "every place where CUI is encrypted"


@dataclass(frozen=True, slots=True)
class Efforts:
    """Minutes of work that a step takes where nothing says how many; a system may set its own."""

    item: int = 240
    attestation: int = 60
    mfa: int = 480
    encryption: int = 480
    module: int = 480
    plan: int = 960


DEFAULT_EFFORTS: Final = Efforts()


@dataclass(frozen=True, slots=True)
class ScorePolicy:
    """What a system decides about its score. fresh_days: older observations say nothing of now; apart from what closes an item."""

    fresh_days: int = 30
    efforts: Efforts = DEFAULT_EFFORTS


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """Something to be done. key: an item's id, a check's, an objective, or a place; minutes: its effort; hosts: on how many."""

    kind: StepKind
    key: str
    title: str
    minutes: int
    hosts: int = 0

    def to_json(self) -> dict[str, Any]:
        """The step as JSON data."""
        return {"kind": self.kind, "key": self.key, "title": self.title, "minutes": self.minutes, "hosts": self.hosts}


def find_steps(inputs: Inputs, efforts: Efforts = DEFAULT_EFFORTS, now: Position | None = None) -> "Steps":
    """Everything that could be done about what is open. now: where the system stands, if that is known already."""
    return Steps(inputs, efforts, now or find_position(inputs))


class Steps:
    """What each requirement lacks, worked out with every failure mended and every live item closed."""

    def __init__(self, inputs: Inputs, efforts: Efforts, now: Position) -> None:
        self.inputs = inputs
        self.efforts = efforts
        self.now = now
        failing = {check for one in self.now.objectives.values() for _, check in one.failing}
        contesting = {check for one in self.now.objectives.values() for check in one.contested_by}
        closed = {item.id for item in inputs.items}
        self.mended = find_position(_close_items(inputs, closed), Supposed(frozenset(failing | contesting))).objectives
        self.by_check: dict[str, list[Work]] = {}
        for item in inputs.items:
            if item.source == "check":
                self.by_check.setdefault(item.source_key, []).append(item)
        self.by_id = {item.id: item for item in inputs.items}

    def of_objective(self, objective: str) -> Iterator[Step]:
        """What makes an objective established: its failing checks mended, its weaknesses closed, and a word where no host can tell."""
        status = self.now.objectives[objective]
        if status.state in ESTABLISHED:
            return
        for check in sorted({check for _, check in status.failing} | set(status.contested_by)):
            yield self._mend(check, status)
        for item in status.weaknesses:
            yield self.close(self.by_id[item])
        if self.mended[objective].state not in ESTABLISHED:
            yield self.attest(objective)

    def of_requirement(self, requirement: str) -> frozenset[Step]:
        """What makes a requirement MET, its register among it."""
        found = self.inputs.framework.requirement(requirement)
        steps = {step for one in found.objectives for step in self.of_objective(one.id)}
        return frozenset(steps | set(self.of_register(requirement)))

    def of_register(self, requirement: str, *, partial: bool = False) -> Iterator[Step]:
        """What a register lacks; partial: only what the partial value asks for (32 CFR 170.24(c)(2)(i)(B)(4))."""
        if requirement == MFA:
            for place in uncovered_places(self.inputs.registers.mfa, self.inputs.today, partial=partial):
                yield Step("mfa", place, f"several factors asked of users: {place_words(place)}", self.efforts.mfa)
        if requirement == CRYPTOGRAPHY:
            yield from self._modules(partial=partial)

    def _modules(self, *, partial: bool) -> Iterator[Step]:
        known = self.inputs.registers.modules
        for module in known or (CryptoModule(EVERY_PLACE, encrypted=False),):
            if not module.encrypted:
                yield Step("encryption", module.place, f"CUI encrypted: {module.place}", self.efforts.encryption)
            if not partial and module_deduction(replace(module, encrypted=True), self.inputs.today):
                yield Step("module", module.place, f"a validated module with its evidence: {module.place}", self.efforts.module)

    def _mend(self, check: str, status: ObjectiveStatus) -> Step:
        """The live item of a check, or the mending itself where there is none: the risk was accepted, or the failure dismissed."""
        items = self.by_check.get(check, [])
        if live := [item for item in items if item.live]:
            return self.close(live[-1])
        minutes = max((item.minutes for item in items), default=0) or self.efforts.item
        hosts = len({name for name, failed in status.failing if failed == check})
        return Step("check", check, f"{check} mended, of which no open item is", minutes, hosts)

    def close(self, item: Work) -> Step:
        """The closing of an item."""
        return Step("item", item.id, item.title, item.minutes or self.efforts.item, item.hosts)

    def attest(self, objective: str) -> Step:
        """A person's word on an objective, with its evidence."""
        return Step("attestation", objective, self.inputs.framework.objective(objective).summary, self.efforts.attestation)

    def plan(self) -> Step:
        """The system security plan, without which there is no score."""
        return Step("plan", "", "the system security plan, approved and reviewed within a year", self.efforts.plan)

    def read(self, words: Iterable[str]) -> frozenset[Step]:
        """The steps that a person names: items, objectives, requirements (all that they lack), mfa:PLACE, module:PLACE, ssp.

        Raises PoamError that says what can be named.
        """
        return frozenset(step for word in words for step in self._read(word))

    def _read(self, word: str) -> Iterable[Step]:
        kind, _, key = word.partition(":")
        objectives, requirements = (
            {one.id for one in many} for many in (self.inputs.framework.objectives, self.inputs.framework.requirements)
        )
        if word.upper() in self.by_id:
            return [self.close(self.by_id[word.upper()])]
        if word in objectives:
            return [self.attest(word)]
        if word in requirements:
            return self.of_requirement(word)
        if kind == "mfa" and key in get_args(MfaPlace):
            return [Step("mfa", key, f"several factors asked of users: {place_words(key)}", self.efforts.mfa)]
        if kind in {"module", "encryption"} and key in {EVERY_PLACE, *(one.place for one in self.inputs.registers.modules)}:
            return [step for step in self._modules(partial=kind == "encryption") if step.key == key]
        if word == "ssp":
            return [self.plan()]
        raise PoamError(
            f"{word!r} is nothing that could be done: name an open item (PA-0043), an objective (3.6.1[a]), a requirement (3.5.3), "
            f"mfa:{'|'.join(get_args(MfaPlace))}, encryption:PLACE or module:PLACE of the register, or ssp"
        )


def take_steps(inputs: Inputs, steps: Collection[Step]) -> Position:
    """Where the system would stand with these steps done."""
    by_kind: dict[StepKind, set[str]] = {}
    for step in steps:
        by_kind.setdefault(step.kind, set()).add(step.key)
    items = by_kind.get("item", set())
    mended = {item.source_key for item in inputs.items if item.id in items and item.source == "check"} | by_kind.get("check", set())
    changed = replace(_close_items(inputs, items), registers=_register(inputs, by_kind), ssp=_plan(inputs, by_kind))
    return find_position(changed, Supposed(frozenset(mended), frozenset(by_kind.get("attestation", ()))))


def close_live_items(inputs: Inputs) -> Position:
    """Where the system would stand if every live item were closed; what is unattested stays so."""
    live = [item for item in inputs.items if item.live]
    mended = frozenset(item.source_key for item in live if item.source == "check")
    return find_position(_close_items(inputs, [item.id for item in live]), Supposed(mended))


def _close_items(inputs: Inputs, ids: Collection[str]) -> Inputs:
    return replace(inputs, items=tuple(replace(one, state="closed") if one.id in ids else one for one in inputs.items))


def _plan(inputs: Inputs, by_kind: Mapping[StepKind, set[str]]) -> Ssp | None:
    today = inputs.today
    return Ssp("supposed", "", today, "", today) if "plan" in by_kind else inputs.ssp


def _register(inputs: Inputs, by_kind: Mapping[StepKind, set[str]]) -> Registers:
    """The registers as they would stand."""
    today, held = inputs.today, inputs.registers
    shown = (Evidence("supposed", "final", approved_on=today),)
    covered = tuple(
        MfaInput(place, covered=True, by="", on=today, evidence=shown) for place in get_args(MfaPlace) if place in by_kind.get("mfa", ())
    )
    encrypted, validated = by_kind.get("encryption", set()), by_kind.get("module", set())
    known = held.modules or tuple(CryptoModule(EVERY_PLACE, encrypted=False) for _ in (encrypted | validated) & {EVERY_PLACE})
    modules = tuple(_module(one, today, encrypted=one.place in encrypted, validated=one.place in validated) for one in known)
    return Registers((*held.mfa, *covered), modules)


def _module(module: CryptoModule, today: date, *, encrypted: bool, validated: bool) -> CryptoModule:
    after = replace(module, encrypted=True) if encrypted else module
    if not validated:
        return after
    shown = (Evidence("supposed", "final", approved_on=today),)
    return replace(after, certificate="supposed", status="active", checked_on=today, approved_mode=shown)
