"""Standing exceptions: asked for by one person, answered by another, and what they do to items and score."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from checks.load import Content
from collector.bundle import read_bundle
from poam_generator.exporters import csv_plan, json_items
from poam_generator.tailoring import StandingException
from server import store
from server.assess import make_assessor, update_items
from server.dispositions import disposition_lines
from server.errors import ServerError
from server.exports import export_items
from server.intake import save_judged
from server.models import Approval, Asset, ExceptionRecord, Item, ItemHost, Result, System, User
from tests.server.conftest import START, at
from tests.support.bundles import set_machine_id, set_password_age, small_bundle

CHECK = "password-age"
UNTIL = date(2026, 12, 31)
LAB = StandingException(CHECK, "group", "lab", "accepted", "no console there", "olga", UNTIL)
Scan = Callable[..., None]


@pytest.fixture
def hosts(system: System) -> list[Asset]:
    return [store.add_host(system, store.NewAsset(f"ws-{n:03}", group="lab" if n else "office"), START) for n in range(3)]


@pytest.fixture
def scan(system: System, content: Content) -> Scan:
    """Every host of the system delivers a bundle in which passwords last so many days, and its items follow."""

    def run(hours: float, days: int = 99999) -> None:
        assessor = make_assessor(system, content)
        for host in Asset.objects.filter(system=system):
            bundle = read_bundle(set_machine_id(set_password_age(small_bundle(), days), host.pk.hex))
            save_judged(assessor, host, bundle, store.Delivery("ssh", at(hours), at(hours)), at(hours))
        update_items(assessor, [CHECK], at(hours))

    return run


def ask(system: System, user: User, wanted: StandingException = LAB, hours: float = 1) -> store.Excepted:
    (row,) = store.ask_exceptions(system, [wanted], user, at(hours))
    return store.find_exception(system, row.number, at(hours).date())


def agree(one: store.Excepted, user: User, hours: float = 2) -> None:
    store.answer_exception(one, user, agree=True, because="", now=at(hours))


def dispositions() -> dict[str, str]:
    """Host -> its disposition in the newest item that holds it."""
    return dict(ItemHost.objects.order_by("item__number").values_list("asset__name", "disposition"))


@pytest.mark.usefixtures("hosts")
def test_failing_hosts_of_the_group_stand_under_it_and_results_stay_what_they_are(
    system: System, scan: Scan, administrator: User, official: User
) -> None:
    scan(0)
    one = ask(system, administrator)
    store.apply_exceptions(system, [CHECK], at(1))
    assert set(dispositions().values()) == {""}, "nobody has agreed yet"
    agree(one, official)
    scan(3)
    assert dispositions() == {"ws-000": "", "ws-001": "accepted", "ws-002": "accepted"}
    assert set(Result.objects.filter(check_id=CHECK).values_list("status", flat=True)) == {"fail"}
    assert Approval.objects.get().by == official
    store.apply_exceptions(system, [CHECK], at(4))
    assert Approval.objects.count() == 1, "running it again changes nothing"


@pytest.mark.usefixtures("hosts")
def test_a_host_that_joins_the_group_later_is_covered_too(system: System, scan: Scan, administrator: User, official: User) -> None:
    agree(ask(system, administrator), official)
    Asset.objects.filter(name="ws-000").update(group="lab")
    scan(3)
    item = Item.objects.get()
    assert (item.state, set(dispositions().values())) == ("accepted", {"accepted"})
    assert "EX-1: no console there" in item.events.get(kind="disposition_approved").text


@pytest.mark.usefixtures("hosts")
def test_after_its_last_day_the_hosts_stand_as_failing_again(system: System, scan: Scan, administrator: User, official: User) -> None:
    agree(ask(system, administrator), official)
    scan(3)
    days = (UNTIL - START.date()).days + 1
    assert store.find_exception(system, 1, UNTIL).state == "approved"
    assert store.find_exception(system, 1, UNTIL + timedelta(days=1)).state == "expired"
    scan(days * 24)
    assert set(dispositions().values()) == {""}


@pytest.mark.usefixtures("hosts")
def test_one_that_is_ended_before_its_day_covers_nothing_any_more(
    system: System, content: Content, scan: Scan, administrator: User, official: User
) -> None:
    agree(ask(system, administrator, replace(LAB, scope="platform", target="linux")), official)
    scan(3)
    assert Item.objects.get().state == "accepted"
    store.end_exception(store.find_exception(system, 1, START.date()), administrator, "a console came", at(4))
    update_items(make_assessor(system, content), [CHECK], at(5))
    assert sorted(Item.objects.values_list("state", flat=True)) == ["accepted", "draft"]
    assert dispositions()["ws-001"] == ""
    assert [line.standing for line in disposition_lines(system, START.date())] == ["ended"]
    assert "EX-1 is over: a console came" in Item.objects.earliest("number").events.get(kind="disposition_ended").text


@pytest.mark.usefixtures("hosts")
def test_a_host_that_leaves_the_group_stands_under_its_exception_no_longer(
    system: System, content: Content, scan: Scan, administrator: User, official: User
) -> None:
    store.move_host(store.find_host(system, "ws-000"), "lab", administrator, "rebuilt", at(0))
    agree(ask(system, administrator), official)
    scan(3)
    assert Item.objects.get().state == "accepted"
    for name in ("ws-000", "ws-001", "ws-002"):
        host = store.find_host(system, name)
        assert [line.standing for line in disposition_lines(system, START.date())] == ["in force"]
        store.move_host(host, "office", administrator, "it left the lab", at(4))
        update_items(make_assessor(system, content), store.checks_that_hold(host), at(5))
        assert dispositions()[name] == ""
    assert [line.standing for line in disposition_lines(system, START.date())] == ["left"]
    assert "ws-002 left the group lab" in Item.objects.earliest("number").events.filter(kind="disposition_ended").latest("id").text
    assert Item.objects.get(state="draft").predecessor == Item.objects.get(state="accepted")


@pytest.mark.usefixtures("hosts")
def test_every_export_says_under_what_a_host_stands(system: System, scan: Scan, administrator: User, official: User) -> None:
    agree(ask(system, administrator), official)
    scan(3)
    items = export_items(system)
    assert "ws-001: accepted until 2026-12-31" in csv_plan.export(items).decode()
    assert b'"disposition_until":"2026-12-31"' in json_items.export(items)


def test_only_who_is_named_answers_and_nobody_their_own(system: System, hosts: list[Asset], administrator: User, official: User) -> None:
    other, _ = store.add_person(system, "otto", ("affirming_official", "administrator"), START)
    one = ask(system, administrator, replace(LAB, scope="host", target=hosts[0].name))
    assert one.said.target == "ws-000"
    with pytest.raises(ServerError, match="names olga as who agrees"):
        agree(one, other)
    with pytest.raises(ServerError, match="cannot agree to it; name another person"):
        ask(system, other, replace(LAB, approver="otto"))
    with pytest.raises(ServerError, match="say why it is refused"):
        store.answer_exception(one, official, agree=False, because=" ", now=at(2))
    store.answer_exception(one, official, agree=False, because="there is a console", now=at(2))
    refused = store.find_exception(system, 1, START.date())
    assert (refused.state, refused.answer and refused.answer.because) == ("refused", "there is a console")
    with pytest.raises(ServerError, match="EX-1 is refused already"):
        agree(refused, official)
    with pytest.raises(ServerError, match="EX-1 is refused already"):
        store.end_exception(refused, administrator, "over", at(3))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"reason": " "}, "name the reason"),
        ({"until": date(2026, 11, 1)}, "is past"),
        ({"until": date(2028, 1, 1)}, "more than a year away"),
        ({"kind": "enduring_exception"}, "needs its section of the SSP"),
        ({"approver": "nobody"}, "there is no person 'nobody'"),
        ({"approver": "rita"}, "rita may not agree to the risk acceptance"),
        ({"scope": "host", "target": "ws-9"}, "there is no asset 'ws-9'"),
    ],
)
@pytest.mark.usefixtures("official", "reviewer")
def test_one_that_is_not_whole_is_refused_and_nothing_is_kept(
    system: System, administrator: User, wrong: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ServerError, match=sentence):
        store.ask_exceptions(system, [LAB, replace(LAB, **wrong)], administrator, START)  # type: ignore[arg-type] # wrong on purpose
    assert not ExceptionRecord.objects.exists()


@pytest.mark.usefixtures("official")
def test_the_same_one_is_not_asked_for_twice(system: System, administrator: User) -> None:
    ask(system, administrator)
    assert store.ask_exceptions(system, [LAB, replace(LAB, target="pool")], administrator, at(2))[0].number == 2
    with pytest.raises(ServerError, match="there is no exception EX-9; there are: 1, 2"):
        store.find_exception(system, 9, START.date())
