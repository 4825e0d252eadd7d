"""Antivirus and detection products besides Defender: what Windows Security Center lists, and sensors known by their services."""

from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, read_object, read_objects
from collector.windows.release import RELEASE, read_release

PRODUCTS = Source(
    "antivirus.products",
    r"""
$found = foreach ($one in @(Get-Instances 'root/SecurityCenter2' 'AntiVirusProduct')) {
  @{ name = $one.displayName; state = $one.productState; id = $one.instanceGuid }
}
Format-Json @($found | Sort-Object { $_.id })
""",
    seconds=20,
)
SENSORS = {
    "Sense": "Microsoft Defender for Endpoint",
    "CSFalconService": "CrowdStrike Falcon",
    "SentinelAgent": "SentinelOne",
    "cyserver": "Palo Alto Cortex XDR",
    "CbDefense": "Carbon Black Cloud",
    "CarbonBlack": "Carbon Black EDR",
    "CylanceSvc": "Cylance",
    "ElasticEndpoint": "Elastic Defend",
    "EPSecurityService": "Bitdefender Endpoint Security",
    "ekrn": "ESET",
    "HuntressAgent": "Huntress",
    "mfetp": "Trellix Endpoint Security",
    "MBAMService": "Malwarebytes",
    "ntrtscan": "Trend Micro Apex One",
    "ds_agent": "Trend Micro Deep Security",
    "SepMasterService": "Symantec Endpoint Protection",
    "Sophos Endpoint Defense Service": "Sophos Endpoint Defense",
    "WRSVC": "Webroot",
    "xagt": "Trellix Endpoint Detection and Response",
}
_NAMES = ", ".join(f"'{name}'" for name in SENSORS)
SERVICES = Source(
    "antivirus.services",
    rf"""
$found = @{{}}
foreach ($one in @(Get-Service)) {{
  if (@({_NAMES}) -contains $one.Name) {{ $found[$one.Name] = [string]$one.Status }}
}}
Format-Json $found
""",
)
# What Security Center's number says, nibble by nibble, as its own API calls it.
STATES = {0: "off", 1: "on", 2: "snoozed", 3: "expired"}
SIGNATURES = {0: True, 1: False}


def parse(frames: Frames) -> dict[str, Any]:
    """{"security_center": True, "products": {"Windows Defender": {"state": "on", "up_to_date": True}}, "protecting": [...], ...}"""
    services = _services(frames)
    products = _products(frames)
    if isinstance(products, Unknown):
        return {"security_center": products, "products": products, "protecting": products} | services
    listed = products is not None
    on = sorted(name for name, one in (products or {}).items() if one["state"] == "on")
    unclear = next((one["state"] for one in (products or {}).values() if isinstance(one["state"], Unknown)), None)
    return {"security_center": listed, "products": products or {}, "protecting": unclear or on} | services


def _products(frames: Frames) -> dict[str, Any] | Unknown | None:
    """The products by name, None where Windows keeps no such list."""
    try:
        if frames.absent(PRODUCTS):
            return _without_list(frames)
        return _named([_product(answer) for answer in read_objects(frames, PRODUCTS)])
    except ProbeError as error:
        return Unknown(str(error))


def _without_list(frames: Frames) -> Unknown | None:
    if read_release(frames).server:
        return None
    return Unknown("antivirus.products: this workstation has no Windows Security Center, so its products are not known")


def _product(answer: Answer) -> tuple[str, dict[str, Any]]:
    name, state = answer.get("name"), answer.get("state")
    if not isinstance(name, str) or not name.strip() or isinstance(state, bool) or not isinstance(state, int):
        raise ProbeError("antivirus.products: a product without a name or a state")
    unclear = Unknown(f"Windows Security Center says {state:#x} of {name[:80]}, whose meaning is not known")
    return name.strip(), {
        "state": STATES.get(state >> 12 & 0xF, unclear),
        "up_to_date": SIGNATURES.get(state >> 4 & 0xF, unclear),
        "product_state": state,
    }


def _named(found: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """By name; one that is listed twice, as an uninstalled version leaves behind, gets a number."""
    products: dict[str, Any] = {}
    for name, product in found:
        same = sum(one == name or one.startswith(f"{name} (") for one in products)
        products[f"{name} ({same + 1})" if same else name] = product
    return products


def _services(frames: Frames) -> dict[str, Any]:
    try:
        said = read_object(frames, SERVICES)
    except ProbeError as error:
        return dict.fromkeys(("sensors", "sensors_running"), Unknown(str(error)))
    here = {name: state for name, state in said.items() if name in SENSORS}
    sensors = {name: {"product": SENSORS[name], "running": state == "Running"} for name, state in here.items()}
    return {"sensors": sensors, "sensors_running": sorted(SENSORS[name] for name, state in here.items() if state == "Running")}


PROBES = (
    Probe(
        name="antivirus",
        sources=(PRODUCTS, SERVICES, RELEASE),
        facts=(
            Fact("security_center", "boolean", "Windows keeps a list of antivirus products; servers do not"),
            Fact("products.*.state", "string", "what it says of the product's real-time protection", tuple(STATES.values())),
            Fact("products.*.up_to_date", "boolean", "it holds the product's signatures for new enough"),
            Fact("products.*.product_state", "integer", "its number for both, as it stands"),
            Fact("protecting", "strings", "products on that list whose real-time protection is on; empty on servers, which have no list"),
            Fact("sensors.*.product", "string", "the product that a service of this name belongs to"),
            Fact("sensors.*.running", "boolean", "that service runs"),
            Fact("sensors_running", "strings", "detection and antivirus products known by name whose service runs"),
        ),
        parse=parse,
    ),
)
