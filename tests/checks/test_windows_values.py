"""Effective facts of Windows, told as the values of the registry by which they are set."""

from typing import Any

import pytest

from checks import windows_values
from checks.build import build_check
from checks.settings import list_settings
from collector.catalog import resolve


def settings_of(condition: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    data = {"id": "x", "title": "x", "assesses": {}, "severity": "low", "weakness": "x", "rationale": "x"}
    check = build_check({**data, "platforms": {"windows": {"expect": [condition], "remediation": "x"}}}, "x.yml")
    return [(s.kind, s.key, s.part, s.expected) for s in list_settings(check)]


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (
            {"path": "autoplay.off_on_all_drives", "equals": True},
            [(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\Explorer|NoDriveTypeAutoRun", "number", "equals 255")],
        ),
        (
            {"path": "screen_lock.machine_seconds", "at_least": 1, "at_most": 900},
            [
                (
                    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System|InactivityTimeoutSecs",
                    "number",
                    "at_least 1, at_most 900",
                )
            ],
        ),
        (
            {"path": "laps.backup", "one_of": ["active_directory", "entra_id"]},
            [(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\LAPS|BackupDirectory", "number", "one_of [2, 1]")],
        ),
        (
            {"path": "lsa.protection.set", "one_of": ["on", "on_locked"]},
            [(r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa|RunAsPPL", "number", "one_of [2, 1]")],
        ),
        (
            {"path": "kerberos.encryption_types", "contains": ["aes128_hmac", "aes256_hmac"], "excludes": ["rc4_hmac"]},
            [
                (
                    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\Kerberos\Parameters|SupportedEncryptionTypes",
                    "number",
                    "equals 2147483640",
                )
            ],
        ),
        (
            {"path": "schannel.protocols[TLS 1.0].server", "one_of": ["disabled", "unsupported"]},
            [
                (
                    r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.0\Server|Enabled",
                    "number",
                    "equals 0",
                ),
                (
                    r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.0\Server|DisabledByDefault",
                    "number",
                    "equals 1",
                ),
            ],
        ),
        (
            {"path": "defender.asr.blocking", "contains": ["9e6c4e1f-7d60-472f-ba1a-a39ef669e4b2"]},
            [
                (
                    (
                        r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
                        "|9e6c4e1f-7d60-472f-ba1a-a39ef669e4b2"
                    ),
                    "text",
                    "equals 1",
                )
            ],
        ),
        (
            {"path": "printing.rpc_privacy", "set": False},
            [(r"HKLM\SYSTEM\CurrentControlSet\Control\Print|RpcAuthnLevelPrivacyEnabled", "number", "set false")],
        ),
    ],
)
def test_an_effective_fact_is_told_as_its_registry_values(condition: dict[str, Any], wanted: list[tuple[str, str, str]]) -> None:
    assert settings_of(condition) == [("registry", *one) for one in wanted]


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ({"path": "bitlocker.unprotected_fixed", "equals": []}, ("bitlocker", "unprotected_fixed", "", "equals []")),
        ({"path": "defender.mode", "not_equals": "passive"}, ("defender", "mode", "", "not_equals passive")),
        ({"path": "removable_storage.disks.write", "equals": "allowed"}, ("removable_storage", "disks.write", "", "equals allowed")),
    ],
)
def test_what_no_one_value_says_stays_the_fact(condition: dict[str, Any], wanted: tuple[str, ...]) -> None:
    assert settings_of(condition) == [wanted]


@pytest.mark.parametrize("path", sorted(windows_values._VALUES))
def test_every_fact_is_declared_and_says_the_words_that_are_translated(path: str) -> None:
    fact = resolve("windows", path).fact
    for value in windows_values._VALUES[path]:
        assert value.key.startswith("HKLM\\")
        assert "\\\\" not in value.key
        if fact.type == "boolean":
            assert set(value.words) <= {True, False}
        if fact.one_of:
            assert value.words
            assert set(value.words) <= set(fact.one_of)
