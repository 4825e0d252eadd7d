"""The two registers behind partial credit (32 CFR 170.24(c)(2)(i)(B)(4)): where several factors are asked for, and what encrypts CUI.

No host can prove either: a setting shows what one machine would do, not who has to use several factors, nor a module's validation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from poam_generator.anniversary import years_after
from poam_generator.attestation import Evidence, is_final

MfaPlace = Literal["remote", "local_privileged", "network_privileged", "network_non_privileged"]
CmvpStatus = Literal["active", "historical", "revoked", "none"]
MFA: Final = "3.5.3"
CRYPTOGRAPHY: Final = "3.13.11"
_PRIVILEGED: Final[tuple[MfaPlace, ...]] = ("remote", "local_privileged", "network_privileged")
_PLACES: Final[tuple[MfaPlace, ...]] = (*_PRIVILEGED, "network_non_privileged")
FULL: Final = 5
PARTIAL: Final = 3


@dataclass(frozen=True, slots=True)
class MfaInput:
    """Whether all users of one kind need several factors, with what shows it."""

    place: MfaPlace
    covered: bool
    by: str
    on: date
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class CryptoModule:
    """One place where CUI is encrypted, or should be, with the module that does it.

    certificate: its CMVP number; standard: as in FIPS 140-3; checked_on: when its status was looked up; approved_mode: final
    evidence that it runs in its approved mode; historical_accepted_by: who decided that a historical module may still count.
    """

    place: str
    encrypted: bool
    product: str = ""
    version: str = ""
    certificate: str = ""
    standard: str = ""
    status: CmvpStatus = "none"
    checked_on: date | None = None
    approved_mode: tuple[Evidence, ...] = ()
    historical_accepted_by: str = ""


@dataclass(frozen=True, slots=True)
class Deduction:
    """What a register takes from the score: 0, the partial value or the full one; why; and what is not stated yet."""

    points: int
    because: str
    missing: tuple[str, ...] = ()


def mfa_deduction(inputs: Iterable[MfaInput], today: date) -> Deduction:
    """3 where remote and privileged users are covered but not all others, 0 where all are, 5 for any other mixture."""
    newest = _newest(inputs)
    missing = tuple(f"whether several factors are asked for: {place_words(place)}" for place in _PLACES if place not in newest)
    covered = _covered(newest, today)
    unproven = [place for place, one in newest.items() if one.covered and place not in covered]
    if covered == set(_PLACES):
        return Deduction(0, "several factors are asked of all users, with final evidence")
    without = ", ".join(place_words(place) for place in _PLACES if place not in covered)
    note = f"; without final evidence of this year: {', '.join(place_words(place) for place in unproven)}" if unproven else ""
    if covered >= set(_PRIVILEGED):
        return Deduction(PARTIAL, f"remote and privileged users need several factors, {without} users are not shown to{note}", missing)
    return Deduction(FULL, f"not shown for: {without}{note}", missing)


def place_words(place: str) -> str:
    """A place as people say it: network non-privileged."""
    return place.replace("_", " ").replace("non privileged", "non-privileged")


def uncovered_places(inputs: Iterable[MfaInput], today: date, *, partial: bool = False) -> tuple[MfaPlace, ...]:
    """Where several factors are not shown to be asked of users; partial: of the places that the partial value asks for."""
    covered = _covered(_newest(inputs), today)
    return tuple(place for place in (_PRIVILEGED if partial else _PLACES) if place not in covered)


def _newest(inputs: Iterable[MfaInput]) -> dict[MfaPlace, MfaInput]:
    return {one.place: one for one in sorted(inputs, key=lambda one: one.on)}


def _covered(newest: Mapping[MfaPlace, MfaInput], today: date) -> frozenset[MfaPlace]:
    return frozenset(place for place, one in newest.items() if one.covered and _shown(one.evidence, one.on, today))


def _shown(evidence: tuple[Evidence, ...], on: date, today: date) -> bool:
    return on <= today <= years_after(on) and any(is_final(one, today) for one in evidence)


def cryptography_deduction(modules: Iterable[CryptoModule], today: date) -> Deduction:
    """The worst place decides: 5 where CUI is not encrypted, 3 where by what is not validated, else 0."""
    known = tuple(modules)
    if not known:
        return Deduction(FULL, "no place where CUI is encrypted is on the register", ("the places where CUI is encrypted",))
    judged = [(_module_points(one, today), one) for one in known]
    worst = max(points for (points, _), _ in judged)
    reasons = [f"{one.place}: {why}" for (points, why), one in judged if points == worst]
    undecided = tuple(
        f"whether the historical module {one.product} at {one.place} may count"
        for one in known
        if one.status == "historical" and not one.historical_accepted_by
    )
    return Deduction(worst, "; ".join(reasons), undecided if worst == PARTIAL else ())


def module_deduction(module: CryptoModule, today: date) -> int:
    """What one place takes by itself: 5, 3 or 0."""
    return _module_points(module, today)[0]


def _module_points(module: CryptoModule, today: date) -> tuple[int, str]:
    if not module.encrypted:
        return FULL, "CUI is not encrypted"
    if module.status not in {"active", "historical"} or not module.certificate:
        return PARTIAL, "the module has no validation that holds"
    if module.status == "historical" and not module.historical_accepted_by:
        return PARTIAL, "the validation is historical, and nobody has decided that it may count"
    if module.checked_on is None or not module.checked_on <= today <= years_after(module.checked_on):
        return PARTIAL, "the validation was not looked up within a year"
    if not any(is_final(one, today) for one in module.approved_mode):
        return PARTIAL, "no final evidence shows that it runs in its approved mode"
    return 0, f"validated, certificate {module.certificate}"
