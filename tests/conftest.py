"""Fixtures that give tests real parts. They are lazy: a test that asks for none pays for none."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from tests.support import SupportError
from tests.support.browser import open_browser
from tests.support.command import Closeout
from tests.support.host import Host
from tests.support.lab import Lab
from tests.support.network import enter_private_network
from tests.support.postgres import postgres_cluster


def pytest_configure() -> None:
    """Give the whole session a network of its own before any thread, server or browser is started, and an orderly end.

    Without root the session stays in the machine's network, and the fixture that needs more says so.
    """
    # How long generating takes says something of the machine and nothing of what is tried.
    settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("any machine")
    # Whoever stops a session that takes too long sends SIGTERM: like Ctrl-C, it lets the fixtures clean up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A shell that starts the session in the background has Ctrl-C ignored, by everything that the tests start as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.geteuid() == 0:
        with suppress(SupportError):
            enter_private_network()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take a minute or more come first, so that no process is left with one of them at the end."""
    dear = ("test_docs.py", "test_postgresql.py", "test_reconcile_laws.py", "test_remedies_on_a_host.py", "test_support.py")
    items.sort(key=lambda item: item.path.name not in dear)


@contextmanager
def _fail_plainly() -> Iterator[None]:
    """Turn what the machine lacks into a failed test with one sentence: a skipped test would pass for a good one."""
    try:
        yield
    except SupportError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Two Debian hosts for the whole session, to be read only: a test that changes a host takes `lab_host` or `lab_hosts`."""
    with _fail_plainly(), Lab(2) as running:
        yield running


@pytest.fixture
def lab_hosts(lab: Lab) -> Iterator[tuple[Host, ...]]:
    """The lab's hosts, to do with as the test likes: they are started afresh when it is over."""
    yield lab.hosts
    with _fail_plainly():
        for host in lab.hosts:
            host.reset()


@pytest.fixture
def lab_host(lab: Lab) -> Iterator[Host]:
    """One host of the lab, to do with as the test likes: it is started afresh when the test is over."""
    yield lab.hosts[0]
    with _fail_plainly():
        lab.hosts[0].reset()


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """The URL of a PostgreSQL cluster that lasts for the session."""
    with _fail_plainly(), postgres_cluster() as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium for the session; tests.support.browser.browser_page opens a page in it.

    Playwright keeps an event loop in the main thread, for which Django would refuse every query there though nothing is asynchronous.
    """
    with _fail_plainly(), pytest.MonkeyPatch.context() as environment, open_browser() as running:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield running


@pytest.fixture(scope="session")
def prepared(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the lab's hosts in the inventory, each with its host key accepted by its fingerprint."""
    command = Closeout(tmp_path_factory.mktemp("prepared") / "data")
    for host in lab.hosts:
        command.say("hosts", "add", host.name, "--ssh", f"scan@{host.address}", "--key", lab.key)
        _, err = command.say("hosts", "test", host.name, status=3)
        fingerprint = err.split("--accept-host-key ")[1].strip().strip("`")
        command.say("hosts", "test", host.name, "--accept-host-key", fingerprint)
    return command.data


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with nothing in it but the tables, which take some seconds to make."""
    command = Closeout(tmp_path_factory.mktemp("empty") / "data")
    command.say("hosts", "list")
    return command.data


@pytest.fixture
def fresh(empty: Path, tmp_path: Path) -> Closeout:
    """The command with a data directory of its own in which nothing was done yet."""
    return Closeout(shutil.copytree(empty, tmp_path / "data"))


@pytest.fixture
def inventory(prepared: Path, tmp_path: Path) -> Closeout:
    """The command with a data directory of its own that knows the lab's hosts."""
    return Closeout(shutil.copytree(prepared, tmp_path / "data"))
