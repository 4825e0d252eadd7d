"""Time alone turns a pass into a failure: the host sends what it always sent, and its certificate ends."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from checks.load import Content
from collector.catalog import probes, sources
from collector.script import build_script
from collector.transports import Collected
from collector.transports.local import collect_local
from server import scan, store
from server.envelope import read_upload
from server.models import Asset, Blob, Item, Receipt, Result, System, Transition, User
from server.store import agents
from server.uploads import admit, authenticate, take_in
from server.views.content import content as shipped
from tests.server.conftest import START, at
from tests.support.bundles import change_frame, set_clock
from tests.support.device import Device

CHECK = "certificates-valid"
SOURCES = sources(tuple(probe for probe in probes("linux") if probe.name in ("host", "keys")))
DAYS = 24


@pytest.fixture(scope="module")
def serving() -> bytes:
    """The bundle of a host whose web server shows a certificate that ends forty days after the start."""
    raw = collect_local(build_script(SOURCES)).raw
    end = f"{START + timedelta(days=40):%b %d %H:%M:%S %Y} GMT"
    return change_frame(raw, "keys", r"^begin keys$", f"begin keys\n|end {end}|/etc/ssl/certs/web.pem")


@pytest.fixture
def one_check() -> Content:
    return Content({CHECK: shipped().checks[CHECK]})


def status(host: Asset) -> str:
    return Result.objects.get(asset=host, check_id=CHECK).status


def test_an_unchanged_agent_is_judged_by_the_time_of_each_upload(
    system: System, host: Asset, administrator: User, serving: bytes, one_check: Content
) -> None:
    device = Device(system, agents.new_token(system, administrator, timezone.now(), 24, host)[1])
    assert device.enrol() == "enrolled"
    agents.approve_agent(agents.find_agent(system, str(device.id)), administrator, host, START)
    store.issue_script(system, "linux", SOURCES, START)

    def deliver(request: bytes, now: datetime) -> None:
        head, body = read_upload(request)
        agent = authenticate(agents.agent_of(system, head.host), head)
        take_in(agent, admit(agent, head, now), head, body, lambda: one_check, now)

    first = set_clock(serving, int(at(0).timestamp()))
    deliver(device.request(first, at(0)), at(0))
    assert status(host) == "pass"
    assert not Item.objects.exists()
    stored = Blob.objects.count()

    later = at(30 * DAYS)
    deliver(device.changes(set_clock(serving, int(later.timestamp())), first, later), later)
    assert status(host) == "fail"
    receipts = list(Receipt.objects.filter(asset=host).order_by("ordered_at"))
    assert receipts[0].content_digest == receipts[1].content_digest, "nothing changed on the host"
    assert Item.objects.get(source_key=CHECK).state == "draft"
    assert b"/etc/ssl/certs/web.pem" in bytes(Transition.objects.filter(asset=host).latest("id").canonical)
    assert Blob.objects.count() - stored <= 4, "clock frame, facts of the host's clock, index: what did not change is stored once"
    assert store.facts_of(receipts[0]).values["keys"]["certificates"]["/etc/ssl/certs/web.pem"]["days_left"] == 40
    assert store.facts_of(receipts[1]).values["keys"]["certificates"]["/etc/ssl/certs/web.pem"]["days_left"] == 10


def test_a_scan_that_finds_nothing_new_opens_what_time_has_opened_and_a_new_certificate_closes_it(
    system: System, host: Asset, serving: bytes, one_check: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.scan.sources_for", lambda *_: SOURCES)
    moment = at(0)

    def run(hours: float, raw: bytes) -> str:
        nonlocal moment
        moment = at(hours)

        def now() -> datetime:
            nonlocal moment
            moment += timedelta(seconds=1)
            return moment

        scan.scan(system, [host], one_check, lambda *_: Collected(raw, "scan"), now)
        return status(host)

    assert run(0, serving) == "pass"
    assert run(20 * DAYS, serving) == "pass"
    assert run(39 * DAYS, serving) == "fail"
    item = Item.objects.get(source_key=CHECK)
    assert item.state == "draft"
    renewed = change_frame(serving, "keys", r"\d{4} GMT\|", f"{START.year + 2} GMT|")
    assert run(41 * DAYS, renewed) == "pass"
    item.refresh_from_db()
    assert item.state == "withdrawn"
