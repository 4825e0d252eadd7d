"""A new user's first ten minutes: one command on this very machine, then the pages over a real host."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import browser_page, press
from tests.support.command import Closeout
from tests.support.host import Host

PASSWORD = "correct horse battery staple"
TITLE = re.compile("Root cannot log in over SSH")


def test_run_scans_this_machine_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    closeout = Closeout(tmp_path / "fresh")
    out, err = closeout.say("run", "--no-serve")
    assert re.search(r"\d+ checks on \S+: \d+ ✓ pass +\d+ ✕ fail +\d+ ! error", out)
    assert "expected" in out
    assert "drafted, to be reviewed: " in out
    assert str(tmp_path / "fresh") in out
    assert "\x1b" not in out + err, "no terminal, so plain lines"
    before = closeout.say("export", "json")[0]
    assert "nothing changed on the POA&M" in closeout.say("run", "--no-serve")[0]
    assert closeout.say("export", "json")[0] == before


@contextmanager
def serving(closeout: Closeout) -> Iterator[tuple[str, str]]:
    """The served pages: their address and the first administrator's one-time password; ended by Ctrl-C."""
    process = closeout.start("serve", "--port", "0")
    assert process.stderr is not None
    said = ""
    while "Ctrl-C" not in said:
        line = process.stderr.readline()
        assert line, f"it ended before it served: {said}"
        said += line
    try:
        yield re.findall(r"http://\S+", said)[0], re.findall(r"one-time password (\S+)", said)[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0


def sign_in(page: Page, address: str, once: str) -> None:
    page.goto(address)
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(once)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Present password").fill(once)
    page.locator("[name=new]").fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your new password holds from now on.")).to_be_visible()


def find(page: Page, words: str) -> None:
    """Search by keyboard, and wait for what is found."""
    press(page, "/")
    page.keyboard.type(f"{words}\n")
    expect(page.get_by_role("heading", name=words)).to_be_visible()


@pytest.mark.usefixtures("lab_hosts")
def test_the_pages_take_a_weakness_of_a_real_host_from_draft_to_closed(inventory: Closeout, lab_host: Host, browser: Browser) -> None:
    lab_host.write("/etc/ssh/sshd_config.d/10-closeout.conf", "PermitRootLogin yes\n")
    inventory.say("scan", lab_host.name)
    (item,) = inventory.items("ssh-root-login")
    with serving(inventory) as (address, once), browser_page(browser) as page:
        sign_in(page, address, once)
        find(page, item["id"])
        expect(page.get_by_text("sshd.settings.permitrootlogin", exact=True).first).to_be_visible()
        expect(page.get_by_text("PermitRootLogin no").first).to_be_visible()
        page.get_by_role("button", name=re.compile("^Approve")).click()
        expect(page.get_by_text(f"{item['id']} is approved.")).to_be_visible()

        lab_host.write("/etc/ssh/sshd_config.d/10-closeout.conf", "PermitRootLogin no\n")
        find(page, item["id"])
        page.get_by_role("button", name=re.compile("Rescan")).first.click()
        expect(page.get_by_text(re.compile(r"\d+ closed"))).to_be_visible(timeout=60_000)

        find(page, item["id"])
        expect(page.get_by_role("heading", name=item["id"])).to_contain_text("closed")
        expect(page.get_by_role("heading", name=f"Before {lab_host.name}")).to_be_visible()
        expect(page.get_by_role("heading", name=f"After {lab_host.name}")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="Raw output").nth(1).click()
        assert b"permitrootlogin no" in download.value.path().read_bytes()
    assert inventory.items("ssh-root-login")[0]["state"] == "closed"
