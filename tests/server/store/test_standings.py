"""What an asset shows for the score is written with its results, and says just what they would."""

from datetime import datetime, timedelta

import pytest

from checks.load import Content
from collector.bundle import read_bundle
from server import store
from server.assess import make_assessor
from server.intake import save_judged
from server.models import Asset, AssetStanding, Confirmation, Result, System
from tests.server.conftest import START, at
from tests.support.bundles import set_password_age, small_bundle

FRESH = 30


def deliver(content: Content, host: Asset, days: int, moment: datetime, origin: str = "ssh") -> None:
    """A bundle of the host comes, on which passwords last so many days."""
    delivery = store.Delivery(origin, moment, moment)  # type: ignore[arg-type] # one of the ways in
    save_judged(make_assessor(host.system, content), host, read_bundle(set_password_age(small_bundle(), days)), delivery, moment)


def shown(system: System, now: datetime) -> dict[str, dict[str, str]]:
    """Name of an asset -> its checks' statuses, under judgements that count."""
    numbers = {number: check for number, (check, _) in store.judged_as(system).items()}
    return {one.name: dict(store.read_standing(one.text, numbers, numbers)) for one in store.standings(system, FRESH, now)}


def from_results(system: System, now: datetime) -> dict[str, dict[str, str]]:
    """The same without the rows that were written."""
    kept = list(AssetStanding.objects.all())
    AssetStanding.objects.all().delete()
    found = shown(system, now)
    AssetStanding.objects.bulk_create(kept)
    return found


@pytest.mark.parametrize("days", [99999, 60])
def test_a_row_is_written_with_the_results(system: System, host: Asset, content: Content, days: int) -> None:
    deliver(content, host, days, START)
    assert shown(system, at(1))["ws-014"]["password-age"] == ("fail" if days == 99999 else "pass")
    assert shown(system, at(1)) == from_results(system, at(1))


def test_an_asset_that_was_never_seen_shows_nothing(system: System, host: Asset) -> None:
    assert shown(system, at(1)) == {host.name: {}}


def test_what_has_aged_is_left_out_before_the_row_is_written_anew(system: System, host: Asset, content: Content) -> None:
    deliver(content, host, 60, START)
    aged = START + timedelta(days=FRESH, hours=1)
    assert shown(system, aged) == {"ws-014": {}}
    assert store.refresh_standings(system, FRESH, aged) == 1
    assert AssetStanding.objects.get().shown == "{}"
    assert store.refresh_standings(system, FRESH, aged) == 0


def test_one_result_that_aged_does_not_hide_a_fresh_one(system: System, host: Asset, content: Content) -> None:
    deliver(content, host, 60, START)
    Result.objects.exclude(check_id="password-age").update(ordered_at=START - timedelta(days=40))
    store.refresh_standings(system, FRESH, START + timedelta(days=31))
    store.refresh_standings(system, FRESH + 20, at(1))
    assert shown(system, at(1))["ws-014"] == {"password-age": "pass"}
    assert shown(system, at(1)) == from_results(system, at(1))


def test_a_longer_policy_reads_the_results_until_the_row_is_written_anew(system: System, host: Asset, content: Content) -> None:
    deliver(content, host, 60, START)
    later = START + timedelta(days=40)
    store.refresh_standings(system, FRESH, later)
    numbers = {number: check for number, (check, _) in store.judged_as(system).items()}
    (one,) = store.standings(system, 60, later)
    assert store.read_standing(one.text, numbers, numbers)["password-age"] == "pass"
    assert store.refresh_standings(system, 60, later) == 1


def test_a_pass_that_was_carried_by_hand_is_left_out_and_a_failure_is_not(system: System, host: Asset, content: Content) -> None:
    deliver(content, host, 60, START, "hand-carried")
    assert "password-age" not in shown(system, at(1000 * 24)).get("ws-014", {})
    assert all(status != "pass" for status in shown(system, at(1))["ws-014"].values())


def test_a_judgement_that_nobody_confirmed_counts_for_nothing(system: System, host: Asset, content: Content) -> None:
    deliver(content, host, 99999, START)
    from server import guards  # noqa: PLC0415 - to take a confirmation away, which nobody can

    guards.remove()
    Confirmation.objects.all().delete()
    guards.install()
    assert shown(system, at(1)) == {"ws-014": {}}


def test_a_retired_asset_shows_nothing_any_more(system: System, host: Asset, content: Content) -> None:
    deliver(content, host, 99999, START)
    Asset.objects.update(retired_at=at(1))
    assert shown(system, at(2)) == {}
    assert store.refresh_standings(system, FRESH, at(2000)) == 0


def test_what_a_host_dates_in_the_future_counts_when_that_moment_has_come(system: System, host: Asset, content: Content) -> None:
    deliver(content, host, 99999, at(5))
    row = AssetStanding.objects.get()
    AssetStanding.objects.update(since=START - timedelta(days=FRESH))
    assert row.newest == at(5)
    assert shown(system, at(1)) == {"ws-014": {}}
    assert shown(system, at(6))["ws-014"]["password-age"] == "fail"


def test_a_row_that_does_not_say_what_the_results_do_is_set_right(system: System, host: Asset, content: Content) -> None:
    deliver(content, host, 99999, START)
    AssetStanding.objects.update(shown="{}")
    assert store.recount(system) == ["ws-014"]
    assert shown(system, at(1))["ws-014"]["password-age"] == "fail"
    assert store.recount(system) == []
