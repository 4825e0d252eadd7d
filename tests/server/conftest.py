"""A database in a real file, a data directory of its own, and a system with a host whose bundles are real."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test.utils import override_settings

from checks.load import Content, load_directory
from server import guards, store
from server.models import Asset, System, User
from tests.support.bundles import small_bundle

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HERE = Path(__file__).parent


@pytest.fixture(scope="session", autouse=True)
def data_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Nothing of a test goes where the user's own data are."""
    with pytest.MonkeyPatch.context() as environment:
        directory = tmp_path_factory.mktemp("data")
        environment.setenv("CLOSEOUT_DATA", str(directory))
        with override_settings(PASSWORD_HASHERS=["tests.support.hasher.QuickHasher"]):
            yield directory


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file, as it is in use: a database in memory has neither a write-ahead log nor two connections."""
    default = settings.DATABASES["default"]
    if "sqlite3" in default["ENGINE"]:
        default.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """A database whose transactions end: for threads and processes. The guards make way for the emptying that follows."""
    del transactional_db
    yield
    guards.remove()


@pytest.fixture
def system(db: None) -> System:
    del db
    return store.default_system()


@pytest.fixture
def host(system: System) -> Asset:
    return store.add_host(system, store.NewAsset("ws-014", way_in="ssh", address="192.0.2.14", account="scan"), START)


@pytest.fixture
def reviewer(system: System) -> User:
    return store.add_person(system, "rita", ("reviewer",), START)[0]


@pytest.fixture
def administrator(system: System) -> User:
    return store.add_person(system, "adam", ("administrator",), START)[0]


@pytest.fixture
def official(system: System) -> User:
    return store.add_person(system, "olga", ("affirming_official",), START)[0]


@pytest.fixture
def raw() -> bytes:
    return small_bundle()


@pytest.fixture(scope="session")
def content() -> Content:
    return load_directory(HERE / "content", "content")


def at(hours: float) -> datetime:
    """So many hours after the start of a test's story."""
    return START + timedelta(hours=hours)
