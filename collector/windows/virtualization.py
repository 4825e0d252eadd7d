"""Whether this Windows runs on a hypervisor, and whether it is a host of virtual machines itself."""

from typing import Any

from collector.facts import Fact
from collector.probe import Frames, Probe, Source
from collector.windows.answers import member, read_object
from collector.windows.codes import boolean

VIRTUALIZATION = Source(
    "virtualization",
    r"""
$machine = Get-CimInstance -ClassName Win32_ComputerSystem
$states = Get-ServiceStates
Format-Json @{
  hypervisor = $machine.HypervisorPresent
  manufacturer = $machine.Manufacturer
  model = $machine.Model
  host_service = $states.ContainsKey('vmms')
  host_running = ($states['vmms'] -eq 'Running')
}
""",
    seconds=20,
)
_MODELS = ("virtual machine", "virtualbox", "vmware", "kvm", "hvm domu", "standard pc", "compute engine", "bhyve", "qemu")


def parse(frames: Frames) -> dict[str, Any]:
    """{"hypervisor": True, "guest": True, "manufacturer": "Microsoft Corporation", "model": "Virtual Machine", "hyper_v": {...}}"""
    answer = read_object(frames, VIRTUALIZATION)
    model = str(answer.get("model") or "").lower()
    return {
        "hypervisor": boolean(answer, "hypervisor"),
        "guest": any(word in model for word in _MODELS) or "amazon ec2" in str(answer.get("manufacturer") or "").lower(),
        "manufacturer": member(answer, "manufacturer"),
        "model": member(answer, "model"),
        "hyper_v": {"installed": boolean(answer, "host_service"), "running": boolean(answer, "host_running")},
    }


PROBES = (
    Probe(
        name="virtualization",
        sources=(VIRTUALIZATION,),
        facts=(
            Fact(
                "hypervisor",
                "boolean",
                "a hypervisor runs below this Windows; its own counts too, as virtualization-based security starts it",
            ),
            Fact("guest", "boolean", "the machine's maker and model are those of a virtual machine known by name"),
            Fact("manufacturer", "string", "the machine's maker"),
            Fact("model", "string", "the machine's model"),
            Fact("hyper_v.installed", "boolean", "the Hyper-V role is installed"),
            Fact("hyper_v.running", "boolean", "its management service runs"),
        ),
        parse=parse,
    ),
)
