"""requirements: the views, one requirement, and the gap report."""

import json
from pathlib import Path

import pytest

from tests.support.command import Closeout


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Closeout:
    return Closeout(tmp_path_factory.mktemp("frameworks") / "data")


@pytest.mark.parametrize(("key", "count", "first"), [("r2", 110, "3.1.1"), ("r3", 97, "03.01.01"), ("cmmc-l1", 17, "3.1.1")])
def test_requirements_are_listed_by_framework(command: Closeout, key: str, count: int, first: str) -> None:
    rows = json.loads(command.say("requirements", "--json", "--framework", key)[0])
    assert (len(rows), rows[0]["id"]) == (count, first)


def test_without_a_word_it_is_revision_2_and_needs_no_database(command: Closeout) -> None:
    assert len(json.loads(command.say("requirements", "--json")[0])) == 110
    assert not Path(command.data).exists()


def test_the_gap_report_says_what_is_asked_in_addition_and_how_the_system_stands(fresh: Closeout) -> None:
    rows = {row["id"]: row for row in json.loads(fresh.say("requirements", "gap", "--json")[0])}
    assert "03.01.02" not in rows
    assert rows["03.16.02"]["standing"] == "new"
    assert rows["03.01.08"]["standing"] == "not assessed"
    (allowed,) = [one for one in rows["03.01.08"]["parameters"] if one["id"] == "03.01.08.a.01"]
    assert (allowed["dod"], allowed["here"][0]) == (
        "at most 5",
        {"parameter": "account-lockout-threshold.max_attempts", "value": 5, "document": ""},
    )


def test_one_requirement_is_shown_by_its_id_whatever_the_framework(command: Closeout) -> None:
    assert "NIST SP 800-171 Revision 3" in command.say("requirements", "show", "03.05.07")[0]
    assert "NIST SP 800-171 Revision 2" in command.say("requirements", "show", "3.5.7")[0]
    shown = json.loads(command.say("requirements", "show", "3.5.1", "--framework", "cmmc-l1", "--json")[0])
    assert (shown["framework"], shown["cmmc_id"]) == ("cmmc-l1", "IA.L1-b.1.v")


def test_a_requirement_that_there_is_not_is_wrong_use(command: Closeout) -> None:
    assert "there is no requirement 3.99.1" in command.say("requirements", "show", "3.99.1", status=2)[1]
