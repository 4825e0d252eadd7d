"""A plant whose hosts answer with real bundles, and people of every role who look at it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from checks.load import Content
from collector.transports import Collected, TransportError
from server import scan, store
from server.models import Asset, Item, System, User
from server.models.people import Role
from server.scan import Outcome
from server.views.content import content as shipped
from tests.support.bundles import set_machine_id, set_password_age, small_bundle, small_sources

CHECK = "password-maximum-age"
PASSWORD = "correct horse battery staple"
FIXED, BROKEN = 60, 99999


@dataclass
class Plant:
    """Hosts of a system. days: how long passwords last on a host; a sentence in its place is why it cannot be reached."""

    system: System
    days: dict[str, int | str] = field(default_factory=dict)
    clock: datetime = field(default_factory=lambda: timezone.now() - timedelta(days=3))

    def add(self, count: int) -> list[Asset]:
        first = Asset.objects.filter(system=self.system).count()
        names = [f"ws-{first + number:03}" for number in range(count)]
        return [store.add_host(self.system, store.NewAsset(name, way_in="ssh", address=f"{name}.example"), self.clock) for name in names]

    def collect(self, asset: Asset, script: str) -> Collected:
        del script
        days = self.days.get(asset.name, BROKEN)
        if isinstance(days, str):
            raise TransportError("unreachable", f"{asset.name}: {days}")
        return Collected(set_machine_id(set_password_age(small_bundle(), days), asset.pk.hex), "svc-scan", {})

    def now(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock

    def scan(self) -> Outcome:
        hosts = list(Asset.objects.filter(system=self.system))
        return scan.scan(self.system, hosts, Content({CHECK: shipped().checks[CHECK]}), self.collect, self.now)

    def fix(self) -> None:
        self.days = dict.fromkeys(Asset.objects.filter(system=self.system).values_list("name", flat=True), FIXED)

    def item(self) -> Item:
        """The newest item of the check, with what the store wants fetched along."""
        return store.find_item(self.system, Item.objects.filter(system=self.system).order_by("-number")[0].identifier)


@pytest.fixture(autouse=True)
def small_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scans ask for the few probes of the small bundle only, because its script is what the hosts answer with."""
    monkeypatch.setattr("server.scan.sources_for", lambda *_: small_sources())
    cache.clear()


@pytest.fixture
def plant(system: System) -> Plant:
    """Three hosts with a weakness that one scan has found: one draft."""
    made = Plant(system)
    made.add(3)
    made.scan()
    return made


def make_person(system: System, name: str, *roles: Role) -> User:
    user, password = store.add_person(system, name, roles, timezone.now(), name.title())
    del password
    store.change_password(user, PASSWORD)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def rita(system: System) -> User:
    return make_person(system, "rita", "administrator", "reviewer")


@pytest.fixture
def victor(system: System) -> User:
    return make_person(system, "victor", "viewer")


@pytest.fixture
def page(rita: User) -> Client:
    """A client of a person who may do most."""
    return signed_in(rita)


@pytest.fixture
def get(page: Client, system: System) -> Callable[[str], str]:
    """The text of a page below the system."""

    def fetch(path: str) -> str:
        answer = page.get(f"/systems/{system.pk}/{path}")
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.content.decode()

    return fetch
