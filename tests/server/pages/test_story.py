"""The first ten minutes in a real browser, and every page there is: no console error, none of the policy's refusals, no cut-off page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from poam_generator.assessment import CmmcAssessment, Entry
from poam_generator.model import Policy
from server import store
from server.jobs import executor
from server.models import Receipt, System
from tests.server.pages.conftest import CHECK, PASSWORD, Plant
from tests.support.browser import browser_page, press
from tests.support.web import served


@dataclass
class Site:
    """The served pages. once: the first administrator's one-time password."""

    address: str
    plant: Plant
    once: str


@pytest.fixture
def site(committed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A served plant in which one scan has found one weakness on three hosts."""
    del committed
    plant = Plant(store.default_system())
    plant.add(3)
    plant.scan()
    monkeypatch.setattr("server.jobs.collector_with", lambda _: plant.collect)
    _, once = store.first_administrator(plant.system, "admin", timezone.now())
    with served() as port:
        yield Site(f"http://127.0.0.1:{port}", plant, once)
    executor.stop()


def sign_in(page: Page, site: Site, password: str) -> None:
    page.goto(site.address)
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def watch(page: Page) -> list[str]:
    """What the browser complains of, while it goes on."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def choose_password(page: Page, site: Site) -> None:
    sign_in(page, site, site.once)
    expect(page.get_by_role("heading", name="Change password")).to_be_visible()
    page.get_by_label("Present password").fill(site.once)
    page.locator("[name=new]").fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your new password holds from now on.")).to_be_visible()


def test_from_the_one_time_password_to_a_closed_item_by_keyboard(site: Site, browser: Browser) -> None:
    with browser_page(browser) as page:
        complaints = watch(page)
        choose_password(page, site)
        page.get_by_role("link", name="drafts to review").click()
        expect(page.get_by_role("heading", name="PA-0001")).to_be_visible()
        expect(page.get_by_text("login_defs.pass_max_days", exact=True).first).to_be_visible()
        expect(page.get_by_text("PASS_MAX_DAYS").first).to_be_visible()
        press(page, "a")
        expect(page.get_by_text("PA-0001 is approved.")).to_be_visible()
        press(page, "/")
        page.keyboard.type("PA-0001\n")
        expect(page.get_by_role("heading", name="PA-0001")).to_contain_text("open")
        site.plant.fix()
        page.get_by_role("button", name=re.compile("Rescan these 3 now")).click()
        expect(page.get_by_text("1 closed, 0 withdrawn")).to_be_visible()
        page.get_by_role("link", name="PA-0001").first.click()
        expect(page.get_by_role("heading", name="PA-0001")).to_contain_text("closed")
        expect(page.get_by_role("heading", name=re.compile("^Before ws-000"))).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="Raw output").nth(1).click()
        assert download.value.suggested_filename.endswith(".bundle.txt")
        assert b"PASS_MAX_DAYS 60" in download.value.path().read_bytes()
        assert complaints == []


def test_everything_works_without_scripts(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        choose_password(page, site)
        page.get_by_role("link", name="drafts to review").click()
        page.get_by_role("button", name=re.compile("^Approve")).click()
        expect(page.get_by_text("PA-0001 is approved.")).to_be_visible()
        page.get_by_role("link", name=re.compile("^Scans")).click()
        site.plant.fix()
        page.get_by_role("button", name=re.compile("Rescan 3 hosts")).click()
        expect(page.get_by_text("1 closed, 0 withdrawn")).to_be_visible()
    finally:
        context.close()


def test_keys_walk_a_list_and_a_refused_form_keeps_what_was_typed(site: Site, browser: Browser) -> None:
    with browser_page(browser) as page:
        choose_password(page, site)
        page.get_by_role("link", name=re.compile("^Hosts")).click()
        expect(page.get_by_role("heading", name="Hosts", level=1)).to_be_visible()
        press(page, "j", "j")
        expect(page.get_by_role("link", name="ws-001")).to_be_focused()
        press(page, "k")
        press(page, "Enter")
        expect(page.get_by_role("heading", name="ws-000")).to_be_visible()
        press(page, "?")
        expect(page.get_by_role("heading", name="Keys")).to_be_visible()
        page.goto(f"{site.address}/systems/{site.plant.system.pk}/items/PA-0001/")
        form = page.locator("#ask form")
        form.get_by_label("Reason").fill("The machine tool is replaced in spring.")
        form.get_by_label("Until, and including").fill("2020-01-01")
        form.get_by_label("ws-001").check()
        form.get_by_role("button", name="Ask").click()
        expect(form.locator(".note.error")).to_be_visible()
        expect(form.get_by_label("Reason")).to_have_value("The machine tool is replaced in spring.")
        expect(form.get_by_label("ws-001")).to_be_checked()
        page.reload()
        expect(form.get_by_label("Reason")).to_have_value("")


def _ledgers(system: System) -> int:
    """The number of an assessment, beside a document, duties and a policy that waits."""
    now = timezone.now()
    user = store.find_person("admin")
    document = store.NewDocument("a-document-with-a-rather-long-name-of-its-own-draft.pdf", b"a draft")
    store.attach(store.add_document(system, document, user, now), "item", "PA-0001", user, now)
    store.start_duties(system, user, now)
    store.propose_policy(system, Policy(passes=2, automatic=False), "Each is looked at.", user, now)
    entry = Entry("3.5.8", ("3.5.8[a]",), 1, ("PA-0001",))
    given = CmmcAssessment(0, "self", "J. Doe", now.date(), "conditional", 109, now.date(), entries=(entry,))
    return store.record_assessment(system, given, user, now).number


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 360)])
def test_no_page_complains_or_is_wider_than_its_window(site: Site, browser: Browser, theme: str, width: int) -> None:
    host = site.plant.system.assets.get(name="ws-001")
    receipt = Receipt.objects.filter(asset=host)[0]
    run = site.plant.system.scans.all()[0]
    parts = ["", "review/", "review/PA-0001/", "items/", "items/PA-0001/", "items/PA-0001/edit", "hosts/", f"hosts/{host.pk}/"]
    parts += [
        f"hosts/{host.pk}/facts",
        "items/new",
        "dispositions/",
        "assessments/",
        "assessments/new",
        f"assessments/{_ledgers(site.plant.system)}/",
        "evidence/",
        "duties/",
        "closing/",
        "requirements/",
        "requirements/3.5.8/",
        "frameworks/r3/?gap=yes",
        "content/",
        "coverage/?family=AC",
        "checks/account-lockout-threshold/",
        "frameworks/r3/03.01.08/",
        f"receipts/{receipt.pk}/",
        "agents/",
        "results/",
        "checks/",
        f"checks/{CHECK}/",
        "scans/",
        f"scans/{run.pk}/",
    ]
    paths = [f"/systems/{site.plant.system.pk}/{part}" for part in [*parts, "search?text=ws"]] + ["/design", "/password"]
    with browser_page(browser, theme=theme, width=width) as page:  # type: ignore[arg-type] # the words are themes
        complaints = watch(page)
        choose_password(page, site)
        for path in paths:
            page.goto(site.address + path)
            too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert too_wide <= 0, (path, too_wide)
            assert page.evaluate("getComputedStyle(document.body).margin") == "0px", path
        assert complaints == []
