"""Export formats against their golden files, and what a spreadsheet would make of a cell."""

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.framework import load_framework
from poam_generator.draft import draft_digest, write_draft
from poam_generator.exporters import csv_plan, formats
from poam_generator.json_form import from_json
from poam_generator.model import Approval, DraftHost, DraftSettings, ExportItem, MilestoneChange, State
from tests.poam_generator.builders import at, held, item, seen
from tests.poam_generator.test_draft import LOCKOUT, TODAY

GOLDEN = Path(__file__).parent / "golden"


def export_items() -> list[ExportItem]:
    """A draft, an open item with everything in it, and a closed one; ids out of order."""
    names = [held("a", seen("fail", 0)), held("b", seen("fail", 0.5))]
    text = write_draft(LOCKOUT, load_framework(), [DraftHost(one, "linux") for one in names], DraftSettings(hourly_cents=9000), TODAY)
    moved = replace(text.milestones[0], due=date(2026, 12, 4), done_on=date(2026, 12, 3))
    told = replace(text, point_of_contact="=J. Doe", milestones=(moved, text.milestones[1]), funding="funded")
    live = item(
        "PA-9", "open", replace(names[0], passing=seen("pass", 2)), replace(names[1], disposition="accepted", disposition_until=TODAY)
    )
    change = MilestoneChange(moved.title, moved.original_due, moved.due, date(2026, 12, 1), "change freeze")
    open_item = ExportItem(
        "Plant 2", live, told, (Approval("R. Approver", at(1), draft_digest(live, told)),), (change,), text.scheduled_completion, ("Seen.",)
    )
    closed = item("PA-10", "closed", replace(names[0], passing=seen("pass", 2)), ended_on=date(2026, 11, 4), predecessor="PA-8")
    return [ExportItem("Plant 2", closed, text), ExportItem("Plant 1", item("PA-1", "draft", *names), text), open_item]


@pytest.mark.parametrize("name", sorted(formats()))
def test_a_format_writes_its_golden_file_in_whatever_order_items_come(name: str) -> None:
    form = formats()[name]
    wanted = (GOLDEN / f"{name}.{form.EXTENSION}").read_bytes()
    assert form.export(export_items()) == wanted
    assert form.export(export_items()[::-1]) == wanted


def test_a_plan_lists_the_hosts_of_an_item_by_their_names() -> None:
    one = export_items()[0]
    assert rows(replace(one, item=replace(one.item, hosts=one.item.hosts[::-1])))[5] == rows(one)[5]


def test_formats_are_found_by_listing_the_package() -> None:
    found = formats()
    assert {"csv-plan", "json"} <= set(found)
    assert all(name == form.NAME and form.EXTENSION and "/" in form.MEDIA_TYPE for name, form in found.items())


@pytest.mark.parametrize("name", sorted(formats()))
def test_no_items_give_an_empty_file_of_the_format(name: str) -> None:
    assert formats()[name].export([])


def test_json_reads_back_as_the_items_that_were_exported() -> None:
    data = json.loads(formats()["json"].export(export_items()))
    assert data["schema"] == "closeout.items/1"
    assert [from_json(ExportItem, one) for one in data["items"]] == sorted(export_items(), key=lambda one: (one.system, len(one.item.id)))


def rows(one: ExportItem) -> list[str]:
    return list(csv.reader(io.StringIO(csv_plan.export([one]).decode(), newline="")))[1]


@given(st.sampled_from("=+-@\t\r\n"), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
def test_no_cell_begins_as_a_formula(start: str, rest: str) -> None:
    one = export_items()[0]
    evil = replace(one, system=start + rest, draft=replace(one.draft, weakness=start + rest, identified_by=start + rest))
    cells = rows(evil)
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n"))]
    assert cells[0] == f"'{start}{rest}"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("draft", "Ongoing"),
        ("open", "Ongoing"),
        ("closed", "Complete"),
        ("withdrawn", "Complete"),
        ("accepted", "Ongoing"),
        ("dismissed", "Ongoing"),
        ("enduring_exception", "Ongoing"),
    ],
)
def test_only_a_verified_end_is_complete(state: State, status: str) -> None:
    one = export_items()[0]
    assert rows(replace(one, item=replace(one.item, state=state)))[-1] == status
