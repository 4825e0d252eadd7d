"""Every probe reads what hosts really said, and what their documentation says they say (tests/collector/fixtures.py)."""

import json

import jsonschema
import pytest

from collector.read import read_probe
from tests.collector.fixtures import ENDINGS, cases_of, fixtures_of, load_frames, probe_schema, probes_of

PLATFORMS = ("linux", "windows")
PROBES = {platform: probes_of(platform) for platform in PLATFORMS}
CASES = [(platform, case) for platform in PLATFORMS for case in cases_of(platform)]
ELSEWHERE = {("windows", "host")}  # test_identity.py has it
FEWEST = 3


@pytest.mark.parametrize(("platform", "case"), CASES)
def test_a_probe_reads_the_wanted_facts_and_errors(platform: str, case: str) -> None:
    folder = fixtures_of(platform) / case
    assert folder.parent.name in PROBES[platform], f"no probe is called {folder.parent.name}"
    probe = PROBES[platform][folder.parent.name]
    wanted = json.loads((folder / "wanted.json").read_text())
    errors: dict[str, str] = {}
    facts = read_probe(probe, load_frames(folder, probe), errors)
    assert {"facts": facts, "errors": errors} == wanted
    jsonschema.Draft202012Validator(probe_schema(probe)).validate(facts)


@pytest.mark.parametrize(("platform", "case"), CASES)
def test_a_fixture_holds_only_files_of_its_probe(platform: str, case: str) -> None:
    folder = fixtures_of(platform) / case
    known = {f"{source.name}.{ending}" for source in PROBES[platform][folder.parent.name].sources for ending in ENDINGS}
    assert folder.name.startswith(("captured-", "written-"))
    assert {path.name for path in folder.iterdir()} <= known | {"wanted.json"}


@pytest.mark.parametrize(
    ("platform", "name"), sorted({(platform, name) for platform in PLATFORMS for name in PROBES[platform]} - ELSEWHERE)
)
def test_a_probe_has_fixtures_enough(platform: str, name: str) -> None:
    assert sum((platform, case.partition("/")[0]) == (platform, name) for case in cases_of(platform)) >= FEWEST
