"""POA&M tables of others, read by the names of their columns."""

from dataclasses import replace
from datetime import date

import pytest

from poam_generator.errors import PoamError
from poam_generator.exporters import csv_plan
from poam_generator.lint import Standards, lint_plan
from poam_generator.lint.days import read_day
from poam_generator.lint.table import read_table, with_earlier
from tests.poam_generator.test_exporters import export_items

TODAY = date(2026, 11, 23)
FEDRAMP = (
    "FedRAMP POA&M,,,\n\n"
    "POAM ID,Controls,Weakness Name,Weakness Description,Weakness Detector Source,Point of Contact,Resources Required,"
    "Overall Remediation Plan,Original Detection Date,Scheduled Completion Date,Planned Milestones,Milestone Changes,Status Date,"
    "Original Risk Rating,Supporting Documents\n"
    'V-1,AC-7,Lockout,No lockout,Nessus,J. Doe,4 hours,"Set lockout_threshold = 3",01/02/2026,12/15/2026,'
    '"Pilot 12/04/2026\nRoll out by 12/11/2026","",11/20/2026,Moderate,"scan.pdf, DRAFT policy.docx"\n'
    "V-2,AC-7,Lockout,No lockout,Nessus,,,TBD,01/02/2026,soon,,,06/01/2026,High,\n"
)
EMASS = (
    "POA&M Item ID,Control Vulnerability Description,Controls / APs,POA&M Status,POA&M Scheduled Completion Date,POA&M Completion Date,"
    "Milestone ID,Milestone Description,Milestone Scheduled Completion Date,Milestone Completion Date,Identification Source,Office/Org,"
    "Resources Required,Severity,Impact,Impact Description,Residual Risk Level\n"
    ",Lockout is missing,AC-7,Ongoing,15-Dec-2026,,,Set threshold = 3 in the GPO,04-Dec-2026,,Scan,IT,4 hours,High,High,"
    "CUI could be read,Low\n"
    ",,,,,,,Verify it by a scan of all 12 hosts,14-Dec-2026,,,,,,,,\n"
    ",Audit is off,AU-2,Completed,01-Nov-2026,30-Oct-2026,,Turn it on with auditd,30-Oct-2026,30-Oct-2026,Scan,IT,1 hour,Low,Low,x y,Low\n"
)


def test_our_own_table_is_read_back() -> None:
    table = read_table(csv_plan.export(export_items()).decode(), TODAY)
    first = table.entries[1]
    assert (first.id, first.state, first.owner, first.completion) == ("PA-9", "open", "=J. Doe", date(2027, 1, 22))
    assert [entry.state for entry in table.entries] == ["draft", "open", "done"]
    assert first.milestones is not None
    assert [(one.title, one.due, one.done_on) for one in first.milestones] == [
        ("Remediate A, B", date(2026, 12, 4), date(2026, 12, 3)),
        ("Verify 2 hosts by a scan", date(2027, 1, 22), None),
    ]
    assert any("no column for the impact" in sentence for sentence in table.unread)


def test_the_table_of_fedramp_is_found_below_its_title_and_its_dates_have_the_month_first() -> None:
    table = read_table(FEDRAMP, TODAY)
    one, two = table.entries
    assert (one.id, one.completion, one.updated_on) == ("V-1", date(2026, 12, 15), date(2026, 11, 20))
    assert one.milestones is not None
    assert [(stone.title, stone.due) for stone in one.milestones] == [
        ("Pilot", date(2026, 12, 4)),
        ("Roll out by", date(2026, 12, 11)),
    ]
    kinds = {problem.kind for problem in lint_plan([two], Standards(TODAY))}
    assert kinds == {"vague_plan", "no_owner", "resources", "bad_date", "no_milestones", "stale"}
    assert [problem.kind for problem in lint_plan([one], Standards(TODAY))] == ["evidence"]


def test_what_could_not_be_read_is_said() -> None:
    unread = read_table(FEDRAMP, TODAY).unread
    assert "Row 5: 'soon' is no date; write it as in 2027-03-14." in unread
    assert "Not read: the columns Original Detection Date." in unread
    assert "The table has no column for the impact, the residual risk, so nothing is said of that." in unread


def test_a_further_row_of_emass_is_another_milestone_of_the_entry_above() -> None:
    one, two = read_table(EMASS, TODAY).entries
    assert one.milestones is not None
    assert [stone.due for stone in one.milestones] == [date(2026, 12, 4), date(2026, 12, 14)]
    assert one.plan == {"steps": "Set threshold = 3 in the GPO\nVerify it by a scan of all 12 hosts"}
    assert (one.id, one.impact, two.state) == ("row 2", "CUI could be read", "done")
    assert lint_plan([one, two], Standards(TODAY)) == []


def test_steps_that_are_alike_from_entry_to_entry_are_no_copied_plan() -> None:
    line = EMASS.splitlines(keepends=True)
    entries = read_table("".join([line[0], *line[1:3] * 4]), TODAY).entries
    apart = [replace(one, impact=f"Impact {n}", completion=date(2026, 12, 15 + n), milestones=None) for n, one in enumerate(entries)]
    assert lint_plan(apart, Standards(TODAY)) == []


def test_a_date_that_an_earlier_table_had_otherwise_is_a_moved_one() -> None:
    now = read_table(FEDRAMP.replace("12/15/2026", "12/16/2026"), TODAY).entries
    before = read_table(FEDRAMP, TODAY).entries
    moved = lint_plan(with_earlier(now, before)[:1], Standards(TODAY))
    assert "The completion date 2026-12-15 became 2026-12-16 without a reason" in moved[0].sentence
    assert [problem.kind for problem in lint_plan(with_earlier(before, before)[:1], Standards(TODAY))] == ["evidence"]


def test_an_unknown_status_is_taken_for_open_and_said() -> None:
    table = read_table(EMASS.replace("Ongoing", "Parked"), TODAY)
    assert table.entries[0].state == "open"
    assert "Row 2: the status 'parked' is not known, and was taken for open." in table.unread


def test_a_row_without_weakness_is_left_out_and_said() -> None:
    table = read_table(FEDRAMP + "V-3,AC-7,,,,,,,,,,,,,\n", TODAY)
    assert len(table.entries) == 2
    assert "Row 6 states no weakness and was left out." in table.unread


@pytest.mark.parametrize("mark", [";", "\t"])
def test_cells_may_be_parted_by_semicolons_or_tabs(mark: str) -> None:
    text = EMASS.replace(mark, " ").replace(",", mark)
    assert read_table(text, TODAY) == read_table(EMASS, TODAY)


def test_lines_may_end_as_old_spreadsheets_end_them_and_the_head_may_come_again() -> None:
    again = FEDRAMP + FEDRAMP.splitlines()[2] + "\n"
    assert read_table(again, TODAY) == read_table(FEDRAMP, TODAY)
    assert read_table(FEDRAMP.replace("\n", "\r"), TODAY) == read_table(FEDRAMP, TODAY)


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (
            "46098",
            "Row 5: '46098' is the number by which a spreadsheet keeps a day; give its column the format of a date, and save it anew.",
        ),
        (
            "31/12/2026",
            "Dates with slashes were read with the month first, as in 03/14/2027; some here have the day first, so look at all.",
        ),
        ("12/31/9999", "Row 5: '12/31/9999' is no date; write it as in 2027-03-14."),
    ],
)
def test_a_cell_that_is_no_date_says_why(cell: str, sentence: str) -> None:
    assert sentence in read_table(FEDRAMP.replace("soon", cell), TODAY).unread
    assert sentence not in read_table(FEDRAMP, TODAY).unread


def test_an_id_that_two_entries_have_is_told() -> None:
    assert "2 entries have the id 'V-1'; give each its own." in read_table(FEDRAMP.replace("V-2", "V-1"), TODAY).unread


@pytest.mark.parametrize(
    ("word", "state"),
    [("Closed - verified", "done"), ("Completed (01/02/2026)", "done"), ("Closed 2026-01-02", "done"), ("Open: delayed", "open")],
)
def test_a_status_may_say_more_than_its_word(word: str, state: str) -> None:
    table = read_table(EMASS.replace("Ongoing", word), TODAY)
    assert table.entries[0].state == state
    assert not any("status" in sentence for sentence in table.unread)


def test_a_word_that_only_begins_like_a_status_is_none() -> None:
    assert (
        "Row 2: the status 'closed soon' is not known, and was taken for open."
        in read_table(EMASS.replace("Ongoing", "Closed soon"), TODAY).unread
    )


def test_a_text_of_another_encoding_is_refused() -> None:
    with pytest.raises(PoamError, match="holds NUL characters"):
        read_table(FEDRAMP.encode("utf-16-le").decode(), TODAY)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "PK\x03\x04"])
def test_a_file_that_is_no_poam_is_refused(text: str) -> None:
    with pytest.raises(PoamError, match="no row names columns of a POA&M"):
        read_table(text, TODAY)


def test_a_file_whose_quotation_mark_never_ends_is_refused() -> None:
    with pytest.raises(PoamError, match="this is no CSV file"):
        read_table('"a', TODAY)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-04", date(2026, 12, 4)),
        ("12/4/2026", date(2026, 12, 4)),
        ("4 Dec 2026", date(2026, 12, 4)),
        ("04-Dec-26", date(2026, 12, 4)),
        ("December 4, 2026", date(2026, 12, 4)),
        ("2026-12-04 00:00:00", date(2026, 12, 4)),
        ("2026/12/04", date(2026, 12, 4)),
        ("4.12.2026", date(2026, 12, 4)),
        ("12/04/0026", None),
        ("31/12/2026", None),
        ("Q4", None),
        ("", None),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, day: date | None) -> None:
    assert read_day(text) == day
