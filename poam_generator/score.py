"""What requirements are worth, and the score (32 CFR 170.24(c)(2)), every number with the list that it comes from."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from checks.framework import Framework, Requirement
from poam_generator.anniversary import years_after
from poam_generator.objectives import ESTABLISHED, ObjectiveStatus, describe
from poam_generator.registers import CRYPTOGRAPHY, MFA, PARTIAL, CryptoModule, Deduction, MfaInput, cryptography_deduction, mfa_deduction

Finding = Literal["MET", "NOT MET", "contested", "not assessed"]
CONDITIONAL: Final = 88  # 0.8 of 110 (32 CFR 170.21(a)(2)(i))


@dataclass(frozen=True, slots=True)
class Ssp:
    """The system security plan that the score is of."""

    title: str
    version: str
    approved_on: date
    approver: str
    reviewed_on: date


@dataclass(frozen=True, slots=True)
class RequirementStatus:
    """What is found of a requirement, and why: one sentence an objective that keeps it from being MET."""

    requirement: str
    finding: Finding
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deducted:
    """A requirement that is not MET, with the points that it takes."""

    requirement: str
    points: int
    because: str

    def to_json(self) -> dict[str, Any]:
        """The deduction as JSON data."""
        return {"requirement": self.requirement, "points": self.points, "because": self.because}


@dataclass(frozen=True, slots=True)
class Conditional:
    """Whether the status would be Conditional with what is open on a POA&M; None while an input is missing (32 CFR 170.21(a)(2))."""

    eligible: bool | None
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """The score, or None where there is none. not_assessed: requirements that count as NOT MET for want of an answer."""

    verified: int | None
    minimum: int
    ssp: Ssp | None
    not_met: tuple[Deducted, ...]
    not_assessed: tuple[str, ...]
    conditional: Conditional
    because: str = ""


@dataclass(frozen=True, slots=True)
class Registers:
    """What partial credit goes by."""

    mfa: tuple[MfaInput, ...] = ()
    modules: tuple[CryptoModule, ...] = ()

    def deductions(self, today: date) -> dict[str, Deduction]:
        """Requirement -> what its register takes."""
        return {MFA: mfa_deduction(self.mfa, today), CRYPTOGRAPHY: cryptography_deduction(self.modules, today)}

    def partial(self, today: date) -> frozenset[str]:
        """The requirements of which a register takes the partial value (32 CFR 170.24(c)(2)(i)(B)(4))."""
        return frozenset(one for one, taken in self.deductions(today).items() if taken.points == PARTIAL)


def points_at_stake(requirements: Iterable[Requirement], partial: AbstractSet[str] = frozenset()) -> int:
    """Points that are deducted while these requirements are NOT MET; partial names those of which the partial value holds.

    A requirement without value counts 0 here; without 3.12.4 there is no score at all (32 CFR 170.24(c)(2)(i)(B)(5)).
    """
    return sum(_value(requirement, partial) for requirement in requirements)


def _value(requirement: Requirement, partial: AbstractSet[str]) -> int:
    if requirement.id in partial and requirement.points_partial is not None:
        return requirement.points_partial
    return requirement.points or 0


def requirement_status(requirement: Requirement, objectives: Mapping[str, ObjectiveStatus]) -> RequirementStatus:
    """MET only when every objective is established; NOT MET when one fails; contested when one is; else not assessed."""
    known = [objectives[one.id] for one in requirement.objectives]
    states = {one.state for one in known}
    finding: Finding = "MET"
    if "failing" in states:
        finding = "NOT MET"
    elif "contested" in states:
        finding = "contested"
    elif not states <= ESTABLISHED:
        finding = "not assessed"
    because = tuple(f"{one.objective}: {describe(one)}" for one in known if one.state not in ESTABLISHED)
    return RequirementStatus(requirement.id, finding, because)


def with_register(status: RequirementStatus, register: Deduction | None) -> RequirementStatus:
    """The status with what its register says: not MET while that takes points, not assessed where that lacks an answer."""
    if register is None or not register.points:
        return status
    finding: Finding = "not assessed" if register.missing else "NOT MET"
    return RequirementStatus(
        status.requirement, finding if status.finding == "MET" else status.finding, (register.because, *status.because)
    )


def compute_score(
    framework: Framework, statuses: Mapping[str, RequirementStatus], ssp: Ssp | None, registers: Registers, today: date
) -> Score:
    """The score of these findings; what is contested or not assessed counts as NOT MET, and the latter is listed apart.

    Without a plan that was reviewed within a year there is no score (32 CFR 170.24(c)(2)(i)(B)(5)). The statuses are those
    with_register.
    """
    by_register = registers.deductions(today)
    deducted = tuple(
        one for requirement in framework.requirements if (one := _deduct(requirement, statuses[requirement.id], by_register)) is not None
    )
    not_assessed = tuple(one.id for one in framework.requirements if statuses[one.id].finding == "not assessed")
    without = _ssp_fault(ssp, today)
    verified = None if without else framework.maximum - sum(one.points for one in deducted)
    inputs = tuple(part for part in (without, *(missing for one in by_register.values() for missing in one.missing)) if part)
    unsaid = tuple(one for one in not_assessed if one not in by_register or statuses[one].because != (by_register[one].because,))
    conditional = _conditional(framework, verified, deducted, unsaid, inputs)
    return Score(verified, framework.minimum, None if without else ssp, deducted, not_assessed, conditional, without)


def _ssp_fault(ssp: Ssp | None, today: date) -> str:
    """Why there is no score for want of a plan; empty when there is one."""
    if ssp is None:
        return "there is no system security plan on record, and without one there is no score (32 CFR 170.24(c)(2)(i)(B)(5))"
    if not ssp.reviewed_on <= today <= years_after(ssp.reviewed_on) or ssp.approved_on > today:
        return f"the system security plan {ssp.title} {ssp.version} was last reviewed on {ssp.reviewed_on}; review it within a year"
    return ""


def _deduct(requirement: Requirement, status: RequirementStatus, by_register: Mapping[str, Deduction]) -> Deducted | None:
    if status.finding == "MET":
        return None
    said = " ".join(f"{one}." for one in status.because)
    register = by_register.get(requirement.id)
    if register is None:
        return Deducted(requirement.id, requirement.points or 0, said)
    if register.points:
        return Deducted(requirement.id, register.points, said)
    return Deducted(requirement.id, requirement.points or 0, f"{register.because}. {said}")  # yet an objective says otherwise


def _conditional(
    framework: Framework, verified: int | None, deducted: tuple[Deducted, ...], not_assessed: tuple[str, ...], inputs: tuple[str, ...]
) -> Conditional:
    """Whether every open requirement may stand on a CMMC Level 2 POA&M and the score suffices (32 CFR 170.21(a)(2))."""
    unknown = (*inputs, *(f"{one} is not assessed" for one in not_assessed))
    if verified is None or unknown:
        return Conditional(None, tuple(f"an input is missing: {one}" for one in unknown))
    barred = tuple(reason for one in deducted if (reason := why_barred(framework.requirement(one.requirement), one.points)))
    short = (f"the score is {verified}, {CONDITIONAL - verified} short of {CONDITIONAL}",) if verified < CONDITIONAL else ()
    if short or barred:
        return Conditional(eligible=False, because=(*short, *barred))
    return Conditional(eligible=True, because=(f"the score is {verified}, and every open requirement may stand on a POA&M",))


def why_barred(requirement: Requirement, points: int) -> str:
    """Why a requirement may not stand on a POA&M; empty when it may."""
    if requirement.l2_poam == "yes" or (requirement.l2_poam == "only_if_partial" and points == requirement.points_partial):
        return ""
    return f"{requirement.id} takes {points} and may not stand on a POA&M ({requirement.l2_poam_paragraph})"
