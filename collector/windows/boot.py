"""How Windows was started, and what of its memory it writes to disk: crash dumps, hibernation, the paging file."""

from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, Source
from collector.windows.machine_values import CONTROL, POLICIES, known, machine_values, read_values

# The line of options also holds numbers that differ from start to start: only the words that weaken Windows are told.
OPTIONS = Source(
    "boot.options",
    r"""
$line = Read-Registry LocalMachine 'SYSTEM\CurrentControlSet\Control' 'SystemStartOptions'
if ($null -eq $line) { throw 'the registry holds no SystemStartOptions' }
foreach ($word in $line.ToUpperInvariant().Split([char[]]' ', [StringSplitOptions]::RemoveEmptyEntries)) {
  $plain = $word.TrimStart('/')
  if ($plain -match '^(TESTSIGNING|DEBUG|BOOTDEBUG|DISABLE_INTEGRITY_CHECKS|NOEXECUTE=\w+|SAFEBOOT:\w+|MINIMAL)$') { $plain }
}
'end'
""",
)
_DUMP, _PAGES = rf"{CONTROL}\CrashControl|CrashDumpEnabled", rf"{CONTROL}\CrashControl|FilterPages"
_HIBERNATE, _HIBERNATE_USUAL = rf"{CONTROL}\Power|HibernateEnabled", rf"{CONTROL}\Power|HibernateEnabledDefault"
_CLEARED = rf"{CONTROL}\Session Manager\Memory Management|ClearPageFileAtShutdown"
_PROGRAM_DUMPS = r"SOFTWARE\Microsoft\Windows\Windows Error Reporting\LocalDumps|DumpType"
_REPORTING, _REPORTING_POLICY = (
    r"SOFTWARE\Microsoft\Windows\Windows Error Reporting|Disabled",
    rf"{POLICIES}\Windows\Windows Error Reporting|Disabled",
)
_LOADING = r"SYSTEM\CurrentControlSet\Policies\EarlyLaunch|DriverLoadPolicy"
MEMORY = machine_values(
    "memory_on_disk", [_DUMP, _PAGES, _HIBERNATE, _HIBERNATE_USUAL, _CLEARED, _PROGRAM_DUMPS, _REPORTING, _REPORTING_POLICY]
)
EARLY_LAUNCH = machine_values("boot.early_launch", [_LOADING])
DUMPS = {0: "none", 1: "complete", 2: "kernel", 3: "small", 7: "automatic"}
LOADED = {8: "good", 1: "good_and_unknown", 3: "good_unknown_and_bad_but_critical", 7: "all"}


def parse(frames: Frames) -> dict[str, Any]:
    """{"test_signing": False, "debug": False, "integrity_checks_off": False, "safe_mode": False, "no_execute": "optout", ...}"""
    *words, end = frames.text(OPTIONS).split() or [""]
    whole: dict[str, Any] = {
        "test_signing": "TESTSIGNING" in words,
        "debug": bool({"DEBUG", "BOOTDEBUG"} & set(words)),
        "integrity_checks_off": "DISABLE_INTEGRITY_CHECKS" in words,
        "safe_mode": any(word.startswith(("SAFEBOOT:", "MINIMAL")) for word in words),
        "no_execute": next((word[10:].lower() for word in words if word.startswith("NOEXECUTE=")), None),
    }
    cut = dict.fromkeys(whole, Unknown("boot.options: the host's answer is not whole"))
    return (whole if end == "end" else cut) | {"drivers_loaded": read_values(frames, EARLY_LAUNCH).word(_LOADING, LOADED)}


def parse_memory(frames: Frames) -> dict[str, Any]:
    """{"crash_dump": "automatic", "hibernation": False, "paging_file_cleared": False, "program_dumps": None, "error_reporting": True}"""
    values = read_values(frames, MEMORY)
    dump = values.word(_DUMP, DUMPS)
    hibernation = values.flag(_HIBERNATE)
    policy, own = values.flag(_REPORTING_POLICY), values.flag(_REPORTING)
    unclear = next((value for value in (policy, own) if isinstance(value, Unknown)), None)
    return {
        "crash_dump": "active" if dump == "complete" and values.number(_PAGES) == 1 else dump,
        "hibernation": values.flag(_HIBERNATE_USUAL) if hibernation is None else hibernation,
        "paging_file_cleared": known(values.flag(_CLEARED), default=False),
        "program_dumps": values.word(_PROGRAM_DUMPS, {0: "custom", 1: "mini", 2: "full"}),
        "error_reporting": unclear or not (policy or own),
    }


PROBES = (
    Probe(
        name="boot",
        sources=(OPTIONS, EARLY_LAUNCH),
        facts=(
            Fact("test_signing", "boolean", "Windows was started so that it loads drivers signed for tests"),
            Fact("debug", "boolean", "it was started with the kernel or boot debugger"),
            Fact("integrity_checks_off", "boolean", "it was started without checks of driver signatures"),
            Fact("safe_mode", "boolean", "it was started in safe mode"),
            Fact("no_execute", "string", "data execution prevention it was started with: optin, optout, alwayson, alwaysoff"),
            Fact(
                "drivers_loaded",
                "string",
                "boot drivers that policy lets load; not set: all but bad ones that are not needed",
                tuple(LOADED.values()),
            ),
        ),
        parse=parse,
    ),
    Probe(
        name="memory_on_disk",
        sources=(MEMORY,),
        facts=(
            Fact("crash_dump", "string", "what is written when Windows crashes", (*DUMPS.values(), "active")),
            Fact("hibernation", "boolean", "hibernation, which writes all memory to disk, is on"),
            Fact("paging_file_cleared", "boolean", "the paging file is emptied when Windows shuts down"),
            Fact(
                "program_dumps",
                "string",
                "what is kept of every program that crashes; not set: the default of each program",
                ("custom", "mini", "full"),
            ),
            Fact("error_reporting", "boolean", "error reports may be sent"),
        ),
        parse=parse_memory,
    ),
)
