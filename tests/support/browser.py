"""A real browser: the distribution's Chromium, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.machine import require_command

_ARGUMENTS = (
    "--no-sandbox",  # Chromium's sandbox refuses to run as root
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # No page of ours needs the browser's own traffic, and a test's network has no way out.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE = 30_000  # milliseconds; the machine may be busy with everything else that is tested

expect.set_options(timeout=_PATIENCE)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Yield a headless Chromium; raises SupportError where the machine has none."""
    executable = require_command("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def browser_page(browser: Browser, *, theme: Literal["light", "dark"] = "light", width: int = 1280, height: int = 900) -> Iterator[Page]:
    """Yield an empty page without cookies or cache, of a user who prefers `theme`; sizes are in CSS pixels."""
    context = browser.new_context(
        color_scheme=theme, viewport={"width": width, "height": height}, locale="en-US", timezone_id="UTC", reduced_motion="reduce"
    )
    context.set_default_timeout(_PATIENCE)
    try:
        yield context.new_page()
    finally:
        context.close()


def press(page: Page, *keys: str) -> None:
    """Press keys once the page that is shown is whole: before that its script does not hear them."""
    page.wait_for_load_state("load")
    for key in keys:
        page.keyboard.press(key)
