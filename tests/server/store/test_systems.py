from dataclasses import replace

import pytest

from poam_generator.model import Assignment, DraftSettings
from server import store
from server.errors import ServerError
from server.models import System, User
from tests.server.conftest import START, at


def test_what_a_system_says_of_its_work_comes_back(system: System, reviewer: User) -> None:
    assert store.draft_settings(system) == DraftSettings()
    settings = DraftSettings(hours_per_week=4, assignments=(Assignment("J. Doe", family="AC"),), partial=frozenset({"3.5.3"}))
    store.set_draft_settings(system, replace(settings, parameters={"max_days": 3}), reviewer, START)
    assert store.draft_settings(system) == settings
    with pytest.raises(ServerError, match="at least 1"):
        store.set_draft_settings(system, DraftSettings(hours_per_week=0), reviewer, at(1))


def test_several_systems_have_to_be_named(system: System) -> None:
    System.objects.create(name="Plant 2", created_at=START)
    with pytest.raises(ServerError, match="name one with --system"):
        store.default_system()
    assert store.find_system("Plant 2") != system
    with pytest.raises(ServerError, match="there are: Default system, Plant 2"):
        store.find_system("Plant 3")
