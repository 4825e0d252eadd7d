"""score, whatif and plan on the command line."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from poam_generator.answers import Answers
from poam_generator.score import Ssp
from server import store
from server.models import System
from tests.server.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("system")


@pytest.fixture
def plan_on_record(system: System) -> None:
    today = datetime.now(UTC).date()
    user = store.operator(system, "adam", datetime.now(UTC))
    store.record_answers(system, Answers(Ssp("Plant 2", "3.1", today, "A. Official", today)), user, datetime.now(UTC))


def data(closeout: Run, *arguments: str) -> Any:  # noqa: ANN401 - any JSON value
    ran = closeout(*arguments, "--json")
    assert ran.status == 0, ran.err
    return json.loads(ran.out)


def test_a_days_score_is_recorded_once_while_nothing_changes(closeout: Run) -> None:
    assert "recorded: verified none" in closeout("score", "record").err
    assert "says the same already" in closeout("score", "record").err
    (day,) = data(closeout, "score", "history")
    assert (day["day"], day["verified"], len(day["inputs"])) == (datetime.now(UTC).date().isoformat(), None, 64)
    assert "none" in closeout("score", "history").out


@pytest.mark.usefixtures("plan_on_record")
def test_what_would_come_of_steps_is_shown_and_changes_nothing(closeout: Run) -> None:
    found = data(closeout, "whatif", "3.10.5")
    assert (found["before"], found["after"], found["minutes"]) == (-203, -202, 180)
    assert found["changed"] == [{"requirement": "3.10.5", "before": "not assessed", "after": "MET", "points": 1}]
    assert data(closeout, "score")["verified"] == -203
    assert "verified score -203 now, -202 then" in closeout("whatif", "3.10.5").out


def test_a_step_that_there_is_not_is_told_what_there_is(closeout: Run) -> None:
    ran = closeout("whatif", "PA-0099")
    assert (ran.status, ran.out) == (3, "")
    assert "'PA-0099' is nothing that could be done: name an open item" in ran.err


@pytest.mark.usefixtures("plan_on_record")
def test_the_cheapest_way_is_shown_with_all_its_steps(closeout: Run) -> None:
    found = data(closeout, "plan", "--to", "88")
    assert found["after"] >= 88
    assert {"3.5.3", "3.12.4", "3.10.3"} <= {one["requirement"] for one in found["requirements"]}
    assert all(len(one["requirement"]) for one in found["left"])
    shown = closeout("plan", "--to", "110")
    assert "from -203 to 110" in shown.out
    assert "stay open" in closeout("plan", "--to", "88").err


def test_without_a_plan_on_record_the_way_begins_with_it(closeout: Run) -> None:
    assert data(closeout, "plan", "--to", "110")["first"][0]["kind"] == "plan"


def test_the_policy_of_the_score_is_shown_and_decided(closeout: Run) -> None:
    assert data(closeout, "score", "policy")["fresh_days"] == 30
    assert closeout("score", "policy", "--fresh-days", "14", "--minutes", "attestation=30").status == 0
    policy = data(closeout, "score", "policy")
    assert (policy["fresh_days"], policy["efforts"]["attestation"], policy["efforts"]["mfa"]) == (14, 30, 480)
    assert closeout("score", "policy", "--minutes", "tea=3").status == 2


def test_history_ends_where_it_is_asked_to(closeout: Run, system: System) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=100)
    store.record_score(system, {"verified": 12, "projected": 30}, "0" * 64, long_ago)
    closeout("score", "record")
    assert [row["verified"] for row in data(closeout, "score", "history")] == [12, None]
    assert len(data(closeout, "score", "history", "--days", "99")) == 1
    assert date.fromisoformat(data(closeout, "score", "history")[0]["day"]) == long_ago.date()
