"""A host that says what would hurt whoever looks: by every way in, on every page and in every command it is text and nothing else."""

import random
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

import server.cli
from collector.catalog import probes, sources
from collector.transports import Collected, TransportError
from collector.visible import UNSEEN
from server import store
from server.models import Asset, Item, Receipt, System, User
from server.store import agents
from tests.support.bundles import whole_bundle
from tests.support.device import Device

ESCAPES = "\x1b]0;SPOILED\x07\x1b[2J\x9b31m\u202egnp\u2028"
MARKUP = "[red]SPOILED[/red] <script>alert('SPOILED')</script>{{ 7*7 }}%s"
QUIET = ("host.clock", "host.identity")  # without a time and a host it would not be a bundle


def spoil(raw: bytes, seed: int) -> bytes:
    """The bundle of a host that puts it at the end of every third line of what it is asked for, and of its errors."""
    chance = random.Random(seed)  # noqa: S311 - the same damage in every run
    lines, frame = [], ""
    for line in raw.decode("utf-8", "surrogateescape").split("\n"):
        frame = line.split(" ")[1] if line.startswith("begin ") else frame
        spoiled = line[:1] in ("|", "!") and frame not in QUIET and chance.random() < 1 / 3
        lines.append(f"{line}{ESCAPES}{MARKUP}" if spoiled else line)
    return "\n".join(lines).encode("utf-8", "surrogateescape")


@pytest.fixture(scope="module")
def spoiled() -> bytes:
    return spoil(whole_bundle(), 1)


def assert_harmless(shown: str) -> None:
    found = UNSEEN.search(shown)
    assert not found, shown[max(0, found.start() - 200) : found.end() + 50]


@pytest.fixture
def hurt(system: System, host: Asset, spoiled: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Asset:
    """A host whose spoiled bundle was carried here and imported."""
    del system
    file = tmp_path / "ws-014.bundle"
    file.write_bytes(spoiled)
    assert server.cli.execute(["import", str(file), "--host", host.name]) == 0
    assert_harmless("".join(capfd.readouterr()))
    return host


def test_commands_print_what_a_host_said_word_for_word_and_not_as_markup(
    hurt: Asset, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bundle = str(tmp_path / "ws-014.bundle")
    items = [item.identifier for item in Item.objects.order_by("number")]
    lists = (
        "items list",
        "items list --json",
        "hosts list",
        "hosts conflicts",
        f"receipts list {hurt.name}",
        f"items show {items[0]} --json",
    )
    files = (("facts", bundle), ("facts", bundle, "--json"), ("evaluate", bundle, "--json"))
    said = {}
    for command in (*files, *(one.split() for one in lists), *(("items", "show", item) for item in items[:20])):
        assert server.cli.execute(list(command)) == 0
        said[tuple(command)] = "".join(capfd.readouterr())
        assert_harmless(said[tuple(command)])
    facts = said["facts", bundle]
    assert "[red]SPOILED[/red] <script>" in facts
    assert "\\x1b]0;SPOILED\\x07\\x1b[2J\\x9b31m\\u202egnp\\u2028" in facts


def test_pages_show_what_a_host_said_as_text(hurt: Asset, administrator: User) -> None:
    client = Client()
    store.change_password(administrator, "correct horse battery staple")
    client.force_login(administrator)
    start = f"/systems/{hurt.system_id}/"
    receipt = Receipt.objects.get(asset=hurt).pk
    places = [
        "",
        "items/",
        "hosts/",
        f"hosts/{hurt.pk}/",
        f"hosts/{hurt.pk}/facts",
        f"receipts/{receipt}/",
        "results/",
        "review/",
        "search?q=SPOILED",
    ]
    places += [f"{part}/{item.identifier}/" for item in Item.objects.order_by("number")[:10] for part in ("items", "review")]
    texts = []
    for place in places:
        answer = client.get(start + place, follow=True)
        assert answer.status_code == 200, place
        texts.append(answer.content.decode())
        assert_harmless(texts[-1])
        assert "<script>alert" not in texts[-1]
    assert any("&lt;script&gt;alert" in text for text in texts)
    raw = client.get(f"{start}receipts/{receipt}/bundle")
    assert raw.headers["Content-Disposition"].startswith("attachment")
    assert raw.headers["X-Content-Type-Options"] == "nosniff"


def test_a_scan_tells_in_plain_lines_what_a_host_answered(
    system: System, host: Asset, spoiled: bytes, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    store.add_host(system, store.NewAsset("ws-015", way_in="ssh"), timezone.now())

    def collector(*_: object) -> object:
        def collect(asset: Asset, script: str) -> Collected:
            del script
            if asset.pk == host.pk:
                return Collected(spoiled, "scan", {}, (f"note {ESCAPES}",))
            raise TransportError("output", f"{asset.name}: no shell came up: {MARKUP}\n{ESCAPES}\n[2/2] ws-016: collected")

        return collect

    monkeypatch.setattr("server.cli.scan.collector_with", collector)
    assert server.cli.execute(["scan", "--all"]) == 3
    out, err = capfd.readouterr()
    assert_harmless(out + err)
    assert "[red]SPOILED[/red]" in err
    assert len([line for line in err.splitlines() if line.startswith("[")]) == 2, "a host cannot forge the line of another"


def test_what_an_agent_signs_is_no_more_trusted(system: System, administrator: User, host: Asset, spoiled: bytes) -> None:
    cache.clear()
    device = Device(system, agents.new_token(system, administrator, timezone.now(), 24, host)[1])
    assert device.enrol() == "enrolled"
    agents.approve_agent(agents.find_agent(system, str(device.id)), administrator, host, timezone.now())
    store.issue_script(system, "linux", sources(probes("linux")), timezone.now())
    assert device.send(device.request(spoiled)) == "stored"
    chance = random.Random(2)  # noqa: S311 - the same garbage in every run
    garbage = [
        chance.randbytes(200_000),
        b"\x1b" * 1_500_000,
        b"closeout-bundle 1\n" * 100_000,
        b"\n" * 600_000,
        b"closeout-package 1\n" + b"A" * 99_999,
    ]
    for raw in garbage:
        assert device.send(device.request(raw)) == "cut"
    shown = "".join(event.text for event in agents.refusals(system, 50))
    assert_harmless(shown)
    assert Receipt.objects.count() == 1
