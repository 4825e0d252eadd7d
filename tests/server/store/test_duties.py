"""Duties in the store: set, done with documents, dropped."""

from datetime import date

import pytest

from checks.errors import ContentError
from poam_generator.duties import Duty
from server import store
from server.errors import ServerError
from server.models import System, User
from tests.server.conftest import START, at

TODAY = START.date()
REVIEW = Duty("log-review", "Review the logs", ("3.3.5",), 7, TODAY)
PLAN = store.NewDocument("review.pdf", b"the record", "final", "J. Doe", date(2026, 11, 1))


def test_the_usual_duties_are_set_once_and_what_was_set_before_stays(system: System, reviewer: User) -> None:
    store.set_duty(system, REVIEW, reviewer, START)
    assert "log-review" not in {one.key for one in store.start_duties(system, reviewer, START)}
    assert store.find_duty(system, "log-review") == REVIEW
    assert store.start_duties(system, reviewer, at(1)) == ()


def test_a_duty_is_done_with_its_documents(system: System, reviewer: User) -> None:
    store.set_duty(system, REVIEW, reviewer, START)
    document = store.add_document(system, PLAN, reviewer, START)
    store.perform_duty(system, "log-review", TODAY, "Nothing unusual.", [document], reviewer, at(1))
    (standing,) = store.duty_standings(system, TODAY)
    assert standing.due == date(2026, 11, 30)
    assert standing.last
    assert (standing.last.by, standing.last.evidence[0].name) == ("rita", "review.pdf")


def test_a_duty_that_was_dropped_leaves_what_was_done_in_the_records(system: System, reviewer: User) -> None:
    store.set_duty(system, REVIEW, reviewer, START)
    store.perform_duty(system, "log-review", TODAY, "Nothing.", [], reviewer, START)
    store.drop_duty(system, "log-review", reviewer, at(1))
    assert store.duties(system) == ()
    assert len(store.performances(system)) == 1
    with pytest.raises(ServerError, match="there is no duty 'log-review'"):
        store.drop_duty(system, "log-review", reviewer, at(2))


def test_what_cannot_be_noted_is_told(system: System, reviewer: User) -> None:
    store.set_duty(system, REVIEW, reviewer, START)
    with pytest.raises(ServerError, match="has not come yet"):
        store.perform_duty(system, "log-review", date(2026, 12, 1), "Done.", [], reviewer, START)
    with pytest.raises(ServerError, match="say what was done"):
        store.perform_duty(system, "log-review", TODAY, " ", [], reviewer, START)
    with pytest.raises(ServerError, match="there is no duty 'training'"):
        store.perform_duty(system, "training", TODAY, "Done.", [], reviewer, START)
    with pytest.raises(ContentError, match=r"3\.99\.1"):
        store.set_duty(system, Duty("x", "X", ("3.99.1",), 7, TODAY), reviewer, START)


def test_a_viewer_sets_and_does_nothing(system: System) -> None:
    viewer, _ = store.add_person(system, "vera", ("viewer",), START)
    with pytest.raises(ServerError, match="vera may not set a duty"):
        store.set_duty(system, REVIEW, viewer, START)
    with pytest.raises(ServerError, match="vera may not note"):
        store.perform_duty(system, "log-review", TODAY, "Done.", [], viewer, START)
