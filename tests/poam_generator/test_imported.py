"""POA&Ms of others as items: which rows are taken, and what is told of one that cannot be."""

from datetime import date

import pytest

from checks.framework import load_framework
from poam_generator.errors import PoamError
from poam_generator.exporters.csv_plan import export
from poam_generator.imported import Imported, read_imported
from poam_generator.lint.table import read_table
from tests.poam_generator.test_exporters import export_items

TODAY = date(2026, 11, 23)
HEADS = "POAM ID,Controls,Weakness Name,Weakness Description,Point of Contact,Overall Remediation Plan,Scheduled Completion Date"


def read(text: str) -> Imported:
    return read_imported(read_table(text, TODAY), "poam.csv", load_framework())


def test_our_own_plan_comes_back_without_what_is_complete() -> None:
    found = read(export(export_items()).decode())
    assert [one.reference for one in found.weaknesses] == ["poam.csv PA-1", "poam.csv PA-9"]
    assert set(found.weaknesses[0].objectives) == {objective for item in export_items()[:1] for objective in item.draft.objectives}
    assert found.weaknesses[0].assets == ("A", "B")
    assert "PA-10 is done and passed over." in found.notes


def test_fedramps_columns_are_understood() -> None:
    row = "V-1,AC.L2-3.1.8,Lockout,No limit.,J. Doe,Set it.,2027-03-14,Critical"
    (one,) = read(f"{HEADS},Original Risk Rating\r\n{row}\r\n").weaknesses
    assert (one.title, one.plan, one.severity, one.due) == ("Lockout; No limit.", "Set it.", "high", date(2027, 3, 14))
    assert one.objectives == ("3.1.8[a]", "3.1.8[b]")
    assert (one.reference, one.identified_by) == ("poam.csv V-1", "imported from poam.csv V-1")


def test_an_id_that_two_open_entries_have_is_refused_and_one_that_is_done_besides_is_not() -> None:
    twice = f"{HEADS},Status\nV-1,3.1.8,Lockout,,,,,Open\nV-1,3.1.9,Banner,,,,,STATUS\n"
    with pytest.raises(PoamError, match="2 open entries have the id 'V-1'; give each its own"):
        read(twice.replace("STATUS", "Ongoing"))
    assert [one.title for one in read(twice.replace("STATUS", "Closed")).weaknesses] == ["Lockout"]


def test_an_address_is_the_name_of_an_asset_and_what_is_said_of_it_is_not() -> None:
    (one,) = read(f"{HEADS},Asset Identifier\nV-1,3.1.8,Lockout,,,,,fe80::1; ws-2: failing\n").weaknesses
    assert one.assets == ("fe80::1", "ws-2")


def test_an_objective_that_is_named_keeps_the_others_of_its_requirement_out() -> None:
    (one,) = read(f"{HEADS}\nV-1,3.1.8 3.1.8[b] 3.1.9,Lockout,,,,\n").weaknesses
    assert one.objectives == ("3.1.8[b]", "3.1.9[a]", "3.1.9[b]")


@pytest.mark.parametrize(
    ("rating", "severity"), [("Very High", "high"), ("Moderate", "medium"), ("", "medium"), ("Low", "low"), ("III", "low")]
)
def test_a_rating_of_others_becomes_our_severity(rating: str, severity: str) -> None:
    assert read(f"{HEADS},Original Risk Rating\nV-1,3.1.8,Lockout,,,,,{rating}\n").weaknesses[0].severity == severity


@pytest.mark.parametrize(
    ("about", "sentence"), [("AC-7", "names no requirement"), ("3.1.99", "3.1.99"), ("3.1.8[z]", "3.1.8"), ("", "an empty cell")]
)
def test_an_entry_that_cannot_be_placed_is_named(about: str, sentence: str) -> None:
    with pytest.raises(PoamError, match=f"V-1: .*{sentence}"):
        read(f"{HEADS}\nV-1,{about},Lockout,,,,\n")
