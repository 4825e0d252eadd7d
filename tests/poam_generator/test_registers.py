from datetime import date, timedelta
from typing import get_args

import pytest

from poam_generator.attestation import Evidence
from poam_generator.registers import CryptoModule, MfaInput, MfaPlace, cryptography_deduction, mfa_deduction, uncovered_places

TODAY = date(2026, 11, 24)
FINAL = Evidence("policy.pdf", "final", "J. Doe", date(2026, 3, 1), "2.0", date(2027, 3, 1))
PLACES = get_args(MfaPlace)


def inputs(*covered: str, evidence: tuple[Evidence, ...] = (FINAL,), on: date = TODAY) -> list[MfaInput]:
    return [MfaInput(place, place in covered, "J. Doe", on, evidence) for place in PLACES]


def test_all_users_covered_takes_nothing() -> None:
    assert mfa_deduction(inputs(*PLACES), TODAY).points == 0


def test_remote_and_privileged_users_covered_but_not_all_takes_three() -> None:
    found = mfa_deduction(inputs("remote", "local_privileged", "network_privileged"), TODAY)
    assert (found.points, found.missing) == (3, ())
    assert found.because == "remote and privileged users need several factors, network non-privileged users are not shown to"


@pytest.mark.parametrize("left_out", ["remote", "local_privileged", "network_privileged"])
def test_any_other_mixture_takes_five(left_out: str) -> None:
    found = mfa_deduction(inputs(*(set(PLACES) - {left_out})), TODAY)
    assert found.points == 5
    assert left_out.replace("_", " ") in found.because


def test_nothing_covered_takes_five() -> None:
    assert mfa_deduction(inputs(), TODAY).points == 5


def test_what_is_not_stated_is_missing_and_not_covered() -> None:
    found = mfa_deduction(inputs(*PLACES)[:3], TODAY)
    assert found.points == 3
    assert found.missing == ("whether several factors are asked for: network non-privileged",)
    assert len(mfa_deduction([], TODAY).missing) == 4


@pytest.mark.parametrize(
    "evidence",
    [
        (),
        (Evidence("policy.pdf", "draft", "J. Doe", date(2026, 3, 1)),),
        (Evidence("policy.pdf", "final", "J. Doe"),),
        (Evidence("policy.pdf", "final", "J. Doe", TODAY + timedelta(days=1)),),
        (Evidence("policy.pdf", "final", "J. Doe", date(2025, 1, 1), "1.0", TODAY - timedelta(days=1)),),
    ],
)
def test_without_final_evidence_nobody_is_covered(evidence: tuple[Evidence, ...]) -> None:
    found = mfa_deduction([*inputs("network_privileged"), *inputs("remote", evidence=evidence)[:1]], TODAY)
    assert (found.points, found.because) == (
        5,
        "not shown for: remote, local privileged, network non-privileged; without final evidence of this year: remote",
    )
    assert mfa_deduction(inputs(*PLACES, evidence=evidence), TODAY).points == 5


def test_the_places_that_are_not_covered_are_those_that_the_value_asks_for() -> None:
    said = inputs("remote", "network_privileged")
    assert uncovered_places(said, TODAY) == ("local_privileged", "network_non_privileged")
    assert uncovered_places(said, TODAY, partial=True) == ("local_privileged",)


def test_a_word_of_more_than_a_year_ago_covers_nobody() -> None:
    assert mfa_deduction(inputs(*PLACES, on=date(2025, 11, 24)), TODAY).points == 0
    assert mfa_deduction(inputs(*PLACES, on=date(2025, 11, 23)), TODAY).points == 5
    assert mfa_deduction(inputs(*PLACES, on=TODAY + timedelta(days=1)), TODAY).points == 5


def test_the_newest_word_on_a_place_counts() -> None:
    older = inputs(*PLACES, on=TODAY - timedelta(days=9))
    assert mfa_deduction([*inputs("remote"), *older], TODAY).points == 5
    assert (
        mfa_deduction([*inputs(*PLACES), *(MfaInput(place, covered=False, by="", on=older[0].on) for place in PLACES)], TODAY).points == 0
    )


def module(**other: object) -> CryptoModule:
    usual: dict[str, object] = {
        "place": "laptop disks",
        "encrypted": True,
        "product": "Module",
        "version": "1",
        "certificate": "4825",
        "standard": "FIPS 140-3",
        "status": "active",
        "checked_on": TODAY,
        "approved_mode": (FINAL,),
    }
    return CryptoModule(**{**usual, **other})  # type: ignore[arg-type] # the words are its fields


def test_validated_modules_everywhere_take_nothing() -> None:
    assert cryptography_deduction([module(), module(place="backups")], TODAY).points == 0


@pytest.mark.parametrize(
    "worse",
    [
        {"certificate": ""},
        {"status": "none"},
        {"status": "revoked"},
        {"checked_on": None},
        {"checked_on": TODAY - timedelta(days=400)},
        {"checked_on": TODAY + timedelta(days=1)},
        {"approved_mode": ()},
        {"approved_mode": (Evidence("mode.txt", "draft"),)},
    ],
)
def test_encrypted_but_not_validated_takes_three(worse: dict[str, object]) -> None:
    found = cryptography_deduction([module(), module(place="backups", **worse)], TODAY)
    assert (found.points, found.missing) == (3, ())
    assert found.because.startswith("backups: ")


def test_the_worst_place_decides() -> None:
    found = cryptography_deduction([module(), module(place="mail", status="none"), module(place="backups", encrypted=False)], TODAY)
    assert (found.points, found.because) == (5, "backups: CUI is not encrypted")


def test_a_historical_module_asks_a_person() -> None:
    found = cryptography_deduction([module(status="historical")], TODAY)
    assert found.points == 3
    assert found.missing == ("whether the historical module Module at laptop disks may count",)
    accepted = module(status="historical", historical_accepted_by="A. Official")
    assert cryptography_deduction([accepted], TODAY).points == 0
    worse = [accepted, module(place="mail", status="none"), module(place="tapes", status="historical", encrypted=False)]
    assert cryptography_deduction(worse[:2], TODAY).missing == ()
    assert cryptography_deduction([*worse, module(status="historical")], TODAY).missing == ()


def test_an_empty_register_is_no_clean_bill() -> None:
    found = cryptography_deduction([], TODAY)
    assert (found.points, bool(found.missing)) == (5, True)
