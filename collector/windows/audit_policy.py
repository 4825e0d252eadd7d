"""The audit policy in force, subcategory by subcategory, by their GUIDs: their names are in the language of the system."""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.machine_values import CONTROL, machine_values, read_values

EXPORTED = Source("audit_policy.exported", r"Read-Export 'auditpol.exe' @('/backup', '/file:<folder>\answer')", seconds=60)
_OVERRIDE = rf"{CONTROL}\Lsa|SCENoApplyLegacyAuditPolicy"
OVERRIDE = machine_values("audit_policy.override", [_OVERRIDE])
_TAIL: Final = "-69AE-11D9-BED3-505054503030"
# name here -> the first part of the GUID, as [MS-GPAC] lists them
_HEADS: Final[Mapping[str, str]] = {
    "security_state_change": "0CCE9210", "security_system_extension": "0CCE9211", "system_integrity": "0CCE9212",
    "ipsec_driver": "0CCE9213", "other_system_events": "0CCE9214",
    "logon": "0CCE9215", "logoff": "0CCE9216", "account_lockout": "0CCE9217", "ipsec_main_mode": "0CCE9218",
    "ipsec_quick_mode": "0CCE9219", "ipsec_extended_mode": "0CCE921A", "special_logon": "0CCE921B", "other_logon_logoff": "0CCE921C",
    "network_policy_server": "0CCE9243", "user_device_claims": "0CCE9247", "group_membership": "0CCE9249",
    "file_system": "0CCE921D", "registry": "0CCE921E", "kernel_object": "0CCE921F", "sam": "0CCE9220",
    "certification_services": "0CCE9221", "application_generated": "0CCE9222", "handle_manipulation": "0CCE9223",
    "file_share": "0CCE9224", "filtering_platform_packet_drop": "0CCE9225", "filtering_platform_connection": "0CCE9226",
    "other_object_access": "0CCE9227", "detailed_file_share": "0CCE9244", "removable_storage": "0CCE9245",
    "central_policy_staging": "0CCE9246",
    "sensitive_privilege_use": "0CCE9228", "non_sensitive_privilege_use": "0CCE9229", "other_privilege_use": "0CCE922A",
    "process_creation": "0CCE922B", "process_termination": "0CCE922C", "dpapi_activity": "0CCE922D", "rpc_events": "0CCE922E",
    "plug_and_play": "0CCE9248", "token_right_adjusted": "0CCE924A",
    "audit_policy_change": "0CCE922F", "authentication_policy_change": "0CCE9230", "authorization_policy_change": "0CCE9231",
    "mpssvc_rule_level_policy_change": "0CCE9232", "filtering_platform_policy_change": "0CCE9233", "other_policy_change": "0CCE9234",
    "user_account_management": "0CCE9235", "computer_account_management": "0CCE9236", "security_group_management": "0CCE9237",
    "distribution_group_management": "0CCE9238", "application_group_management": "0CCE9239", "other_account_management": "0CCE923A",
    "directory_service_access": "0CCE923B", "directory_service_changes": "0CCE923C", "directory_service_replication": "0CCE923D",
    "detailed_directory_service_replication": "0CCE923E",
    "credential_validation": "0CCE923F", "kerberos_service_ticket": "0CCE9240", "other_account_logon": "0CCE9241",
    "kerberos_authentication": "0CCE9242",
}  # fmt: skip
SUBCATEGORIES: Final[Mapping[str, str]] = {name: f"{{{head}{_TAIL}}}" for name, head in _HEADS.items()}
_GUID = re.compile(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}")
_TARGET, _WHICH, _VALUE, _COLUMNS = 1, 3, 6, 7
_FEWEST = 40  # subcategories of the oldest system that is read here; a list of fewer is no whole one
_BOTH = 3


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"logon": {"success": true, "failure": true}, ..., "subcategory_override": true}"""
    values = _values(frames.text(EXPORTED))
    tree: dict[str, Any] = {name: _state(name, values.get(guid)) for name, guid in SUBCATEGORIES.items()}
    return tree | {"subcategory_override": read_values(frames, OVERRIDE).flag(_OVERRIDE)}


def _state(name: str, value: int | None) -> Mapping[str, Value | Unknown]:
    if value is None:
        return dict.fromkeys(("success", "failure"), Unknown(f"{EXPORTED.name}: this system says nothing of the subcategory {name}"))
    return {"success": bool(value & 1), "failure": bool(value & 2)}


def _values(text: str) -> dict[str, int]:
    """GUID -> 0 to 3, of the policy of the system and not of single users; raises ProbeError where the list is not whole."""
    rows = [row for row in csv.reader(text.lstrip("\ufeff").splitlines()) if len(row) >= _COLUMNS and _GUID.fullmatch(row[_WHICH].upper())]
    targets = Counter(row[_TARGET] for row in rows).most_common(1)
    if not targets or targets[0][1] < _FEWEST:
        raise ProbeError(f"{EXPORTED.name}: the list of subcategories is cut, or is none")
    found: dict[str, int] = {}
    for row in rows:
        if row[_TARGET] != targets[0][0]:
            continue
        guid, value = row[_WHICH].upper(), row[_VALUE].strip()
        if not value.isdigit() or int(value) > _BOTH or found.setdefault(guid, int(value)) != int(value):
            raise ProbeError(f"{EXPORTED.name}: the setting of {guid} is {value[:20]!r}, or it stands there twice")
    return found


PROBES = (
    Probe(
        name="audit_policy",
        sources=(EXPORTED, OVERRIDE),
        facts=(
            *(
                Fact(f"{name}.{side}", "boolean", f"{plural} are recorded of the subcategory {guid}")
                for name, guid in SUBCATEGORIES.items()
                for side, plural in (("success", "successes"), ("failure", "failures"))
            ),
            Fact("subcategory_override", "boolean", "a policy of whole categories does not override these; null where it is not set"),
        ),
        parse=parse,
    ),
)
