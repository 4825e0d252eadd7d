"""How the team works: said on the command line and on the page, and what drafts make of it."""

import json
from pathlib import Path

import pytest

from poam_generator.model import Assignment, Capacity, DraftSettings
from server import store
from server.drafting_form import read_fields, write_fields
from server.models import System
from server.own_texts import texts_directory
from tests.server.cli.conftest import Run
from tests.server.conftest import START

FULL = DraftSettings(
    hours_per_week=12,
    capacities=(Capacity(10, "AC", "plant-2"), Capacity(6, "", "lab")),
    assignments=(Assignment("J. Doe", "windows", "IA", "plant-2"), Assignment("Everybody")),
    hourly_cents=9000,
    funding="line 7",
    holidays=frozenset({START.date()}),
)


@pytest.fixture
def own(data_directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data directory of its own, so that no template reaches another test."""
    del data_directory
    monkeypatch.setenv("CLOSEOUT_DATA", str(tmp_path))
    return texts_directory()


def test_settings_are_the_same_after_they_were_fields() -> None:
    assert read_fields(write_fields(FULL), DraftSettings()) == FULL
    assert read_fields(write_fields(DraftSettings()), FULL) == DraftSettings()


def test_settings_are_changed_one_by_one_and_lines_are_given_several_times(closeout: Run, system: System) -> None:
    ran = closeout("drafting", "set", "hours_per_week=12", "capacities=10; ac; plant-2", "capacities=6;;lab", "target_days.high=14")
    assert (ran.status, ran.err) == (0, "drafts from now on go by that\n")
    settings = store.draft_settings(system)
    assert settings.capacities == FULL.capacities
    assert (settings.hours_per_week, dict(settings.target_days)) == (12, {"high": 14, "medium": 60, "low": 90})
    assert json.loads(closeout("drafting", "show", "--json").out)["target_days"]["high"] == 14
    assert "10; AC; plant-2 | 6; ; lab" in closeout("drafting", "show").out
    closeout("drafting", "set", "capacities=")
    assert store.draft_settings(system).capacities == ()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("hours_per_week=many", "Hours a week for remediation: 'many' is no whole number"),
        ("hours_per_week=0", "hours per week must be at least 1"),
        ("holidays=christmas", "Holidays: 'christmas' is no day; write it as 2026-12-25"),
        ("capacities=10; XX", "there is no family 'XX'; there are AC, AT"),
        ("capacities=0; AC", "hours of a family or group must be at least 1"),
        ("assignments=; linux", "Points of contact: '; linux' is not what belongs there. One a line"),
        ("target_days.high=0", "target days and stale days must be at least 1"),
        ("target_days.low=999999999", "and at most 3660"),
        ("overhead_minutes=-1", "minutes beside the hosts are 0 to 10000"),
        ("hourly_cents=9999999", "and cents of an hour 0 to 100000"),
        ("closeout_lead_days=181", "a closeout has 180 days"),
        ("speed=3", "there is no drafting setting 'speed'; there are hours_per_week"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_a_sentence(closeout: Run, system: System, given: str, sentence: str) -> None:
    ran = closeout("drafting", "set", given)
    assert ran.status == 3
    assert sentence in ran.err
    assert store.draft_settings(system) == DraftSettings()


def test_templates_are_copied_tried_and_what_is_wrong_with_one_is_said(closeout: Run, system: System, own: Path) -> None:
    del system
    assert closeout("drafting", "texts", "--copy").status == 0
    (own / "impact.txt").write_text("Bad.\n{{ hostz }}\n")
    (own / "impakt.txt").write_text("x")
    ran = closeout("drafting", "texts")
    assert ran.status == 1
    assert f"The template {own}/impact.txt, line 2, cannot be rendered: 'hostz' is undefined\n" in ran.err
    assert f"{own}/impakt.txt takes no template's place" in ran.err


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 100_001])
def test_a_file_that_is_no_template_is_said(closeout: Run, system: System, own: Path, content: bytes) -> None:
    del system
    own.mkdir()
    (own / "impact.txt").write_bytes(content)
    ran = closeout("drafting", "texts")
    assert ran.status == 1
    assert "is no UTF-8 text" in ran.err or "is larger than 100000 bytes" in ran.err
