"""What a score rests on, small enough to be reckoned by hand: everything is attested, but for what a test takes away."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from checks.framework import load_framework
from checks.load import load_content
from poam_generator.attestation import Attestation, Evidence
from poam_generator.objectives import AssetResults, Words
from poam_generator.position import Inputs, Work
from poam_generator.registers import CryptoModule, MfaInput
from poam_generator.score import Registers, Ssp

if TYPE_CHECKING:
    from poam_generator.model import Status

FRAMEWORK, CONTENT = load_framework(), load_content()
TODAY = date(2026, 11, 24)
FINAL = Evidence("policy.pdf", "final", "J. Doe", date(2026, 3, 1), "2.0", date(2027, 3, 1))
SSP = Ssp("Plant 2", "3.1", date(2026, 2, 1), "A. Official", date(2026, 10, 1))
MFA = tuple(
    MfaInput(place, covered=True, by="J. Doe", on=TODAY, evidence=(FINAL,))
    for place in ("remote", "local_privileged", "network_privileged", "network_non_privileged")
)
MODULE = CryptoModule("disks", True, "M", "1", "4825", "FIPS 140-3", "active", TODAY, (FINAL,))
FULL = Registers(MFA, (MODULE,))
LOCKOUT = "3.1.8[b]"
PROOF = FRAMEWORK.proof_set(LOCKOUT, "linux")
MEMBERS = PROOF.checks if PROOF else ()


def word(objective: str) -> Attestation:
    return Attestation(objective, "met", "J. Doe", TODAY, ("examine",), "Seen.", date(2027, 11, 24), (FINAL,))


def inputs(
    unattested: Iterable[str] = (),
    *,
    failing: Iterable[str] = (),
    items: Iterable[Work] = (),
    registers: Registers = FULL,
    ssp: Ssp | None = SSP,
) -> Inputs:
    """Every objective is attested but these; a host fails these checks. A requirement stands for all of its objectives."""
    left_out = set(unattested)
    words = tuple(
        word(one.id)
        for requirement in FRAMEWORK.requirements
        for one in requirement.objectives
        if one.id not in left_out and requirement.id not in left_out
    )
    statuses: dict[str, Status] = dict.fromkeys(failing, "fail")
    host = AssetResults({"id-1": "web-1"}, "linux", "cui", statuses)
    return Inputs(FRAMEWORK, CONTENT, (host,), Words(words), ssp, registers, tuple(items), TODAY)


def item(identifier: str, check: str, minutes: int = 60, **changes: object) -> Work:
    """An open item of a check."""
    plain = Work(identifier, "check", check, "open", f"{check} fails", (), (), minutes, 1)
    return replace(plain, **changes)  # type: ignore[arg-type] # the words are its fields
