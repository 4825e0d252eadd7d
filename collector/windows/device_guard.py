"""Virtualization-based security and code integrity as they run: Credential Guard, memory integrity, application control policies."""

from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import read_objects
from collector.windows.codes import word, word_list

DEVICE_GUARD = Source(
    "device_guard",
    r"""
$found = @(foreach ($one in @(Get-Instances 'root/Microsoft/Windows/DeviceGuard' 'Win32_DeviceGuard')) {
  @{
    vbs = $one.VirtualizationBasedSecurityStatus
    configured = @($one.SecurityServicesConfigured | Sort-Object)
    running = @($one.SecurityServicesRunning | Sort-Object)
    required = @($one.RequiredSecurityProperties | Sort-Object)
    available = @($one.AvailableSecurityProperties | Sort-Object)
    kernel = $one.CodeIntegrityPolicyEnforcementStatus
    user = $one.UsermodeCodeIntegrityPolicyEnforcementStatus
  }
})
Format-Json $found
""",
    seconds=30,
)
VBS = {0: "off", 1: "enabled_not_running", 2: "running"}
SERVICES = {
    1: "credential_guard",
    2: "memory_integrity",
    3: "secure_launch",
    4: "smm_firmware_measurement",
    5: "kernel_stack_protection",
    6: "kernel_stack_protection_audit",
    7: "hypervisor_paging_translation",
}
PROPERTIES = {
    1: "hypervisor",
    2: "secure_boot",
    3: "dma_protection",
    4: "secure_memory_overwrite",
    5: "nx_protection",
    6: "smm_mitigation",
    7: "mode_based_execution_control",
    8: "apic_virtualization",
}
ENFORCEMENT = {0: "off", 1: "audit", 2: "enforced"}
_NONE = (0,)  # a list of no services is [0]


def parse(frames: Frames) -> dict[str, Any]:
    """{"vbs": "running", "services_running": ["credential_guard"], "credential_guard": {"running": True, ...}, ...}"""
    if frames.absent(DEVICE_GUARD):
        raise ProbeError("device_guard: this Windows has no class that tells of virtualization-based security; it is older than 1511")
    found = read_objects(frames, DEVICE_GUARD)
    if len(found) != 1:
        raise ProbeError(f"device_guard: the host gave {len(found)} answers in place of one")
    answer = found[0]
    configured = word_list(answer, "configured", SERVICES, _NONE)
    running = word_list(answer, "running", SERVICES, _NONE)
    return {
        "vbs": _said(word(answer, "vbs", VBS), "virtualization-based security"),
        "services_configured": configured,
        "services_running": running,
        "properties_required": word_list(answer, "required", PROPERTIES, _NONE),
        "properties_available": word_list(answer, "available", PROPERTIES, _NONE),
        "credential_guard": _service("credential_guard", configured, running),
        "memory_integrity": _service("memory_integrity", configured, running),
        "secure_launch": _service("secure_launch", configured, running),
        "code_integrity": {
            "kernel": _said(word(answer, "kernel", ENFORCEMENT), "code integrity in the kernel"),
            "user": _said(word(answer, "user", ENFORCEMENT), "code integrity of programs"),
        },
    }


def _said(value: str | Unknown | None, what: str) -> str | Unknown:
    return Unknown(f"device_guard: this Windows does not tell of {what}") if value is None else value


def _service(name: str, *lists: list[str] | Unknown | None) -> dict[str, Any]:
    inside = [name in one if isinstance(one, list) else one for one in lists]
    return dict(zip(("configured", "running"), inside, strict=True))


PROBES = (
    Probe(
        name="device_guard",
        sources=(DEVICE_GUARD,),
        facts=(
            Fact("vbs", "string", "virtualization-based security", tuple(VBS.values())),
            Fact("services_configured", "strings", "security services that are set to run in it"),
            Fact("services_running", "strings", "security services that run in it"),
            Fact("properties_required", "strings", "what the hardware is demanded to bring for it"),
            Fact("properties_available", "strings", "what of it the hardware brings"),
            *(
                Fact(f"{name}.{state}", "boolean", f"{meaning} {'is set to run' if state == 'configured' else 'runs'}")
                for name, meaning in (
                    ("credential_guard", "Credential Guard"),
                    ("memory_integrity", "memory integrity (hypervisor-protected code integrity)"),
                    ("secure_launch", "System Guard Secure Launch"),
                )
                for state in ("configured", "running")
            ),
            Fact("code_integrity.kernel", "string", "application control policy over drivers", tuple(ENFORCEMENT.values())),
            Fact("code_integrity.user", "string", "application control policy (WDAC) over programs", tuple(ENFORCEMENT.values())),
        ),
        parse=parse,
    ),
)
