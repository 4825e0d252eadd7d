"""What people do by command, from hosts to closed items, over real bundles of this machine."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server import store
from server.models import Asset, Confirmation, Item, JudgementRecord, Receipt, Result
from tests.server.cli.conftest import Ran, Run
from tests.support.bundles import set_clock, set_machine_id, set_password_age, small_bundle

CHECK = "password-maximum-age"
NOW = datetime.now(UTC)
Carry = Callable[..., Ran]

pytestmark = pytest.mark.django_db


@pytest.fixture
def carry(closeout: Run, tmp_path: Path) -> Carry:
    """Imports a bundle of this machine as if it were of a host whose passwords last so many days."""

    def bring(host: str, days: int, hours_ago: int, machine: str = "") -> Ran:
        clock = int((NOW - timedelta(hours=hours_ago)).timestamp())
        raw = set_machine_id(set_clock(set_password_age(small_bundle(), days), clock), machine or hashlib.md5(host.encode()).hexdigest())  # noqa: S324 - an id
        file = tmp_path / f"{host}-{hours_ago}.bundle"
        file.write_bytes(raw)
        ran = closeout("import", file, "--host", host, "--json")
        assert ran.status == 0, ran.err
        return ran

    return bring


@pytest.fixture
def item(closeout: Run, carry: Carry) -> str:
    """The id of the draft of a host whose passwords never end."""
    closeout("hosts", "add", "ws-014")
    carry("ws-014", 99999, 5)
    found = Item.objects.get(source_key=CHECK)
    return found.identifier


def read(ran: Ran) -> Any:  # noqa: ANN401 - JSON of any command
    assert ran.status == 0, ran.err
    return json.loads(ran.out)


def test_a_carried_pass_closes_an_item_on_a_reviewers_word(closeout: Run, carry: Carry, item: str) -> None:
    assert closeout("items", "approve", item).status == 0
    nothing = closeout("items", "accept-pass", item, "--because", "seen on site")
    assert nothing.status == 3
    assert "no host of it passes now" in nothing.err
    carry("ws-014", 60, 1)
    assert Item.objects.get(source_key=CHECK).state == "open"
    done = closeout("items", "accept-pass", item, "--host", "ws-014", "--because", "seen on site")
    assert (done.status, done.out) == (0, "")
    assert f"accepted 1 pass of {item}" in done.err
    assert f"closed: every host passes: {item}" in done.err
    assert read(closeout("items", "show", item, "--json"))["closure"]["sha256"]
    assert "there is no pass to accept" in closeout("items", "accept-pass", item, "--because", "again").err


def test_text_is_edited_field_by_field_each_of_its_type(closeout: Run, item: str) -> None:
    settings = ("severity=high", "cost_cents=120000", "examine=https://a", "examine=https://b", "remediation.linux=Ask Jane = Doe")
    assert closeout("items", "edit", item, *(w for s in settings for w in ("--set", s))).status == 0
    draft = read(closeout("items", "show", item, "--json"))["draft"]
    assert (draft["severity"], draft["cost_cents"], draft["remediation"]["linux"]) == ("high", 120000, "Ask Jane = Doe")
    assert Item.objects.get(source_key=CHECK).examine == ["https://a", "https://b"]
    closeout("items", "edit", item, "--set", "cost_cents=")
    Asset.objects.update(platform="windows")
    assert closeout("items", "edit", item, "--set", "remediation.windows=by GPO").status == 0, "a host of it is of that platform"
    assert read(closeout("items", "show", item, "--json"))["draft"]["cost_cents"] is None
    closeout("items", "return", item, "--because", "name an owner")
    assert "\nReturned: name an owner\n" in closeout("items", "show", item).out
    closeout("items", "approve", item)
    closeout("items", "edit", item, "--set", "funding=no")
    assert "changed after its approval, and waits for a new one" in closeout("items", "show", item).out


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("--set", "severity"), 2, "sets nothing; write FIELD=VALUE"),
        (("--set", "severity=huge"), 3, "low, medium or high"),
        (("--set", "effort_minutes=long"), 2, "is not a whole number"),
        (("--set", "scheduled_completion=soon"), 2, "is not a date, as in"),
        (("--set", "scheduled_completion=2199-01-01"), 3, "give the reason"),
        (("--set", "remediation.vms=x"), 2, "has a remediation for linux"),
        (("--set", "colour=red"), 3, "colour cannot be edited"),
        ((), 2, "Missing option '--set'"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(closeout: Run, item: str, words: tuple[str, ...], status: int, says: str) -> None:
    ran = closeout("items", "edit", item, *words)
    assert (ran.status, ran.out) == (status, "")
    assert says in ran.err


def test_an_item_is_assigned_to_a_person_and_to_nobody(closeout: Run, item: str) -> None:
    closeout("people", "add", "jane", "--role", "reviewer")
    assert closeout("items", "assign", item, "jane").status == 0
    assert read(closeout("items", "show", item, "--json"))["owner"] == "jane"
    closeout("items", "assign", item, "nobody")
    assert read(closeout("items", "show", item, "--json"))["owner"] is None
    assert closeout("items", "assign", item, "zed").status == 3
    told = [(one["kind"], one["text"]) for one in read(closeout("items", "history", item, "--json"))]
    assert (told[0][0], told[-1]) == ("drafted", ("assigned", told[-1][1]))
    assert told[-1][1].endswith("assigned it to nobody.")
    assert "Drafted from 1 failing host." in closeout("items", "history", item).out


def test_a_disposition_is_asked_shown_and_answered_by_another_and_the_item_follows(closeout: Run, item: str) -> None:
    closeout("people", "add", "olga", "--role", "affirming_official")
    until = f"{NOW + timedelta(days=30):%Y-%m-%d}"
    assert closeout("items", "accept", item, "--reason", "no patch yet", "--until", until).status == 0
    (asked,) = read(closeout("items", "show", item, "--json"))["asks"]
    assert (asked["kind"], asked["hosts"], asked["reason"]) == ("accepted", ["ws-014"], "no patch yet")
    assert "no patch yet" in closeout("items", "show", item).out
    number = str(asked["number"])
    assert closeout("items", "agree", item, number).status == 3, "who asked cannot agree"
    assert "waiting: " + number in closeout("items", "agree", item, "999").err
    assert closeout("items", "refuse", item, number, "--because", "there is one", "--as", "olga").status == 0
    closeout("items", "accept", item, "--reason", "none for ours", "--until", until)
    (asked,) = read(closeout("items", "show", item, "--json"))["asks"]
    assert closeout("items", "agree", item, str(asked["number"]), "--as", "olga").status == 0
    assert read(closeout("items", "list", "--state", "accepted", "--json"))[0]["id"] == item


def test_items_follow_at_once_when_their_last_failing_host_is_retired(closeout: Run, carry: Carry, item: str, tmp_path: Path) -> None:
    closeout("hosts", "add", "ws-015")
    carry("ws-015", 99999, 4)
    closeout("items", "approve", item)
    carry("ws-015", 60, 1)
    assert closeout("items", "accept-pass", item, "--host", "ws-015", "--because", "seen").status == 0
    assert Item.objects.get(source_key=CHECK).state == "open"
    ran = closeout("hosts", "retire", "ws-014", "--because", "scrapped")
    assert ran.status == 0
    assert f"closed: every host passes: {item}" in ran.err
    assert f"Closing record\n  Shows check {CHECK} passing on ws-015" in closeout("items", "show", item).out
    package = tmp_path / "item.zip"
    assert closeout("evidence", "export", item, "-o", package).status == 0
    ran = closeout("verify", package)
    assert (ran.status, "the record holds" in ran.err) == (0, True)
    head = closeout("evidence", "seal").out.strip()
    assert f"it stands in the evidence chain, whose end was {head}\n" in ran.err
    for kept in (package, head):
        ran = closeout("verify", "--store", "--head", kept)
        assert f"{head[:18]} is a link of its chain" in ran.out
    assert "No chain here has the link 1:0000000000000000" in closeout("verify", "--store", "--head", f"1:{'0' * 64}").out
    assert "holds no head of a chain" in closeout("verify", "--store", "--head", "latest").err
    whole = package.read_bytes()
    packed = whole.index(b"approvals/1.json") + len(b"approvals/1.json")
    package.write_bytes(whole[:packed] + b"\xff" * 4 + whole[packed + 4 :])
    assert "is not whole, so no head is taken from it" in closeout("verify", "--store", "--head", package).err
    package.write_bytes(whole[:-30])
    assert closeout("verify", package).status == 3
    assert (closeout("verify").status, closeout("verify", package, "--head", head).status) == (2, 2)
    assert "closures" in closeout("verify", "--store").out
    ran = closeout("hosts", "reinstate", "ws-014", "--because", "it was not")
    assert (ran.status, "drafted" in ran.err) == (0, True), "its failure is covered by nothing any longer"


VALUE = f"{CHECK}.days=90"
CITED = ("--document", "Policy 7", "--section", "2", "--approver", "CISO", "--approved-on", "2026-02-01")


def test_a_changed_judgement_is_listed_and_counts_after_a_reviewers_word(closeout: Run, carry: Carry, item: str) -> None:
    del item
    assert closeout("tailoring", "confirm", VALUE, *CITED).status == 0
    unused = closeout("judgements", "confirm", CHECK, "--because", "read it")
    assert unused.status == 3, "no host is judged by it, so nothing is confirmed unseen"
    carry("ws-014", 99999, 1)
    (row,) = read(closeout("judgements", "list", "--json"))
    assert (row["check"], row["waits_for"], row["hosts"]) == (CHECK, "word", {"fail": 1})
    assert closeout("judgements", "confirm", CHECK, "--because", "read it").status == 0
    assert Confirmation.objects.get(judgement__digest=row["digest"]).reason == "read it"
    assert "none waits for a reviewer" in closeout("judgements", "list").err
    assert closeout("judgements", "confirm", "no-such-check", "--because", "x").status == 3


def test_what_is_judged_no_more_cannot_be_confirmed(closeout: Run, item: str) -> None:
    del item
    result = Result.objects.get(check_id=CHECK)
    record = JudgementRecord.objects.create(system=result.system, check_id=CHECK, platform="linux", digest="ab" * 32, first_used_at=NOW)
    assert read(closeout("judgements", "list", "--json"))[0]["waits_for"] == "nothing"
    ran = closeout("judgements", "confirm", CHECK, "--digest", "abab", "--because", "read it")
    assert (ran.status, "is not judged by abababababab now" in ran.err) == (3, True)
    assert not Confirmation.objects.filter(judgement=record).exists()


def test_conflicts_are_listed_and_resolved_in_words(closeout: Run, carry: Carry) -> None:
    for host in ("ws-001", "ws-002"):
        closeout("hosts", "add", host)
        carry(host, 99999, 2, machine="c" * 32)
    (conflict,) = read(closeout("hosts", "conflicts", "--json"))
    assert {conflict["host"], conflict["other"]} == {"ws-001", "ws-002"}
    assert "ws-001" in closeout("hosts", "conflicts").out
    assert closeout("hosts", "resolve", "999", "--because", "x").status == 2
    assert closeout("hosts", "resolve", str(conflict["number"]), "--because", "a clone, both are right").status == 0
    assert read(closeout("hosts", "conflicts", "--json")) == []


@pytest.mark.usefixtures("item")
def test_a_raw_bundle_comes_out_byte_for_byte(closeout: Run, tmp_path: Path) -> None:
    (row,) = read(closeout("receipts", "list", "ws-014", "--json"))
    file = tmp_path / "raw"
    assert closeout("receipts", "raw", row["id"][:8], "-o", file).status == 0
    assert file.read_bytes() == store.raw_bundle(Receipt.objects.get())
    assert hashlib.sha256(file.read_bytes()).hexdigest() == row["bundle"]
    assert closeout("receipts", "raw", row["id"], "-o", "-").out.encode() == file.read_bytes()
    assert "no receipts have an id" in closeout("receipts", "raw", "zz").err
    assert closeout("receipts", "raw", row["id"], "-o", tmp_path / "no" / "where").status == 3


def test_without_a_scan_the_list_is_empty_and_show_says_how_to_begin(closeout: Run) -> None:
    assert read(closeout("scans", "list", "--json")) == []
    ran = closeout("scans", "show")
    assert (ran.status, ran.err) == (3, "closeout: nothing was scanned yet; begin with: closeout scan --local\n")


def test_a_scan_is_shown_with_the_sentence_of_each_host(closeout: Run) -> None:
    closeout("hosts", "add", "gone", "--ssh", "scan@127.0.0.1:1")
    assert closeout("scan", "gone", "--json").status == 3
    (run,) = read(closeout("scans", "list", "--json"))
    assert (run["hosts"], run["failed"]) == (1, 1)
    shown = read(closeout("scans", "show", run["id"][:6], "--json"))
    assert shown["hosts"][0]["host"] == "gone"
    assert shown["hosts"][0]["error"]
    assert shown["hosts"][0]["error"].split(":")[0] in closeout("scans", "show").out
    assert closeout("scans", "show", "zz").status == 3


def test_a_check_that_is_not_there_is_refused_before_anything_is_scanned(closeout: Run) -> None:
    for word in ("no-such-check", "", "ssh-root-login,"):
        ran = closeout("scan", "--local", "--check", word)
        assert (ran.status, ran.out) == (2, ""), word
    assert read(closeout("scans", "list", "--json")) == []


def test_a_mistyped_command_is_answered_with_near_ones(closeout: Run) -> None:
    assert "no command is named 'itmes'; perhaps: items" in closeout("itmes").err
    assert "perhaps: show" in closeout("items", "shwo").err
    assert "there are: run, script" in closeout("xyzzy").err
    assert closeout("items", "list", "--state", "nonsense").status == 2


def test_an_option_of_one_value_that_is_given_twice_drops_none_in_silence(closeout: Run) -> None:
    ran = closeout("documents", "list", "--item", "PA-0001", "--item=PA-0002")
    assert ran.status == 2
    assert "--item takes one value and is given several times; call the command once for each" in ran.err
    assert closeout("checks", "list", "--text", "tmout", "--json", "--json").status == 0


def test_an_address_that_is_none_of_this_machine_is_wrong_use(closeout: Run) -> None:
    ran = closeout("serve", "--host", "no.such.host.invalid", "--port", "0")
    assert (ran.status, ran.out) == (2, "")
    assert "is no address of this machine" in ran.err


def test_two_directories_of_checks_are_compared(closeout: Run, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for directory in (old, new):
        closeout("checks", "new", "my-check", "--objective", "3.1.9[b]", "--content", directory)
    file = new / "my-check.yml"
    file.write_text(file.read_text().replace("equals: 0", "equals: 1").replace("uid: 0}", "uid: 1}").replace("uid: 1000}", "uid: 0}"))
    nothing_stored: dict[str, object] = {"stands": {}, "opens": [], "joins": {}, "closes": [], "withdraws": [], "left": []}
    change = {"check": "my-check", "kind": "judgement", "platform": "linux", **nothing_stored}
    assert read(closeout("checks", "diff", old, new, "--json")) == [change]
    assert "1 of them in how a check judges" in closeout("checks", "diff", old, new).err
    assert read(closeout("checks", "diff", old, old, "--json")) == []
    assert closeout("checks", "diff", old, tmp_path / "none").status == 2
