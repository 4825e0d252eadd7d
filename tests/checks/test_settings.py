from typing import Any

import pytest

from checks.build import build_check
from checks.listing import check_to_json
from checks.settings import list_settings
from collector.facts import Fact
from collector.probe import Frames, Probe
from tests.support.checks import CATALOG, FixedCatalog, check_of, good_check


def parse(frames: Frames) -> dict[str, Any]:
    return {"frames": frames}


REAL = FixedCatalog(
    Probe("sysctl", (), (Fact("running.*", "string", "value in force"),), parse),
    Probe("sshd", (), (Fact("settings.permitrootlogin", "string", "who"),), parse),
    Probe("services", (), (Fact("units.*.state", "string", "state"),), parse),
    Probe("login_defs", (), (Fact("pass_max_days", "integer", "days"),), parse),
)


@pytest.mark.parametrize(
    ("condition", "setting"),
    [
        ({"path": "sysctl.running[kernel.kptr_restrict]", "one_of": ["1"]}, ("sysctl", "kernel.kptr_restrict", "", 'one_of ["1"]')),
        ({"path": "sshd.settings.permitrootlogin", "equals": "no"}, ("sshd", "permitrootlogin", "", "equals no")),
        ({"path": "services.units[auditd.service].state", "equals": "enabled"}, ("service", "auditd.service", "state", "equals enabled")),
        ({"path": "login_defs.pass_max_days", "at_least": 1, "at_most": 60}, ("login_defs", "PASS_MAX_DAYS", "", "at_least 1, at_most 60")),
    ],
)
def test_a_setting_has_the_name_that_its_tool_gives_it(condition: dict[str, Any], setting: tuple[str, ...]) -> None:
    (found,) = list_settings(check_of([condition]), catalog=REAL)
    assert (found.kind, found.key, found.part, found.expected) == setting


@pytest.mark.parametrize(
    ("name", "key"), [("lockout_bad_count", "LockoutBadCount"), ("lsa_anonymous_name_lookup", "LSAAnonymousNameLookup")]
)
def test_a_key_of_the_security_template_reads_as_in_the_template(name: str, key: str) -> None:
    data = {"id": "x", "title": "x", "assesses": {}, "severity": "low", "weakness": "x", "rationale": "x"}
    part = {"expect": [{"path": f"security_policy.{name}", "equals": 1}], "remediation": "x"}
    (found,) = list_settings(build_check({**data, "platforms": {"windows": part}}, "x.yml"), catalog=REAL)
    assert (found.platform, found.kind, found.key) == ("windows", "secedit", key)


@pytest.mark.parametrize(
    ("path", "setting"),
    [
        (
            r"registry[HKLM\SYSTEM\CurrentControlSet\Control\Lsa|LmCompatibilityLevel].number",
            ("registry", r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa|LmCompatibilityLevel", "number"),
        ),
        ("audit_policy.logon.success", ("auditpol", "{0CCE9215-69AE-11D9-BED3-505054503030}", "success")),
        ("services.by_name[Spooler].start", ("service", "Spooler", "start")),
        ("user_rights[SeDebugPrivilege].sids", ("user_right", "SeDebugPrivilege", "sids")),
        ("security_policy.minimum_password_length", ("secedit", "MinimumPasswordLength", "")),
        (
            r"user_registry[Software\Policies\Microsoft\Windows\Installer|AlwaysInstallElevated].users.*.number",
            ("registry", r"HKCU\Software\Policies\Microsoft\Windows\Installer|AlwaysInstallElevated", "number"),
        ),
    ],
)
def test_a_windows_setting_has_the_name_that_its_tool_gives_it(path: str, setting: tuple[str, ...]) -> None:
    data = {"id": "x", "title": "x", "assesses": {}, "severity": "low", "weakness": "x", "rationale": "x"}
    part = {"expect": [{"path": path, "set": True}], "remediation": "x"}
    (found,) = list_settings(build_check({**data, "platforms": {"windows": part}}, "x.yml"))
    assert (found.kind, found.key, found.part) == setting


def test_alternatives_are_marked_and_conditions_of_when_are_no_settings() -> None:
    assert [(s.key, s.expected, s.alternative) for s in list_settings(good_check(), {"least": 4}, catalog=CATALOG)] == [
        ("level", "at_least 4", False),
        ("word", 'one_of ["low", "high"]', True),
        ("names", 'contains ["a"]', True),
    ]


def test_a_check_is_json_with_what_it_reads_and_expects() -> None:
    data = check_to_json(good_check(), catalog=CATALOG)
    assert data["assesses"] == {"3.1.5[b]": "supports"}
    assert data["platforms"] == ["linux"]
    assert data["parameters"] == {"least": {"label": "Least level", "type": "integer", "default": 3, "minimum": 1, "maximum": 9}}
    assert data["references"] == {"cac": ["demo_rule"], "cci": ["CCI-000001"]}
    assert data["paths"] == {"linux": ["demo.flag", "demo.level", "demo.word", "demo.names"]}
    assert data["settings"][0] == {
        "platform": "linux", "kind": "demo", "key": "level", "part": "", "expected": "at_least 3", "alternative": False,
    }  # fmt: skip
