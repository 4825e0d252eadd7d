"""The organization's own values: confirmed with their source, and what another value changes."""

from dataclasses import replace
from datetime import date

import pytest

from checks.errors import ContentError
from checks.load import Content
from collector.bundle import read_bundle
from poam_generator.tailoring import Source
from server import store
from server.assess import make_assessor
from server.errors import ServerError
from server.intake import save_judged
from server.judgements import confirm_judgement
from server.models import Asset, ParameterValue, Result, System, User
from server.score import assess
from server.tailoring import judged_now, new_judgements, parameter_rows, read_values, unconfirmed_checks
from tests.server.conftest import START, at
from tests.support.bundles import set_password_age, small_bundle

PARAMETER = "password-age.max_days"
SOURCE = Source("Access Control Policy", "4.2", "J. Doe", date(2026, 3, 1))


def scan(system: System, host: Asset, content: Content, hours: float, days: int = 60) -> None:
    bundle = read_bundle(set_password_age(small_bundle(), days))
    save_judged(make_assessor(system, content), host, bundle, store.Delivery("ssh", at(hours), at(hours)), at(hours))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (replace(SOURCE, document=" "), "name the document"),
        (replace(SOURCE, section=""), "name the section"),
        (replace(SOURCE, approver=""), "name the approver"),
        (replace(SOURCE, approved_on=date(2027, 1, 1)), "has not come yet"),
    ],
)
def test_a_value_needs_its_source(system: System, reviewer: User, source: Source, sentence: str) -> None:
    with pytest.raises(ServerError, match=sentence):
        store.confirm_parameters(system, {PARAMETER: (30, SOURCE), "other.max": (1, source)}, reviewer, START)
    assert not ParameterValue.objects.exists()


def test_the_newest_value_counts_and_the_same_again_is_no_news(system: System, reviewer: User) -> None:
    store.confirm_parameters(system, {PARAMETER: (90, SOURCE)}, reviewer, START)
    store.confirm_parameters(system, {PARAMETER: (30, SOURCE)}, reviewer, at(1))
    assert store.confirm_parameters(system, {PARAMETER: (30, SOURCE)}, reviewer, at(2)) == ()
    assert store.parameter_settings(system) == {"password-age": {"max_days": 30}}
    assert ParameterValue.objects.count() == 2


def test_only_who_decides_confirms_a_value(system: System) -> None:
    viewer, _ = store.add_person(system, "vera", ("viewer",), START)
    with pytest.raises(ServerError, match="confirm a value"):
        store.confirm_parameters(system, {PARAMETER: (30, SOURCE)}, viewer, START)


def test_a_default_is_unconfirmed_until_somebody_says_that_it_is_the_organizations(
    system: System, reviewer: User, content: Content
) -> None:
    assert unconfirmed_checks(system, content) == {"password-age"}
    (row,) = parameter_rows(system, content)
    assert (row.key, row.value, row.cited) == (PARAMETER, row.parameter.default, None)
    store.confirm_parameters(system, {PARAMETER: (row.value, SOURCE)}, reviewer, START)
    assert unconfirmed_checks(system, content) == frozenset()


def test_values_are_read_within_their_bounds(system: System, content: Content) -> None:
    default = content.checks["password-age"].parameters["max_days"].default
    assert read_values(system, content, [PARAMETER]) == {PARAMETER: default}
    assert read_values(system, content, [f"{PARAMETER}=30"]) == {PARAMETER: 30}
    for wrong in (f"{PARAMETER}=0", f"{PARAMETER}=soon", "password-age.none=1", "nothing.max=1", "nonsense"):
        with pytest.raises(ContentError):
            read_values(system, content, [wrong])


def test_another_value_is_another_way_of_judging(system: System, host: Asset, reviewer: User, content: Content) -> None:
    scan(system, host, content, 0)
    default = parameter_rows(system, content)[0].value
    store.confirm_parameters(system, {PARAMETER: (default, SOURCE)}, reviewer, at(1))
    assert new_judgements(system, content, ["password-age"]) == ()
    store.confirm_parameters(system, {PARAMETER: (30, SOURCE)}, reviewer, at(2))
    assert new_judgements(system, content, ["password-age"]) == ("password-age",)
    assert Result.objects.get(check_id="password-age").judgement not in judged_now(system, content)["password-age"]


def test_a_failure_by_a_new_value_counts_once_a_reviewer_has_confirmed_it(
    system: System, host: Asset, reviewer: User, content: Content
) -> None:
    scan(system, host, content, 0)
    store.confirm_parameters(system, {PARAMETER: (30, SOURCE)}, reviewer, at(1))
    scan(system, host, content, 2)
    assert assess(system, content, at(3)).objectives["3.5.8[a]"].contested_by == ()
    (pending,) = store.pending_judgements(system)
    confirm_judgement(make_assessor(system, content), "password-age", pending.digest, reviewer, "the policy says 30", at(3))
    assert assess(system, content, at(4)).objectives["3.5.8[a]"].contested_by == ("password-age",)
