"""Everything of a system that people answer for, as one file holds it."""

from dataclasses import dataclass

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
