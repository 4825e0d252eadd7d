"""Several checks asked together: each answer is the one that the check would have got alone."""

import pytest

from checks.model import Observation, Status
from checks.model import Result as Verdict
from collector.bundle import read_bundle
from poam_generator import model as poam
from poam_generator.policies import ClosingRules
from server import store
from server.models import Asset, Item, System
from server.store import Delivery
from tests.server.conftest import START, at
from tests.support.bundles import set_clock, set_machine_id
from tests.support.items import make_item

NEEDS = {"password-age": frozenset({"login_defs"}), "host-name": frozenset({"host.identity"}), "never-covered": frozenset({"nothing"})}
JUDGEMENT = "1" * 64
# Hour by hour what each check says of each host; the receipts are the same ones.
PASTS: dict[str, dict[str, tuple[Status, ...]]] = {
    "ws-1": {"password-age": ("fail", "pass", "pass"), "host-name": ("pass", "fail", "pass")},
    "ws-2": {"password-age": ("fail", "error", "fail"), "host-name": ("fail", "pass", "error")},
    "ws-3": {"password-age": ("pass", "pass", "pass"), "host-name": ("fail", "fail", "pass")},
}


def question(check: str) -> store.Question:
    """The check on Linux, with the changes of the last days counted."""
    return store.Question(check, {"linux": NEEDS[check]}, ClosingRules(poam.Policy(), at(1000), {}))


@pytest.fixture
def fleet(system: System, raw: bytes) -> list[Asset]:
    """Hosts with that past, all of which stand in an item of each check."""
    hosts = [store.add_host(system, store.NewAsset(name, way_in="ssh", address="192.0.2.1", account="scan"), START) for name in PASTS]
    for check in NEEDS:
        make_item(system, check, hosts)
    for number, host in enumerate(hosts):
        for hour in range(3):
            bundle = read_bundle(set_clock(set_machine_id(raw, f"{number:032x}"), int(at(hour).timestamp())))
            receipt = store.save_bundle(system, host, bundle, Delivery("ssh", at(hour), at(hour), "scan")).receipt
            verdicts = [
                Verdict(check, past[hour], (Observation(check, "so", hour, past[hour]),), JUDGEMENT)
                for check, past in PASTS[host.name].items()
            ]
            store.record_results(receipt, verdicts, NEEDS, at(hour))
    return hosts


@pytest.mark.usefixtures("fleet")
def test_checks_asked_together_get_the_answers_that_each_gets_alone(system: System) -> None:
    together = store.findings(system, [question(check) for check in NEEDS])
    alone = {check: store.findings(system, [question(check)])[check] for check in NEEDS}
    assert together == alone
    assert [len(found) for found in together.values()] == [3, 3, 3]
    for found in together.values():
        assert [one.host for one in found] == sorted(one.host for one in found)


@pytest.mark.usefixtures("fleet")
def test_of_a_host_that_fails_now_nothing_before_it_is_told(system: System) -> None:
    (fails,) = [one for one in store.findings(system, [question("password-age")])["password-age"] if one.host_name == "ws-2"]
    assert (fails.latest and fails.latest.status, fails.last_failure, fails.passes, fails.changes) == ("fail", None, (), 0)


@pytest.mark.usefixtures("fleet")
def test_one_receipt_shows_of_each_check_what_it_showed_of_that_check(system: System) -> None:
    found = store.findings(system, [question(check) for check in NEEDS])
    (of_age,) = [one for one in found["password-age"] if one.host_name == "ws-1"]
    (of_name,) = [one for one in found["host-name"] if one.host_name == "ws-1"]
    assert of_age.last_failure
    assert of_name.last_failure
    assert (of_age.last_failure.observed_at, [seen.observed_at for seen in of_age.passes]) == (at(0), [at(1), at(2)])
    assert (of_name.last_failure.observed_at, [seen.observed_at for seen in of_name.passes]) == (at(1), [at(2)])
    assert [seen.observations[0]["path"] for seen in (of_age.passes[-1], of_name.passes[-1])] == ["password-age", "host-name"]


@pytest.mark.usefixtures("fleet")
def test_a_host_that_does_not_fail_and_stands_in_an_item_of_another_check_or_in_an_ended_one_is_no_finding(system: System) -> None:
    Item.objects.filter(source_key="host-name").update(state="closed")
    found = store.findings(system, [question("password-age"), question("host-name")])
    assert (len(found["password-age"]), found["host-name"]) == (3, ())


def test_a_few_hosts_are_answered_as_among_all(system: System, fleet: list[Asset]) -> None:
    questions = [question(check) for check in NEEDS]
    few = store.findings(system, [one._replace(among=frozenset({fleet[1].pk})) for one in questions])
    every = store.findings(system, questions)
    assert few == {check: tuple(one for one in found if one.host_name == "ws-2") for check, found in every.items()}


def test_each_check_is_answered_for_the_hosts_that_it_is_asked_of(system: System, fleet: list[Asset]) -> None:
    among = {"password-age": frozenset({fleet[0].pk}), "host-name": frozenset({fleet[1].pk, fleet[2].pk}), "never-covered": None}
    found = store.findings(system, [question(check)._replace(among=hosts) for check, hosts in among.items()])
    assert [len(ones) for ones in found.values()] == [1, 2, 3]
    assert {one.host for one in found["host-name"]} == {str(fleet[1].pk), str(fleet[2].pk)}


@pytest.mark.usefixtures("fleet")
def test_a_check_that_no_receipt_covered_knows_its_hosts_and_nothing_of_them(system: System) -> None:
    found = store.findings(system, [question(check) for check in NEEDS])["never-covered"]
    assert sorted(one.host_name for one in found) == ["ws-1", "ws-2", "ws-3"]
    assert [(one.latest, one.last_failure, one.passes) for one in found] == [(None, None, ())] * 3
