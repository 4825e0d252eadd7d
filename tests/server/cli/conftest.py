from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import server.cli
from tests.support.bundles import whole_bundle


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def closeout(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process, and gives its exit status and what it printed."""

    def run(*arguments: str | Path) -> Ran:
        capfd.readouterr()
        status = server.cli.execute([str(a) for a in arguments])
        return Ran(status, *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole bundle of this very host."""
    file = tmp_path_factory.mktemp("bundle") / "here.bundle"
    file.write_bytes(whole_bundle())
    return file
