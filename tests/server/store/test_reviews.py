import threading
from datetime import date, timedelta

import pytest
from django.db import connection

from collector.canonical import sha256
from poam_generator import model as poam
from server import store
from server.errors import ServerError
from server.models import Approval, Asset, Item, ItemHost, MilestoneChange, System, User
from tests.server.conftest import START, at
from tests.support.items import DUE, make_item, seen

CHECK = "password-age"


@pytest.fixture
def row(system: System, host: Asset) -> Item:
    return make_item(system, CHECK, [host])


def again(row: Item) -> Item:
    return store.find_item(row.system, row.identifier)


def approve(row: Item, user: User) -> Approval:
    return store.approve(again(row), user, store.review_digest(again(row)), at(1))


def test_a_draft_opens_by_a_reviewers_word_on_what_they_saw(row: Item, reviewer: User) -> None:
    approval = approve(row, reviewer)
    assert (again(row).state, again(row).approved_digest) == ("open", approval.digest)
    assert sha256(bytes(approval.canonical)) == approval.sha256 == approval.digest
    assert not store.needs_approval(again(row))
    assert again(row).events.last().text == "rita approved it."  # type: ignore[union-attr] # it has one


def test_a_text_that_was_edited_meanwhile_is_not_approved(row: Item, reviewer: User, administrator: User) -> None:
    digest = store.review_digest(row)
    store.edit(row, administrator, {"impact": "Plant 2 would stand still."}, at(1))
    with pytest.raises(ServerError, match="was changed after you saw it"):
        store.approve(row, reviewer, digest, at(2))
    assert again(row).state == "draft"


def test_evidence_that_changed_meanwhile_is_not_approved(row: Item, reviewer: User) -> None:
    digest = store.review_digest(row)
    ItemHost.objects.update(failing={**row.hosts.get().failing, "receipt": "r-9"})
    with pytest.raises(ServerError, match="was changed after you saw it"):
        store.approve(again(row), reviewer, digest, at(2))


def test_an_approval_that_is_sent_twice_is_one(row: Item, reviewer: User) -> None:
    approve(row, reviewer)
    with pytest.raises(ServerError, match="PA-0001 is approved as it stands already"):
        approve(row, reviewer)
    assert Approval.objects.count() == 1


@pytest.mark.usefixtures("committed")
def test_an_approval_that_comes_while_a_scan_decides_finds_what_came_of_it() -> None:
    system, begun = store.default_system(), threading.Event()
    reviewer, _ = store.add_person(system, "rita", ("reviewer",), START)
    row = make_item(system, CHECK, [store.add_host(system, store.NewAsset("ws-014"), START)])
    told: list[str] = []

    def approve_meanwhile() -> None:
        begun.set()
        try:
            store.approve(row, reviewer, store.review_digest(row), at(1))
        except ServerError as error:
            told.append(str(error))
        connection.close()

    thread = threading.Thread(target=approve_meanwhile)
    with store.locked(system):
        thread.start()
        begun.wait()
        store.apply(system, [poam.WithdrawItem(row.identifier, {"digest": "of a record"})], [], at(1))
    thread.join()
    assert told == ["PA-0001 is withdrawn and cannot be approved"]
    assert (again(row).state, Approval.objects.count()) == ("withdrawn", 0)


def test_an_edit_after_approval_asks_for_a_new_one(row: Item, reviewer: User) -> None:
    approve(row, reviewer)
    store.edit(row, reviewer, {"resources": "two evenings"}, at(2))
    assert store.needs_approval(again(row))
    approve(row, reviewer)
    assert not store.needs_approval(again(row))
    assert (Approval.objects.count(), again(row).state) == (2, "open")


def test_a_host_that_joined_after_approval_is_approved_with_the_next_one(system: System, row: Item, reviewer: User) -> None:
    approve(row, reviewer)
    other = store.add_host(system, store.NewAsset("ws-015"), START)
    joined = poam.ItemHost(str(other.pk), "ws-015", seen(), added_after_approval=True)
    store.apply(system, [poam.JoinHost("PA-0001", joined)], [], at(2))
    assert store.needs_approval(again(row))
    approve(row, reviewer)
    assert not ItemHost.objects.filter(added_after_approval=True).exists()


def test_who_may_only_look_cannot_decide(system: System, row: Item) -> None:
    viewer, _ = store.add_person(system, "vera", ("viewer",), START)
    with pytest.raises(ServerError, match="needs the role administrator or reviewer"):
        approve(row, viewer)
    with pytest.raises(ServerError, match="vera may not edit an item"):
        store.edit(row, viewer, {"impact": "x"}, START)


def test_a_role_in_another_system_is_none_here(row: Item) -> None:
    elsewhere = System.objects.create(name="Plant 2", created_at=START)
    stranger, _ = store.add_person(elsewhere, "sam", ("administrator",), START)
    with pytest.raises(ServerError, match="sam may not approve an item"):
        approve(row, stranger)


def test_a_draft_goes_back_with_a_reason_and_stays_a_draft(row: Item, reviewer: User) -> None:
    with pytest.raises(ServerError, match="say what is wrong"):
        store.return_draft(row, reviewer, " ", at(1))
    store.return_draft(row, reviewer, "name an owner", at(1))
    assert (again(row).state, again(row).returned_because) == ("draft", "name an owner")
    approve(row, reviewer)
    assert again(row).returned_because == ""
    with pytest.raises(ServerError, match="PA-0001 is open and cannot be returned"):
        store.return_draft(row, reviewer, "too late", at(2))


def test_an_edit_is_noted_with_what_stood_there(row: Item, reviewer: User) -> None:
    store.edit(row, reviewer, {"impact": "Plant 2 would stand still.", "cost_cents": 12000, "remediation": {"linux": "chage"}}, at(1))
    event = row.events.get(kind="edited")
    assert event.detail["cost_cents"] == {"before": None, "after": 12000}
    assert event.detail["impact"]["before"] == "A guessed password works for years."
    assert again(row).remediation == {"linux": "chage"}
    store.edit(row, reviewer, {"cost_cents": 12000}, at(2))
    assert row.events.filter(kind="edited").count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "open"}, "state cannot be edited"),
        ({"original_completion": DUE}, "original_completion cannot be edited"),
        ({"points": 0}, "points cannot be edited"),
        ({"objectives": ()}, "objectives cannot be edited"),
        ({"eligibility": "It may stand on a POA&M."}, "eligibility cannot be edited"),
        ({"cost_cents": "5"}, "cost cents: '5' is not what belongs there"),
        ({"cost_cents": True}, "cost cents: True is not"),
        ({"effort_minutes": -1}, "cannot be less than nothing"),
        ({"title": "x" * 301}, "title: 301 characters are too many, 300 are the most"),
        ({"title": " "}, "needs a title and a weakness"),
        ({"severity": "urgent"}, "severity is low, medium or high"),
        ({"scheduled_completion": "2027-01-01"}, "scheduled completion: '2027-01-01' is not"),
        ({"impact": None}, "impact: None is not"),
    ],
)
def test_what_cannot_be_edited_is_told(row: Item, reviewer: User, changes: dict[str, object], said: str) -> None:
    with pytest.raises(ServerError, match=said):
        store.edit(row, reviewer, changes, at(1))


def test_a_later_date_needs_a_reason_and_the_original_stays(row: Item, reviewer: User) -> None:
    later = DUE + timedelta(days=30)
    with pytest.raises(ServerError, match="is later than the original date 2027-01-22: give the reason"):
        store.edit(row, reviewer, {"scheduled_completion": later}, at(1))
    store.edit(row, reviewer, {"scheduled_completion": later}, at(1), "the vendor is late")
    assert (again(row).scheduled_completion, again(row).original_completion, again(row).late_because) == (later, DUE, "the vendor is late")
    sooner = DUE - timedelta(days=1)
    store.edit(row, reviewer, {"scheduled_completion": sooner}, at(1), "the vendor is early")
    assert again(row).late_because == "the vendor is early"
    with pytest.raises(ServerError, match="2026-11-22 is past; name a day"):
        store.edit(row, reviewer, {"scheduled_completion": date(2026, 11, 22)}, at(1), "a slip")
    store.edit(row, reviewer, {"scheduled_completion": DUE}, at(2))
    assert again(row).late_because == ""


def test_a_milestone_keeps_its_original_beside_its_changes(row: Item, reviewer: User) -> None:
    milestone = row.milestones.get(number=1)
    with pytest.raises(ServerError, match="give the reason"):
        store.change_milestone(milestone, reviewer, {"due": date(2027, 1, 8)}, "", at(1))
    store.change_milestone(milestone, reviewer, {"due": date(2027, 1, 8), "title": "Remediate the pilot"}, "holidays", at(1))
    milestone.refresh_from_db()
    assert (milestone.due, milestone.original_due) == (date(2027, 1, 8), date(2026, 12, 18))
    assert (milestone.title, milestone.original_title) == ("Remediate the pilot", "Remediate ws-014")
    assert {(one.field, one.before, one.reason) for one in MilestoneChange.objects.all()} == {
        ("due", "2026-12-18", "holidays"),
        ("title", "Remediate ws-014", "holidays"),
    }
    with pytest.raises(ServerError, match="no original_due"):
        store.change_milestone(milestone, reviewer, {"original_due": DUE}, "", at(1))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "a milestone needs a title"),
        ({"title": "x" * 301}, "title: 301 characters are too many"),
        ({"due": date(2026, 11, 22)}, "2026-11-22 is past; name a day"),
        ({"done_on": date(2026, 11, 24)}, "2026-11-24 has not come yet"),
    ],
)
def test_what_no_milestone_can_be_is_told(row: Item, reviewer: User, changes: dict[str, object], said: str) -> None:
    with pytest.raises(ServerError, match=said):
        store.change_milestone(row.milestones.get(number=1), reviewer, changes, "a reason", at(1))
    if "done_on" not in changes:
        with pytest.raises(ServerError, match=said):
            store.add_milestone(row, reviewer, str(changes.get("title", "Tell them")), changes.get("due", DUE), at(1))  # type: ignore[arg-type] # of the table
    assert not MilestoneChange.objects.exists()
    assert row.milestones.count() == 2


def test_a_step_that_is_done_asks_for_no_new_approval(row: Item, reviewer: User) -> None:
    approve(row, reviewer)
    store.change_milestone(row.milestones.get(number=1), reviewer, {"done_on": at(1).date()}, "", at(1))
    store.assign_owner(row, reviewer, reviewer, at(1))
    assert not store.needs_approval(again(row))
    store.add_milestone(row, reviewer, "Tell the users", date(2026, 12, 20), at(2))
    assert again(row).milestones.count() == 3
    assert store.needs_approval(again(row))


def test_the_owner_is_not_the_reviewer_of_a_pass(row: Item, host: Asset, reviewer: User) -> None:
    store.assign_owner(row, reviewer, reviewer, at(1))
    with pytest.raises(ServerError, match="rita owns PA-0001 or did; another reviewer has to"):
        store.accept_passes(row, reviewer, {str(host.pk): "r"}, "seen", at(1))


def test_a_pass_is_not_accepted_without_a_reason(row: Item, host: Asset, reviewer: User) -> None:
    with pytest.raises(ServerError, match="say why these passes are accepted"):
        store.accept_passes(row, reviewer, {str(host.pk): "r"}, " ", at(1))


def test_comments_stay(row: Item, reviewer: User) -> None:
    store.comment(row, reviewer, " waiting for the vendor ", at(1))
    assert row.comments.get().text == "waiting for the vendor"
    with pytest.raises(ServerError, match="needs words"):
        store.comment(row, reviewer, " ", at(1))


def test_who_has_no_role_here_neither_comments_nor_owns(row: Item, reviewer: User) -> None:
    viewer, _ = store.add_person(row.system, "vera", ("viewer",), START)
    other = System.objects.create(name="Plant 2", created_at=START)
    stranger, _ = store.add_person(other, "otto", ("reviewer",), START)
    for person in (viewer, stranger):
        with pytest.raises(ServerError, match=f"{person} may not comment on an item in Default system"):
            store.comment(row, person, "hello", at(1))
    with pytest.raises(ServerError, match="otto has no role in Default system"):
        store.assign_owner(row, reviewer, stranger, at(1))
    assert store.assign_owner(row, reviewer, viewer, at(1)).owner == viewer
