"""Everything of a system that people answer for, as one file holds it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from poam_generator.anniversary import years_after
from poam_generator.attestation import Attestation, Inheritance
from poam_generator.objectives import Words
from poam_generator.registers import CryptoModule, MfaInput
from poam_generator.score import Registers, Ssp


@dataclass(frozen=True, slots=True)
class Answers:
    """relevant: the objectives chosen for security protection assets (32 CFR 170.19(c)(1)), None until somebody has chosen."""

    ssp: Ssp | None = None
    attestations: tuple[Attestation, ...] = ()
    inheritances: tuple[Inheritance, ...] = ()
    relevant: tuple[str, ...] | None = None
    mfa: tuple[MfaInput, ...] = ()
    modules: tuple[CryptoModule, ...] = ()

    def words(self, unconfirmed: frozenset[str]) -> Words:
        """What bears on objectives; unconfirmed: checks with a parameter that nobody has confirmed."""
        return Words(self.attestations, self.inheritances, None if self.relevant is None else frozenset(self.relevant), unconfirmed)

    def registers(self) -> Registers:
        """What partial credit goes by."""
        return Registers(self.mfa, self.modules)


@dataclass(frozen=True, slots=True)
class Due:
    """An answer that has to be looked at again by a day, after which it counts no longer."""

    kind: str
    key: str
    on: date


def due(answers: Answers, until: date) -> tuple[Due, ...]:
    """The answers that count no longer after a day up to `until`, or that have ceased to, the oldest first."""
    return tuple(sorted((one for one in _days(answers) if one.on <= until), key=lambda one: (one.on, one.kind, one.key)))


def _days(answers: Answers) -> Iterator[Due]:
    if answers.ssp:
        yield Due("ssp", answers.ssp.title, years_after(answers.ssp.reviewed_on))
    for word in answers.attestations:
        nearest = [one.next_review for one in word.evidence if one.next_review]
        yield Due("attestation", word.objective, min([word.review_by, *nearest]))
    yield from (Due("inheritance", f"{row.objective} {row.provider}", row.expires) for row in answers.inheritances)
    yield from (Due("mfa", one.place, years_after(one.on)) for one in answers.mfa)
    yield from (Due("module", one.place, years_after(one.checked_on)) for one in answers.modules if one.checked_on)
