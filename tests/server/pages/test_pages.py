"""What stands on the pages, over a plant that was really scanned."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from poam_generator.evidence import verify_record
from poam_generator.tailoring import Source
from server import guards, store
from server.models import Blob, Closure, Item, Job, Receipt, Result, System, User
from server.views.rows import STATUSES, StatusByStatus
from tests.server.pages.conftest import CHECK, Plant

Get = Callable[[str], str]


def approve(plant: Plant, user: User) -> Item:
    item = plant.item()
    store.approve(item, user, store.review_digest(item), plant.now())
    return plant.item()


def close(plant: Plant, user: User) -> Item:
    approve(plant, user)
    plant.fix()
    plant.scan()
    return plant.item()


def test_an_empty_system_teaches_how_to_begin(get: Get) -> None:
    assert "closeout hosts add" in get("")
    assert "closeout scan --local" in get("hosts/")
    assert "closeout scan --all" in get("items/")
    assert "closeout scan --all" in get("review/")
    assert "There is no host with a way in" in get("scans/")
    assert "closeout scan --all" in get("results/")


def test_home_counts_and_every_count_leads_to_its_list(get: Get, plant: Plant, rita: User, page: Client) -> None:
    text = get("")
    assert f'href="/systems/{plant.system.pk}/review/"><b>1</b> drafts to review' in text
    approve(plant, rita)
    Item.objects.update(scheduled_completion=timezone.now().date() - timedelta(days=1))
    text = get("")
    assert 'waiting=overdue"><b>1</b> overdue' in text
    assert "PA-0001" in get("items/?waiting=overdue")
    assert "No item fits" in get("items/?waiting=reviewer")
    assert "approved it." in text
    assert page.get("/")["Location"] == f"/systems/{plant.system.pk}/"


def test_home_says_when_evidence_was_verified_and_what_was_wrong(get: Get, plant: Plant) -> None:
    assert "Evidence: not looked at yet" in get("")
    made = {"system": plant.system, "task": "verify_evidence", "arguments": {}, "machine": "x", "created_at": timezone.now()}
    Job.objects.create(**made, id=uuid4(), state="done", finished_at=timezone.now() - timedelta(days=1))
    assert "Evidence and chain verified" in get("")
    Job.objects.create(**made, id=uuid4(), state="done", finished_at=timezone.now() + timedelta(days=1))  # while the clock was wrong
    text = get("")
    assert "Evidence and chain verified" in text
    head = store.chain_head(plant.system)
    assert head
    assert f"The evidence chain ends with link <code>{head.short}</code>, {store.unsealed(plant.system)} records since." in text
    Job.objects.create(**made, id=uuid4(), state="failed", finished_at=timezone.now(), error="not what it was when it was stored: receipts")
    assert "evidence was not what it was when it was stored: receipts." in get("")


def test_a_draft_stands_on_one_screen_with_all_that_a_reviewer_needs(get: Get, plant: Plant) -> None:
    text = get("review/PA-0001/")
    item = plant.item()
    for words in (item.weakness[:40], item.eligibility[:40], "login_defs.pass_max_days", "99999", "ws-002", "PASS_MAX_DAYS", "Pilot"):
        assert words in text, words
    assert f'name="seen" value="{store.review_digest(item)}"' in text
    assert "1 of 1" in text


def test_an_approval_says_what_is_signed_and_by_whom(get: Get, plant: Plant) -> None:
    item = plant.item()
    text = get(f"review/{item.identifier}/")
    assert "Signed as Rita: text, plan and milestones and the failure of 3 hosts as they stand here" in text
    assert f'digest <code title="{store.review_digest(item)}">' in text


def test_drafts_are_walked_in_the_order_of_their_numbers(get: Get, plant: Plant, rita: User, page: Client) -> None:
    first = plant.item()
    for _ in range(2):
        store.create_item(plant.system, store.read_item(first, plant.system), store.read_draft(first), plant.now(), rita)
    middle = get("review/PA-0002/")
    assert 'rel="prev" data-key="k" href="/systems/1/review/PA-0001/"'.replace("/1/", f"/{plant.system.pk}/") in middle
    assert "2 of 3" in middle
    address = f"/systems/{plant.system.pk}/items/PA-0002/approve"
    form = {"seen": store.review_digest(store.find_item(plant.system, "PA-0002")), "from": "review", "after": "PA-0003"}
    assert page.post(address, form)["Location"].endswith("/review/PA-0003/")
    assert page.get(f"/systems/{plant.system.pk}/review/PA-0002/")["Location"].endswith("/items/PA-0002/")


def test_an_open_item_says_why_and_what_would_close_it(get: Get, plant: Plant, rita: User) -> None:
    approve(plant, rita)
    plant.days = {"ws-000": 60}
    plant.scan()
    text = get("items/PA-0001/")
    assert "2 of 3 hosts fail (ws-001, ws-002)." in text
    assert "A passing scan of ws-001, ws-002." in text
    assert "Before and after" in text
    assert "1 of 3</span> verified, the others first" in text
    assert text.index(">ws-002<") < text.index(">ws-000<"), "what is not verified stands first"
    assert "Rescan these 3 now" in text, "a pass that grows old counts no longer"


def test_whoever_approves_a_change_sees_what_was_changed(get: Get, plant: Plant, rita: User) -> None:
    item = approve(plant, rita)
    for funding in ("unfunded", "line 7 of the budget"):
        store.edit(plant.item(), rita, {"funding": funding, "cost_cents": 12000}, plant.now())
    text = get(f"items/{item.identifier}/")
    assert "It was changed after its approval, and waits for a new one.</p>" in text
    row = text.partition("Changed since the approval")[2]
    assert re.search(r"<td>Funding</td>.*?<del>not stated</del>.*?<ins>line 7 of the budget</ins>", row)
    assert "unfunded" not in row.partition("</section>")[0], "what came in between does not matter"
    approve(plant, rita)
    assert "Changed since the approval" not in get(f"items/{item.identifier}/")


def test_a_closed_item_shows_before_and_after_with_the_evidence_to_download(get: Get, plant: Plant, rita: User, page: Client) -> None:
    item = close(plant, rita)
    assert item.state == "closed"
    text = get("items/PA-0001/")
    held = item.hosts.all()[0]
    for seen in (held.failing, held.passing):
        assert seen
        assert seen["bundle"][:12] in text
        answer = page.get(f"/systems/{plant.system.pk}/receipts/{seen['receipt']}/bundle")
        assert sha256(answer.content).hexdigest() == seen["bundle"]
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer["Content-Disposition"].startswith('attachment; filename="ws-00')
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "PASS_MAX_DAYS" in answer.content.decode()
    assert escape(json.loads(bytes(Closure.objects.get().canonical))["statement"]) in text


def test_the_record_of_a_closed_item_verifies_where_it_is_downloaded(plant: Plant, rita: User, page: Client) -> None:
    item = close(plant, rita)
    answer = page.get(f"/systems/{plant.system.pk}/items/{item.identifier}/record.json")
    assert verify_record(answer.content) == []
    assert sha256(answer.content).hexdigest() == Closure.objects.get().sha256
    assert 'filename="PA-0001-closed.json"' in answer["Content-Disposition"]
    assert json.loads(answer.content)["item"] == "PA-0001"


def test_an_item_without_record_says_so(plant: Plant, page: Client) -> None:
    answer = page.get(f"/systems/{plant.system.pk}/items/PA-0001/record.json")
    assert answer.status_code == 404
    assert "PA-0001 has no record yet: it is draft." in answer.content.decode()


def test_a_weakness_that_comes_back_points_both_ways(get: Get, plant: Plant, rita: User) -> None:
    close(plant, rita)
    plant.days = {}
    plant.scan()
    assert "This weakness came back" in get("review/PA-0002/")
    assert "It came back as" in get("items/PA-0001/")


def test_a_host_shows_its_way_in_its_names_its_results_and_its_items(get: Get, plant: Plant) -> None:
    host = plant.system.assets.get(name="ws-001")
    text = get(f"hosts/{host.pk}/")
    for words in ("ws-001.example", "machine-id", host.pk.hex, "PA-0001", "login_defs.pass_max_days", "99999", "?status=fail#results"):
        assert words in text, words
    assert "No result fits" in get(f"hosts/{host.pk}/?status=pass")
    assert "No result fits" in get(f"hosts/{host.pk}/?status=unclear")


def test_facts_are_searched_and_what_could_not_be_read_says_why(get: Get, plant: Plant) -> None:
    host = plant.system.assets.get(name="ws-001")
    text = get(f"hosts/{host.pk}/facts?text=pass_max")
    assert "login_defs.pass_max_days" in text
    assert "login_defs.pass_min_days" not in text
    assert "No fact fits" in get(f"hosts/{host.pk}/facts?text=there-is-no-such-fact")


def test_a_host_that_was_never_seen_has_no_facts(page: Client, plant: Plant) -> None:
    (new,) = plant.add(1)
    answer = page.get(f"/systems/{plant.system.pk}/hosts/{new.pk}/facts")
    assert answer.status_code == 404
    assert "has not been observed yet" in answer.content.decode()
    assert f"closeout scan {new.name}</pre>" in page.get(f"/systems/{plant.system.pk}/hosts/{new.pk}/").content.decode()


@pytest.mark.usefixtures("plant")
def test_a_receipt_names_its_digests_and_what_it_changed(get: Get) -> None:
    receipt = Receipt.objects.filter(asset__name="ws-001")[0]
    text = get(f"receipts/{receipt.pk}/")
    assert receipt.bundle_digest in text
    assert receipt.sha256 in text
    assert "never judged" in text
    assert CHECK in text


def test_a_scan_shows_each_host_with_what_went_wrong(get: Get, plant: Plant, page: Client) -> None:
    plant.days = {"ws-001": "nothing answers at 192.0.2.1:22; is the host up?"}
    outcome = plant.scan()
    text = get(f"scans/{outcome.run.pk}/")
    assert "ws-001: nothing answers at 192.0.2.1:22; is the host up?" in text
    assert "1 not collected" in text
    status = page.get(f"/systems/{plant.system.pk}/scans/{outcome.run.pk}/status").json()
    assert status == {"running": False, "state": "done", "tasks": {"done": 2, "failed": 1}, "version": "done done=2 failed=1"}
    assert "PA-0001" in get(f"scans/{plant.system.scans.order_by('started_at')[0].pk}/")


@pytest.mark.usefixtures("plant")
def test_a_check_says_what_why_how_and_where(get: Get) -> None:
    text = get(f"checks/{CHECK}/")
    for words in (
        ">What<",
        ">Why<",
        "How it judges",
        "How it is verified",
        "References",
        "login_defs.pass_max_days",
        "How to fix it",
        "ws-002",
        "PA-0001",
        "Ways of judging",
    ):
        assert words in text, words
    assert "on 3 hosts</a>" in text
    assert CHECK in get("checks/?text=must+change&status=fail&platform=linux")
    assert "No check fits" in get("checks/?text=must+change&status=pass")


def test_a_check_that_nobody_knows_is_told_so(page: Client, system: System) -> None:
    answer = page.get(f"/systems/{system.pk}/checks/nothing/")
    assert answer.status_code == 404
    assert "There is no check nothing." in answer.content.decode()


def test_a_new_way_of_judging_waits_on_the_page_for_a_reviewer(get: Get, plant: Plant, rita: User, page: Client) -> None:
    source = Source("Policy 7", "2", "CISO", plant.now().date())
    store.confirm_parameters(plant.system, {f"{CHECK}.days": (90, source)}, rita, plant.now())
    plant.scan()
    assert "nobody has confirmed that" in get("")
    judgement = store.pending_judgements(plant.system)[0]
    address = f"/systems/{plant.system.pk}/checks/{CHECK}/confirm"
    assert "say what changed" in page.post(address, {"judgement": judgement.digest}, follow=True).content.decode()
    text = page.post(address, {"judgement": judgement.digest, "reason": "policy 7 says 90 days"}, follow=True).content.decode()
    assert "confirmed by Rita, policy 7 says 90 days" in text


def test_search_finds_items_hosts_and_checks_and_an_id_leads_straight_there(get: Get, plant: Plant, page: Client) -> None:
    text = get("search?text=ws-001")
    assert f"/hosts/{plant.system.assets.get(name='ws-001').pk}/" in text
    assert "PA-0001" in get("search?text=3.5")
    assert "New accounts must change" in get("search?text=password-maximum")
    assert page.get(f"/systems/{plant.system.pk}/search?text=pa-0001")["Location"].endswith("/items/PA-0001/")
    assert "No host, item or check holds these words" in get("search?text=zebra")


def test_lists_filter_by_the_address_and_say_how_to_get_back(get: Get, plant: Plant) -> None:
    requirement = plant.item().requirements[0]
    for query in (
        "state=draft",
        "severity=low",
        "owner=nobody",
        f"requirement={requirement}",
        "host=ws-002",
        "text=password",
        "state=nonsense",
    ):
        assert "PA-0001" in get(f"items/?{query}"), query
    for query in ("state=closed", "severity=high", "owner=rita", "requirement=3.1", "host=zebra", "text=zebra"):
        assert "No item fits" in get(f"items/?{query}"), query
    assert "ws-001" in get("hosts/?only=failing&sort=-failing&text=ws-0")
    assert "No host fits" in get("hosts/?only=retired")
    assert "No result fits" in get("results/?status=pass")


def test_words_of_hosts_never_become_markup(get: Get, plant: Plant, rita: User) -> None:
    store.comment(plant.item(), rita, "<script>alert(1)</script>", plant.now())
    store.change_host(plant.system.assets.get(name="ws-001"), {"name": "<b>x</b>"}, timezone.now())
    text = get("items/PA-0001/")
    assert "<script>alert" not in text
    assert "<b>x</b>" not in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text


@pytest.mark.parametrize("path", ["/nothing", "/systems/999/", "/systems/1/items/PA-9999/"])
def test_what_is_not_there_is_told_in_a_sentence_with_the_way_on(page: Client, system: System, path: str) -> None:
    answer = page.get(path.replace("/1/", f"/{system.pk}/"))
    text = answer.content.decode()
    assert answer.status_code == 404
    assert "There is n" in text
    assert ('aria-label="Main"' in text) == ("PA-9999" in path), "the pages of a system are named to those who have a role in it"


def test_a_failure_of_ours_is_told_without_traceback(page: Client, system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("server.views.home._waiting", break_down)
    page.raise_request_exception = False
    answer = page.get(f"/systems/{system.pk}/")
    assert answer.status_code == 500
    assert "nothing was changed" in answer.content.decode()
    assert "secret detail" not in answer.content.decode()


def test_damaged_evidence_is_told_and_never_served(page: Client, plant: Plant) -> None:
    receipt = Receipt.objects.filter(system=plant.system)[0]
    guards.remove()
    Blob.objects.update(data=b"rotten")
    guards.install()
    answer = page.get(f"/systems/{plant.system.pk}/receipts/{receipt.pk}/bundle")
    assert answer.status_code == 500
    assert "are damaged" in answer.content.decode()
    assert "restore a backup" in answer.content.decode()
    assert "Content-Disposition" not in answer


def test_no_page_holds_a_script_a_style_or_a_handler_inside_it(get: Get, plant: Plant, rita: User) -> None:
    close(plant, rita)
    for path in ("", "items/", "items/PA-0001/", "hosts/", "results/", "checks/", f"checks/{CHECK}/", "scans/"):
        text = get(path)
        assert text.count("<script") == 1, path
        assert '<script src="/static/closeout.js" defer></script>' in text
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert " onclick" not in text, path


PATHS = (
    "",
    "items/",
    "hosts/",
    "results/",
    f"checks/{CHECK}/",
    "checks/",
    "scans/",
    "review/PA-0001/",
    "items/PA-0001/",
    "search?text=ws",
    "requirements/",
    "requirements/3.5.8/",
)


def count(page: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert page.get(path).status_code == 200
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_rows(page: Client, plant: Plant) -> None:
    paths = [f"/systems/{plant.system.pk}/{path}" for path in PATHS]
    paths += [f"/systems/{plant.system.pk}/scans/{run.pk}/" for run in plant.system.scans.all()]
    for path in paths:
        page.get(path)
    few = {path: count(page, path) for path in paths}
    plant.add(27)
    plant.scan()
    many = {path: count(page, path) for path in paths}
    assert many == few
    assert max(many.values()) <= 40, many


def test_an_asset_is_added_and_put_into_a_category_on_its_page(get: Get, plant: Plant, page: Client) -> None:
    told = {"name": "printer-1", "kind": "printer", "category": "uncategorised", "category_because": "", "ssp_section": "", "group": ""}
    address = f"/systems/{plant.system.pk}/hosts/"
    text = page.post(f"{address}add", told, follow=True).content.decode()
    assert "printer-1 is in the inventory." in text
    assert "Nobody has said what it is to the assessment" in text
    assert "there is already an asset" in page.post(f"{address}add", told, follow=True).content.decode()
    printer = plant.system.assets.get(name="printer-1")
    assert "No scan reads a printer: people attest for it" in get(f"hosts/{printer.pk}/")
    page.post(f"{address}add", {**told, "name": "lone-1", "kind": "host", "category": "cui"})
    assert "collect.sh\ncloseout import lone-1.bundle" in get(f"hosts/{plant.system.assets.get(name='lone-1').pk}/")
    wanted = {"category": "out_of_scope", "category_because": "", "ssp_section": ""}
    assert "needs a justification" in page.post(f"{address}{printer.pk}/categorise", wanted, follow=True).content.decode()
    wanted["category_because"] = "prints no CUI"
    assert "out of scope: prints no CUI" in page.post(f"{address}{printer.pk}/categorise", wanted, follow=True).content.decode()
    assert "printer-1" in get("hosts/?category=out_of_scope")
    assert "3 assets</a> are uncategorised" in get("requirements/")


def test_pages_of_results_go_on_from_one_status_to_the_next(plant: Plant) -> None:
    plant.add(3)
    plant.scan()
    for status, one in zip(("pass", "error", "pass", "manual", "fail"), Result.objects.order_by("pk"), strict=False):
        Result.objects.filter(pk=one.pk).update(status=status)
    every = sorted(Result.objects.all(), key=lambda one: (STATUSES.index(one.status), one.check_id, one.asset.name))
    fields = ("urgency", "check_id", "asset__name")
    for size in (1, 2, 3, 50):
        rows = StatusByStatus(Result.objects.all(), fields)
        assert len(rows) == len(every) > 3
        assert [one for start in range(0, len(every), size) for one in rows[start : start + size]] == every
    turned = StatusByStatus(Result.objects.all(), [f"-{field}" for field in fields])
    assert [turned[place] for place in range(len(every))] == every[::-1]
