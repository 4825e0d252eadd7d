"""Revision 3 and CMMC Level 1 as views of what Revision 2 judges."""

from pathlib import Path

import pytest

from checks.errors import ContentError
from checks.framework import load_framework
from checks.load import load_content
from checks.views import list_keys, load_view, read_view

SMALL = """\
id: small
title: A small view
source: A test
judged_by: nist-800-171-r2
families: {AC: Access Control}
dropped: {DROPPED}
requirements:
  - id: "03.01.08"
    family: AC
    title: Unsuccessful Logon Attempts
    summary: Repeated failed logons are held back
    r2: ["3.1.8"]
    statements: 2
    sp_800_53: [AC-07]
    in_addition:
      - What happens then is defined
    parameters:
      - {id: "03.01.08.a.01", asks: Failed logons that are allowed, dod: at most 5, values: [account-lockout-threshold.max_attempts]}
"""
DROPPED = ", ".join(f'"{one.id}": no longer asked' for one in load_framework().requirements if one.id != "3.1.8")


def write(folder: Path, text: str) -> Path:
    file = folder / "small.yml"
    file.write_text(text.replace("DROPPED", DROPPED))
    return file


def test_there_are_the_judging_framework_and_its_views() -> None:
    assert list_keys() == ("r2", "r3", "cmmc-l1")
    assert [len(load_view(key).requirements) for key in list_keys()] == [110, 97, 17]


def test_a_requirement_as_json_has_the_keys_that_scripts_rely_on() -> None:
    line = load_view("r2").requirement("3.13.11").to_json()
    assert {
        key: line[key] for key in ("id", "cmmc_id", "title", "points", "points_partial", "l2_poam", "l2_poam_paragraph", "objectives")
    } == {
        "id": "3.13.11",
        "cmmc_id": "SC.L2-3.13.11",
        "title": "CUI Encryption",
        "points": 5,
        "points_partial": 3,
        "l2_poam": "only_if_partial",
        "l2_poam_paragraph": "32 CFR 170.21(a)(2)(ii)",
        "objectives": ["a"],
    }
    assert load_view("r2").requirement("3.12.4").to_json()["points"] is None


def test_every_view_has_lines_of_one_shape() -> None:
    shapes = {tuple(one.to_json()) for key in list_keys() for one in load_view(key).requirements}
    assert len(shapes) == 1


def test_level_1_is_17_of_the_110_under_15_ids_without_points_and_never_on_a_poam() -> None:
    level_1 = load_view("cmmc-l1").requirements
    assert len({one.cmmc_id for one in level_1}) == 15
    assert {(one.points, one.l2_poam, one.l2_poam_paragraph) for one in level_1} == {(None, "no", "32 CFR 170.21(a)(1)")}
    assert {one.id for one in level_1} < {one.id for one in load_framework().requirements}


def test_every_requirement_of_revision_2_went_somewhere_or_was_dropped_with_its_reason() -> None:
    r3 = load_view("r3")
    taken = {source for one in r3.requirements for source in one.r2}
    assert taken | set(r3.dropped) == {one.id for one in load_framework().requirements}
    assert set(r3.dropped) == {"3.5.6", "3.5.8", "3.5.9", "3.7.1", "3.13.2", "3.13.14"}


def test_a_new_requirement_of_revision_3_says_what_it_asks() -> None:
    new = [one for one in load_view("r3").requirements if not one.r2]
    assert len(new) == 18
    assert all(one.in_addition for one in new)


def test_revision_3_has_the_80_values_that_the_dod_published() -> None:
    values = [value for one in load_view("r3").requirements for value in one.parameters]
    assert len({value.id for value in values}) == len(values) == 80
    assert [value.id for value in values if value.guidance] == ["03.01.20.b", "03.04.06.b", "03.13.10", "03.16.01"]


def test_a_value_that_a_check_puts_into_force_is_one_that_the_check_has() -> None:
    checks = load_content().checks
    named = [name for one in load_view("r3").requirements for value in one.parameters for name in value.values]
    assert [name for name in named if name.partition(".")[2] not in checks[name.partition(".")[0]].parameters] == []


def test_the_words_are_short_and_none_is_said_twice() -> None:
    r3 = load_view("r3").requirements
    said = [one.summary for one in r3] + [text for one in r3 for text in one.in_addition]
    assert max(len(text.split()) for text in said) <= 20
    assert len({one.summary for one in r3}) == len(r3)


def test_a_framework_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(ContentError, match="there are r2, r3, cmmc-l1"):
        load_view("r4")


def test_a_view_can_be_read_from_a_file(tmp_path: Path) -> None:
    small = read_view(write(tmp_path, SMALL), load_framework())
    assert (small.key, small.requirement("03.01.08").r2) == ("small", ("3.1.8",))
    with pytest.raises(ContentError, match=r"no requirement 03\.01\.09"):
        small.requirement("03.01.09")


BROKEN = [
    ("judged_by: nist-800-171-r2", "judged_by: iso", "judges is nist-800-171-r2", 4),
    ('r2: ["3.1.8"]', 'r2: ["3.1.88"]', "no requirement 3.1.88", 12),
    ('r2: ["3.1.8"]', 'r2: ["3.1.7"]', "3.1.7 stands under r2", 6),
    ('r2: ["3.1.8"]', "r2: []", "what became of 3.1.8", 6),
    ("dropped: {", 'dropped: {"9.9": x, ', "no requirement 9.9", 6),
    ("    family: AC", "    family: AU", "no family of this file", 9),
    ('{id: "03.01.08.a.01"', '{id: "03.01.09.a.01"', "begins with 03.01.08", 18),
    ("statements: 2", "statements: two", "whole number", 13),
    ("sp_800_53: [AC-07]", "sp_800_53: [AC-7]", "a control such as", 14),
    ("    in_addition:\n      - What happens then is defined\n", "    in_addition: []\n", "a list of sentences", 15),
]


@pytest.mark.parametrize(("old", "new", "piece", "line"), BROKEN)
def test_a_broken_view_is_refused_with_file_and_line(tmp_path: Path, old: str, new: str, piece: str, line: int) -> None:
    assert old in SMALL
    with pytest.raises(ContentError) as caught:
        read_view(write(tmp_path, SMALL.replace(old, new, 1)), load_framework())
    assert str(caught.value).startswith(f"{tmp_path / 'small.yml'}:{line}: ")
    assert piece in caught.value.problem


def test_a_requirement_that_stands_twice_is_refused(tmp_path: Path) -> None:
    twice = SMALL + SMALL.partition("requirements:\n")[2]
    with pytest.raises(ContentError, match="stands already above"):
        read_view(write(tmp_path, twice), load_framework())
