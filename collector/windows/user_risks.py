"""SmartScreen, cameras and microphones, and printing: what policy and the machine's settings let pass."""

from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import read_objects
from collector.windows.codes import texts
from collector.windows.machine_values import CONTROL, POLICIES, machine_values, read_values

_ON, _LEVEL = rf"{POLICIES}\Windows\System|EnableSmartScreen", rf"{POLICIES}\Windows\System|ShellSmartScreenLevel"
_OWN = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer|SmartScreenEnabled"
SMARTSCREEN = machine_values("smartscreen", [_ON, _LEVEL, _OWN])
_OWN_WORDS = {"off": "off", "prompt": "warn", "warn": "warn", "requireadmin": "administrator", "block": "block", "on": "warn"}
_POLICY_WORDS = {"warn": "warn", "block": "block"}

_STORE = r"SOFTWARE\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore"
_CAMERA = rf"{POLICIES}\Camera|AllowCamera"
_APPS = {
    name: rf"{POLICIES}\Windows\AppPrivacy|{value}"
    for name, value in (("camera", "LetAppsAccessCamera"), ("microphone", "LetAppsAccessMicrophone"))
}
_CONSENT = {"camera": rf"{_STORE}\webcam|Value", "microphone": rf"{_STORE}\microphone|Value"}
COLLABORATION = machine_values("collaboration", [_CAMERA, *_APPS.values(), *_CONSENT.values()])
CAMERAS = Source(
    "collaboration.cameras",
    r"""
$names = @(foreach ($guid in @('{ca3e7ab9-b4c3-4ae6-8251-579ef933890f}', '{6bdd1fc6-810f-11d0-bec7-08002be2092f}')) {
  foreach ($one in @(Get-CimInstance -Query "SELECT Name, ConfigManagerErrorCode FROM Win32_PnPEntity WHERE ClassGuid = '$guid'")) {
    if ([int]$one.ConfigManagerErrorCode -ne 22) { [string]$one.Name }
  }
})
Format-Json @(@{ names = @($names | Sort-Object) })
""",
    seconds=30,
)
_CHOICE = {0: "user", 1: "allow", 2: "deny"}

_PRINTERS = rf"{POLICIES}\Windows NT\Printers"
_POINT = rf"{_PRINTERS}\PointAndPrint"
_PRINTING = {
    "drivers_by_administrators": (f"{_POINT}|RestrictDriverInstallationToAdministrators", "administrators alone install printer drivers"),
    "no_warning_on_install": (f"{_POINT}|NoWarningNoElevationOnInstall", "new printer drivers come without a question"),
    "package_point_and_print": (
        rf"{_PRINTERS}\PackagePointAndPrint|PackagePointAndPrintServerList",
        "only approved print servers are used",
    ),
    "restricted_servers": (f"{_POINT}|TrustedServers", "drivers come from certain servers alone"),
    "rpc_privacy": (
        rf"{CONTROL}\Print|RpcAuthnLevelPrivacyEnabled",
        "remote printing is encrypted; on in current updates where nothing is set",
    ),
}
_REMOTE, _UPDATE = f"{_PRINTERS}|RegisterSpoolerRemoteRpcEndPoint", f"{_POINT}|UpdatePromptSettings"
_HTTP, _DOWNLOAD = f"{_PRINTERS}|DisableHTTPPrinting", f"{_PRINTERS}|DisableWebPnPDownload"
PRINTING = machine_values("printing", [_REMOTE, _UPDATE, _HTTP, _DOWNLOAD, *(value for value, _ in _PRINTING.values())])


def parse(frames: Frames) -> dict[str, Any]:
    """{"state": "block", "by_policy": True}"""
    values = read_values(frames, SMARTSCREEN)
    policy = values.flag(_ON)
    if isinstance(policy, Unknown):
        return {"state": policy, "by_policy": policy}
    if policy is None:
        return {"state": _said(values.text(_OWN), _OWN_WORDS), "by_policy": False}
    return {"state": _said(values.text(_LEVEL), _POLICY_WORDS, "warn") if policy else "off", "by_policy": True}


def _said(text: Value | Unknown, words: dict[str, str], unset: str | None = None) -> str | Unknown | None:
    if text is None or isinstance(text, Unknown):
        return unset if text is None else text
    return words.get(text.lower(), Unknown(f"SmartScreen is set to {text[:40]!r}, whose meaning is not documented"))


def parse_collaboration(frames: Frames) -> dict[str, Any]:
    """{"camera": {"devices": ["Integrated Camera"], "allowed": True, "apps": "user", "consent": True}, "microphone": {...}}"""
    values = read_values(frames, COLLABORATION)
    allowed = values.flag(_CAMERA)
    found: dict[str, dict[str, Any]] = {
        name: {"apps": values.word(_APPS[name], _CHOICE, "user"), "consent": _consent(values.text(_CONSENT[name]))} for name in _APPS
    }
    found["camera"] |= {"devices": _cameras(frames), "allowed": True if allowed is None else allowed}
    return found


def _consent(text: Value | Unknown) -> bool | Unknown | None:
    if text is None or isinstance(text, Unknown):
        return text
    return {"allow": True, "deny": False}.get(
        text.lower(), Unknown(f"the consent to a device is {text[:40]!r}, whose meaning is not documented")
    )


def _cameras(frames: Frames) -> list[str] | Unknown:
    try:
        answers = read_objects(frames, CAMERAS)
    except ProbeError as error:
        return Unknown(str(error))
    return texts(answers[0], "names") if len(answers) == 1 else Unknown("collaboration.cameras: the host's answer is not whole")


def parse_printing(frames: Frames) -> dict[str, Any]:
    """{"remote_spooler": "refused", "no_warning_on_install": False, "no_warning_on_update": False, ...}"""
    values = read_values(frames, PRINTING)
    settings = {name: values.flag(value) for name, (value, _) in _PRINTING.items()}
    update = values.number(_UPDATE)
    return settings | {
        "no_warning_on_install": settings["no_warning_on_install"] if settings["no_warning_on_install"] is not None else False,
        "no_warning_on_update": update if isinstance(update, Unknown) else bool(update),
        "remote_spooler": values.word(_REMOTE, {1: "accepted", 2: "refused"}),
        "http_off": values.flag(_HTTP),
        "http_drivers_off": values.flag(_DOWNLOAD),
    }


PROBES = (
    Probe(
        name="smartscreen",
        sources=(SMARTSCREEN,),
        facts=(
            Fact(
                "state",
                "string",
                "what happens to programs that SmartScreen does not know; not set: Windows warns in most releases",
                ("off", "warn", "administrator", "block"),
            ),
            Fact("by_policy", "boolean", "policy decides that"),
        ),
        parse=parse,
    ),
    Probe(
        name="collaboration",
        sources=(COLLABORATION, CAMERAS),
        facts=(
            Fact("camera.devices", "strings", "cameras and scanners that Windows has and that are not disabled"),
            Fact("camera.allowed", "boolean", "policy lets cameras be used at all (AllowCamera)"),
            *(
                fact
                for name in _APPS
                for fact in (
                    Fact(f"{name}.apps", "string", f"policy on the {name} for store apps", tuple(_CHOICE.values())),
                    Fact(f"{name}.consent", "boolean", f"the machine's privacy setting lets the {name} be used"),
                )
            ),
        ),
        parse=parse_collaboration,
    ),
    Probe(
        name="printing",
        sources=(PRINTING,),
        facts=(
            Fact(
                "remote_spooler", "string", "print jobs of other hosts; not set: accepted once a printer is shared", ("accepted", "refused")
            ),
            *(
                Fact(name, "boolean", f"{meaning}" if name == "no_warning_on_install" else f"set: {meaning}")
                for name, (_, meaning) in _PRINTING.items()
            ),
            Fact("no_warning_on_update", "boolean", "updated printer drivers come without a question"),
            Fact("http_off", "boolean", "set: printing over HTTP is off"),
            Fact("http_drivers_off", "boolean", "set: printer drivers are not fetched over HTTP"),
        ),
        parse=parse_printing,
    ),
)
