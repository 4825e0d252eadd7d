"""metrics on the command line."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from server import store
from server.models import Item, System
from tests.server.cli.conftest import Run

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def item(system: System) -> Item:
    """An open item that should have been done yesterday."""
    day = NOW.date() - timedelta(days=1)
    return Item.objects.create(
        system=system, number=1, source="person", source_key="x", state="open", detected_on=day, created_at=NOW, changed_at=NOW, title="x",
        requirements=["3.1.8"], points=1, severity="high", scheduled_completion=day, original_completion=day, cost_cents=500,
    )  # fmt: skip


def test_every_number_has_the_items_that_it_counts(closeout: Run) -> None:
    found = json.loads(closeout("metrics", "--json").out)
    assert found["total"]["counts"]["overdue"] == {"count": 1, "items": ["PA-0001"]}
    assert (found["total"]["cost_cents"], found["total"]["unfunded_cents"]) == (500, 500)
    assert [row["key"] for row in found["by"]["family"]] == ["AC"]
    assert found["open_items"][-1] == {"day": NOW.date().isoformat(), "open": 1}
    assert found["promised"][0]["open"] == 0


def test_a_table_and_a_csv_say_the_same(closeout: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(closeout("metrics", "--csv").out)))
    assert [(row["by"], row["key"]) for row in rows] == [
        ("all", "all"), ("family", "AC"), ("owner", "nobody"), ("group", "no group"), ("severity", "high"),
    ]  # fmt: skip
    assert {row["overdue"] for row in rows} == {"1"}
    assert "nobody" in closeout("metrics").out
    assert closeout("metrics", "--csv", "--json").status == 2


def test_requirements_move_to_met_between_the_first_and_the_last_record(closeout: Run, system: System) -> None:
    for days, lost in ((20, ("3.1.1", "3.1.2")), (1, ("3.1.2", "3.1.3"))):
        form = {"verified": 100, "projected": 110, "not_met": [{"requirement": one} for one in lost]}
        store.record_score(system, form, str(days) * 32, NOW - timedelta(days=days))
    found = json.loads(closeout("metrics", "--json").out)
    assert (found["moved_to_met"], found["fell_from_met"]) == (["3.1.1"], ["3.1.3"])
    assert json.loads(closeout("metrics", "--days", "5", "--json").out)["moved_to_met"] == []
