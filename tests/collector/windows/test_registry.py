"""What may be asked of the registry, and that a script and a bundle hold it as it was asked."""

from datetime import UTC, datetime

import pytest

from collector.bundle import read_bundle
from collector.catalog import resolve, sources, with_arguments
from collector.errors import CollectorError
from collector.facts import Unknown
from collector.read import read_facts
from collector.script import build_script
from collector.windows.registry import ASKED_REGISTRY, PROBES
from tests.support.windows import bundle_text, pack

NOW = datetime(2026, 11, 24, tzinfo=UTC)

TERMINAL = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services|fDisableCdm"
HARDENED = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\NetworkProvider\HardenedPaths|\\*\NETLOGON"


@pytest.mark.parametrize(
    "asked", [TERMINAL, HARDENED, r"HKLM\SOFTWARE\Classes\batfile\shell\runasuser|SuppressionPolicy", r"HKLM\SYSTEM\A|"]
)
def test_a_plain_value_may_be_asked_for(asked: str) -> None:
    assert resolve("windows", f"registry[{asked}].number").probe.name == "registry"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("*", "asks for nothing"),
        (r"HKCU\Software\A|B", "does not begin with HKLM"),
        (r"HKLM\SYSTEM\A", "names no value"),
        (r"HKLM\SAM\SAM\Domains|F", "holds the secrets of Windows"),
        (r"HKLM\security\Policy\Secrets|x", "holds the secrets of Windows"),
        ("HKLM\\SYSTEM\\A\\|B", "no plain key"),
        (r"HKLM\SYSTEM\A|B|C", "no plain key"),
        (r"HKLM\SYSTEM\A| B", "no plain key"),
        ("HKLM\\SYSTEM\\A|$(calc);\u00e4", "no plain key"),
        ("HKLM\\SYSTEM\\A`n|B", "no plain key"),
    ],
)
def test_what_may_not_be_asked_for_is_refused_with_a_sentence(asked: str, sentence: str) -> None:
    with pytest.raises(CollectorError, match=sentence):
        resolve("windows", f"registry[{asked}].number")


def test_a_user_value_is_asked_for_without_its_hive() -> None:
    assert resolve("windows", r"user_registry[Software\Policies\A B|C].users.*.number").probe.name == "user_registry"
    with pytest.raises(CollectorError, match="names no value"):
        resolve("windows", r"user_registry[Software\Policies].users.*.number")


def test_a_script_holds_what_is_asked_as_one_word() -> None:
    chosen = with_arguments((ASKED_REGISTRY,), {ASKED_REGISTRY.name: [TERMINAL, r"HKLM\SOFTWARE\It's|A"]})
    script = build_script(chosen, platform="windows")
    assert "@('HKLM\\SOFTWARE\\It''s|A', 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services|fDisableCdm')" in script


def test_a_bundle_says_what_was_asked_and_what_was_not_is_no_null() -> None:
    asked = {ASKED_REGISTRY.name: (TERMINAL,)}
    said = {ASKED_REGISTRY.name: f'[{{"asked":"{TERMINAL}","kind":"DWord","data":1}}]'.replace("\\", "\\\\"), "host.clock": "1795441860"}
    facts = read_facts(read_bundle(pack(bundle_text(said, sources(PROBES), asked))), NOW)
    assert facts.lookup(f"registry[{TERMINAL}].number")[0].value == 1
    unasked = facts.lookup(f"registry[{HARDENED}].number")[0].value
    assert isinstance(unasked, Unknown)
    assert "redeploy" in unasked.reason
