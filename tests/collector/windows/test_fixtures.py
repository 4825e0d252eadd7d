"""Every probe reads what hosts say: fixtures/<probe>/<captured-…|written-…>/<source>.out beside the wanted facts.

A fixture folder holds `<source>.out` (the frame's output), where needed `<source>.err`, `<source>.exit` (the exit code as
text) and `<source>.asked` (the arguments, a line each), and `wanted.json`: {"facts": the probe's subtree, "errors": {path:
reason}}. Sources without a file were not collected.
"""

import json
from pathlib import Path

import jsonschema
import pytest

from collector.catalog import probes
from collector.probe import Frame, Frames, Probe
from collector.read import read_probe
from tests.collector.linux.test_fixtures import probe_schema

FIXTURES = Path(__file__).parent / "fixtures"
PROBES = {probe.name: probe for probe in probes("windows")}
FEWEST = 3
CASES = sorted(path.parent.relative_to(FIXTURES).as_posix() for path in FIXTURES.glob("*/*/wanted.json"))


def load_frames(folder: Path, probe: Probe) -> Frames:
    """The frames that the files of a fixture stand for, decoded as a bundle is."""
    found = {}
    for source in probe.sources:
        output, errors, code = (folder / f"{source.name}.{ending}" for ending in ("out", "err", "exit"))
        if output.exists() or code.exists():
            exit_code = int(code.read_text()) if code.exists() else 0
            asked = tuple(_decode(folder / f"{source.name}.asked").splitlines())
            found[source.name] = Frame(source.name, exit_code, _decode(output), _decode(errors), source.volatile, asked)
    return Frames(found)


def _decode(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "backslashreplace") if path.exists() else ""


@pytest.mark.parametrize("case", CASES)
def test_a_probe_reads_the_wanted_facts_and_errors(case: str) -> None:
    folder = FIXTURES / case
    assert folder.parent.name in PROBES, f"no probe is called {folder.parent.name}"
    probe = PROBES[folder.parent.name]
    wanted = json.loads((folder / "wanted.json").read_text())
    errors: dict[str, str] = {}
    facts = read_probe(probe, load_frames(folder, probe), errors)
    assert {"facts": facts, "errors": errors} == wanted
    jsonschema.Draft202012Validator(probe_schema(probe)).validate(facts)


@pytest.mark.parametrize("case", CASES)
def test_a_fixture_holds_only_files_of_its_probe(case: str) -> None:
    folder = FIXTURES / case
    known = {f"{source.name}.{ending}" for source in PROBES[folder.parent.name].sources for ending in ("out", "err", "exit", "asked")}
    assert folder.name.startswith(("captured-", "written-"))
    assert {path.name for path in folder.iterdir()} <= known | {"wanted.json"}


@pytest.mark.parametrize("name", sorted(set(PROBES) - {"host"}))  # test_identity.py has the host's
def test_a_probe_has_fixtures_enough(name: str) -> None:
    assert sum(case.startswith(f"{name}/") for case in CASES) >= FEWEST
