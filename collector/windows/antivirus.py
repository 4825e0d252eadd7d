"""Antivirus and detection products besides Defender: what Windows Security Center lists, and sensors known by their services."""

from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, read_object, read_objects
from collector.windows.defender import STATUS, read_status
from collector.windows.release import RELEASE, read_release

PRODUCTS = Source(
    "antivirus.products",
    r"""
$found = @(foreach ($one in @(Get-Instances 'root/SecurityCenter2' 'AntiVirusProduct')) {
  @{ name = $one.displayName; state = $one.productState; id = $one.instanceGuid }
})
Format-Json @($found | Sort-Object { $_.id })
""",
    seconds=20,
)
# Products by the name of their service; those of the second list watch and report, and stop nothing by themselves.
PREVENTION = {
    "CSFalconService": "CrowdStrike Falcon",
    "SentinelAgent": "SentinelOne",
    "cyserver": "Palo Alto Cortex XDR",
    "CbDefense": "Carbon Black Cloud",
    "CylanceSvc": "Cylance",
    "ElasticEndpoint": "Elastic Defend",
    "EPSecurityService": "Bitdefender Endpoint Security",
    "ekrn": "ESET",
    "mfetp": "Trellix Endpoint Security",
    "MBAMService": "Malwarebytes",
    "ntrtscan": "Trend Micro Apex One",
    "ds_agent": "Trend Micro Deep Security",
    "SepMasterService": "Symantec Endpoint Protection",
    "Sophos Endpoint Defense Service": "Sophos Endpoint Defense",
    "WRSVC": "Webroot",
}
DETECTION = {
    "Sense": "Microsoft Defender for Endpoint",
    "CarbonBlack": "Carbon Black EDR",
    "HuntressAgent": "Huntress",
    "xagt": "Trellix Endpoint Detection and Response",
}
SENSORS = PREVENTION | DETECTION
DEFENDER = "Microsoft Defender Antivirus"
_NAMES = ", ".join(f"'{name}'" for name in SENSORS)
SERVICES = Source(
    "antivirus.services",
    rf"""
$states = Get-ServiceStates
$found = @{{}}
foreach ($name in @({_NAMES})) {{
  if ($states.ContainsKey($name)) {{ $found[$name] = $states[$name] }}
}}
Format-Json $found
""",
)
# What Security Center's number says, nibble by nibble, as its own API calls it.
STATES = {0: "off", 1: "on", 2: "snoozed", 3: "expired"}
SIGNATURES = {0: True, 1: False}


def parse(frames: Frames) -> dict[str, Any]:
    """{"running": ["Microsoft Defender Antivirus"], "real_time": True, "outdated": [], "products": {...}, "sensors": {...}, ...}"""
    services, products, defender = _services(frames), _products(frames), _defender(frames)
    listed = _listed(products)
    running = _together(listed["protecting"], services["prevention_running"], _if_active(defender))
    return {
        "security_center": products if isinstance(products, Unknown) else products is not None,
        "products": products or {},
        **listed,
        "sensors": services["sensors"],
        "sensors_running": services["sensors_running"],
        "running": running,
        "real_time": _real_time(defender, listed["protecting"], running),
    }


def _listed(products: dict[str, Any] | Unknown | None) -> dict[str, Any]:
    """Of the products that Security Center lists, those that protect, and those of them that are out of date."""
    if isinstance(products, Unknown):
        return {"protecting": products, "outdated": products}
    every = products or {}
    unclear = next((one[state] for one in every.values() for state in ("state", "up_to_date") if isinstance(one[state], Unknown)), None)
    on = sorted(name for name, one in every.items() if one["state"] == "on")
    return {"protecting": unclear or on, "outdated": unclear or [name for name in on if not every[name]["up_to_date"]]}


def _defender(frames: Frames) -> dict[str, Any] | Unknown:
    try:
        return {"mode": "not_running", "real_time": False} if frames.absent(STATUS) else read_status(read_object(frames, STATUS))
    except ProbeError as error:
        return Unknown(str(error))


def _if_active(defender: dict[str, Any] | Unknown) -> list[str] | Unknown:
    mode = defender if isinstance(defender, Unknown) else defender["mode"]
    return mode if isinstance(mode, Unknown) else [DEFENDER] if mode == "active" else []


def _together(*lists: list[str] | Unknown) -> list[str] | Unknown:
    """All of the lists; where what is known is empty, the unknown among them decides."""
    every = sorted({name for one in lists if not isinstance(one, Unknown) for name in one})
    unclear = next((one for one in lists if isinstance(one, Unknown)), None)
    return every or unclear or []


def _real_time(defender: dict[str, Any] | Unknown, protecting: list[str] | Unknown, running: list[str] | Unknown) -> bool | Unknown:
    """Whether files are looked at in use; a product of another maker on a server does not say so."""
    if not isinstance(defender, Unknown) and defender["real_time"] is True:
        return True
    if not isinstance(protecting, Unknown) and protecting:
        return True
    unclear = next((one for one in (protecting, running, defender) if isinstance(one, Unknown)), None)
    if unclear or running in ([], [DEFENDER]):
        return unclear or False
    return Unknown(
        f"{', '.join(running) if isinstance(running, list) else ''} runs; whether it looks at files in use is to be seen at its console"
    )


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
        return dict.fromkeys(("sensors", "sensors_running", "prevention_running"), Unknown(str(error)))
    here = {name: state for name, state in said.items() if name in SENSORS}
    sensors = {name: {"product": SENSORS[name], "running": state == "Running"} for name, state in here.items()}
    running = sorted(name for name, state in here.items() if state == "Running")
    return {
        "sensors": sensors,
        "sensors_running": [SENSORS[name] for name in running],
        "prevention_running": [PREVENTION[name] for name in running if name in PREVENTION],
    }


PROBES = (
    Probe(
        name="antivirus",
        sources=(PRODUCTS, SERVICES, STATUS, RELEASE),
        facts=(
            Fact(
                "running",
                "strings",
                "products that stop malicious code and run: Defender while it is active, products on Windows's list, known services",
            ),
            Fact("real_time", "boolean", "one of them looks at files as they are used"),
            Fact("security_center", "boolean", "Windows keeps a list of antivirus products; servers do not"),
            Fact("products.*.state", "string", "what it says of the product's real-time protection", tuple(STATES.values())),
            Fact("products.*.up_to_date", "boolean", "it holds the product's signatures for new enough"),
            Fact("products.*.product_state", "integer", "its number for both, as it stands"),
            Fact("protecting", "strings", "products on that list whose real-time protection is on; empty on servers, which have no list"),
            Fact("outdated", "strings", "those of them whose signatures are not new enough"),
            Fact("sensors.*.product", "string", "the product that a service of this name belongs to"),
            Fact("sensors.*.running", "boolean", "that service runs"),
            Fact("sensors_running", "strings", "detection and antivirus products known by name whose service runs"),
        ),
        parse=parse,
        version=2,
    ),
)
