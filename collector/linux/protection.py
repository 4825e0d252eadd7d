"""What watches the host's files: checks of integrity (AIDE, Tripwire) and protection against malicious code."""

import re
from typing import Any

from collector.aging import Aging
from collector.facts import Fact, Unknown
from collector.linux import units
from collector.probe import Frames, Probe, ProbeError, Source

INTEGRITY = Source(
    "integrity.state",
    """
for program in aide tripwire samhain afick; do if have $program; then echo "program $program"; fi; done
for file in /etc/aide/aide.conf /etc/aide.conf; do
  [ -r "$file" ] || continue
  awk '/^[ \\t]*(database|database_in|@@define[ \\t]+DBDIR)/ { print "conf " $0 }
       $1 ~ /^=?\\/(usr\\/)?s?bin\\/(auditctl|auditd|ausearch|aureport|autrace|augenrules|rsyslogd)$/ { print "tool " $1 }' "$file"
done
for file in /var/lib/aide/aide.db /var/lib/aide/aide.db.gz /var/lib/tripwire/*.twd; do
  if [ -e "$file" ]; then echo "database $file"; elif out_of_sight "$file"; then echo "hidden $file"; fi
done
for file in /etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* /etc/crontab /etc/anacrontab \
/var/spool/cron/root /var/spool/cron/crontabs/root /var/spool/cron/tabs/root; do
  case $file in *"$nl"*) continue ;; esac
  if [ -f "$file" ] && [ -r "$file" ]; then all="${all-}$nl$file"
  elif out_of_sight "$file"; then echo "hidden $file"
  fi
done
IFS=$nl; set -f
[ -z "${all-}" ] || awk '!/^[ \\t]*#/ && /aide|tripwire/ { print "job " FILENAME; nextfile }
  !/^[ \\t]*#/ && /clamscan|clamdscan|mdatp scan|savscan|uvscan/ { print "scan " FILENAME; nextfile }' $all
""",
)
MALWARE = Source(
    "malware.state",
    """
for program in clamscan clamd clamonacc freshclam mdatp sav savdstatus sentinelctl wazuh-control rkhunter chkrootkit; do
  if have $program; then echo "program $program"; fi
done
for folder in /opt/CrowdStrike /opt/sentinelone /opt/microsoft/mdatp /opt/sophos-spl /opt/traps /opt/ds_agent /opt/eset /opt/McAfee \
/opt/carbonblack /var/opt/wazuh-agent /var/ossec; do
  if [ -d "$folder" ]; then echo "folder $folder"; fi
done
for file in /var/lib/clamav/daily.cld /var/lib/clamav/daily.cvd; do
  if [ -r "$file" ]; then printf 'signatures '; head -c 90 "$file" | tr -d '\\000' | awk 'NR == 1'; echo; break
  elif out_of_sight "$file"; then echo "hidden $file"; break
  fi
done
for file in /etc/clamav/clamd.conf /etc/clamd.conf /etc/clamd.d/scan.conf; do
  if [ -f "$file" ] && [ -r "$file" ]; then awk '$1 ~ /^OnAccess(IncludePath|MountPath)$/ { print "onaccess " $2 }' "$file"
  elif [ -f "$file" ] || out_of_sight "$file"; then echo "hidden $file"
  fi
done
for file in /etc/clamav/freshclam.conf /etc/freshclam.conf; do
  if [ -f "$file" ] && [ -r "$file" ]; then awk '$1 == "Checks" { print "checks " $2 }' "$file"
  elif [ -f "$file" ] || out_of_sight "$file"; then echo "hidden $file"
  fi
done
""",
)
TIMERS = ("aidecheck.timer", "dailyaidecheck.timer", "aide.timer", "aide-check.timer")
PRODUCTS = {
    "clamav": ("clamav-daemon.service", "clamd.service", "clamd@scan.service"),
    "defender": ("mdatp.service",),
    "crowdstrike": ("falcon-sensor.service",),
    "sentinelone": ("sentinelone.service",),
    "carbon-black": ("cbagentd.service", "cbdaemon.service"),
    "trend-micro": ("ds_agent.service",),
    "sophos": ("sophos-spl.service", "sav-protect.service"),
    "eset": ("esets.service", "eea.service"),
    "trellix": ("mfetpd.service", "mfeespd.service", "ma.service"),
    "cortex": ("traps_pmd.service", "cortex-xdr.service", "cyserver.service"),
    "elastic": ("elastic-agent.service",),
}
_MARKS = {
    "clamav": ("clamd", "clamscan"), "defender": ("mdatp", "/opt/microsoft/mdatp"), "crowdstrike": ("/opt/CrowdStrike",),
    "sentinelone": ("/opt/sentinelone", "sentinelctl"), "carbon-black": ("/opt/carbonblack",), "trend-micro": ("/opt/ds_agent",),
    "sophos": ("/opt/sophos-spl", "sav"), "eset": ("/opt/eset",), "trellix": ("/opt/McAfee",), "cortex": ("/opt/traps",),
}  # fmt: skip
REAL_TIME = tuple(unit for name, names in PRODUCTS.items() if name != "clamav" for unit in names)
ON_ACCESS = ("clamav-clamonacc.service", "clamonacc.service")
UPDATERS = ("clamav-freshclam.service", "clamav-freshclam-once.timer", "clamav-freshclam.timer", "freshclam.service", "freshclam.timer")


def _words(text: str, word: str) -> list[str]:
    return [line[len(word) + 1 :].strip() for line in text.splitlines() if line.startswith(f"{word} ")]


def parse_integrity(frames: Frames) -> dict[str, Any]:
    """{"installed": ["aide"], "databases": [...], "scheduled": true, "jobs": [...], "covers_audit_tools": [...]}"""
    text = frames.text(INTEGRITY)
    hidden = _words(text, "hidden")
    timers = units.starting(frames, TIMERS)
    jobs = _words(text, "job")
    unseen = Unknown(f"{hidden[0]}: permission denied; collect as root or with sudo") if hidden else None
    scheduled: Any = True if jobs else unseen or (timers if isinstance(timers, Unknown) else bool(timers))
    return {
        "installed": _words(text, "program"),
        "databases": _words(text, "database") or next((unseen for path in hidden if "/lib/" in path), []),
        "scheduled": scheduled,
        "jobs": sorted({*jobs, *(timers if not isinstance(timers, Unknown) else ())}),
        "covers_audit_tools": sorted({path.lstrip("=").replace("/usr/", "/") for path in _words(text, "tool")}),
    }


def parse_malware(frames: Frames) -> dict[str, Any]:
    """{"products": ["clamav"], "enabled": [...], "running": [...], "real_time": true, "signatures_date": "2026-11-20", ...}"""
    text = frames.text(MALWARE)
    marks = {*_words(text, "program"), *_words(text, "folder")}
    own = [product for product, signs in _MARKS.items() if marks & set(signs)]
    all_units = tuple(unit for names in PRODUCTS.values() for unit in names)
    starting, running = units.starting(frames, all_units), units.running(frames, all_units)
    return {
        "products": own,
        "enabled": _products(starting),
        "running": _products(running),
        "real_time": _real_time(frames, text),
        "updates_itself": _updates(frames, text),
        "signatures_date": _signatures(text),
        "scheduled_scans": scans(frames),
    }


def _products(found: list[str] | Unknown) -> list[str] | Unknown:
    return found if isinstance(found, Unknown) else [name for name, names in PRODUCTS.items() if set(names) & set(found)]


def _real_time(frames: Frames, text: str) -> bool | Unknown:
    """An agent that looks at files as they are used, or ClamAV's with something to watch: without a path it watches nothing and ends."""
    agents, on_access = units.starting(frames, REAL_TIME), units.starting(frames, ON_ACCESS)
    if isinstance(agents, Unknown):
        return agents
    if isinstance(on_access, Unknown):
        return on_access
    if agents or not on_access or _words(text, "onaccess"):
        return bool(agents or on_access)
    hidden = next((path for path in _words(text, "hidden") if "clamd" in path), None)
    return Unknown(f"{hidden}: permission denied; collect as root or with sudo") if hidden else False


def scans(frames: Frames) -> list[str] | Unknown:
    """The scheduled jobs that scan for malicious code."""
    try:
        text = frames.text(INTEGRITY)
    except ProbeError as error:
        return Unknown(str(error))
    found, hidden = _words(text, "scan"), _words(text, "hidden")
    return found if found or not hidden else Unknown(f"{hidden[0]}: permission denied; collect as root or with sudo")


def _updates(frames: Frames, text: str) -> bool | Unknown:
    """Whether signatures are renewed without a person: freshclam as a service with its checks on, or an agent that does it itself."""
    agents, fresh = units.starting(frames, REAL_TIME), units.starting(frames, UPDATERS)
    if isinstance(agents, Unknown) or isinstance(fresh, Unknown):
        return agents if isinstance(agents, Unknown) else Unknown("which services start was not read")
    if agents:
        return True
    hidden = next((path for path in _words(text, "hidden") if "freshclam" in path), None)
    checks = _words(text, "checks")
    if hidden:
        return Unknown(f"{hidden}: permission denied; collect as root or with sudo")
    return bool(fresh) and (not checks or checks[-1] != "0") and "program freshclam" in text


_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def _signatures(text: str) -> str | Unknown | None:
    found = next((re.match(r"ClamAV-VDB:(\d\d?) ([A-Z][a-z]{2}) (\d{4})", line) for line in _words(text, "signatures")), None)
    if found and found[2] in _MONTHS:
        return f"{found[3]}-{_MONTHS.index(found[2]) // 3 + 1:02d}-{int(found[1]):02d}"
    hidden = [path for path in _words(text, "hidden") if "/lib/clamav/" in path]
    return Unknown(f"{hidden[0]}: permission denied; collect as root or with sudo") if hidden else None


def derive(aging: Aging) -> None:
    """How old the signatures are."""
    aging.fill("signatures_age_days", since="signatures_date")


PROBES = (
    Probe(
        name="integrity",
        sources=(INTEGRITY, units.ENABLED),
        facts=(
            Fact("installed", "strings", "programs that check the integrity of files: aide, tripwire, samhain, afick"),
            Fact("databases", "strings", "their databases; without one nothing can be compared"),
            Fact("scheduled", "boolean", "a timer or a cron job runs the check"),
            Fact("jobs", "strings", "those jobs and timers"),
            Fact("covers_audit_tools", "strings", "audit tools that AIDE's configuration names by themselves, without /usr"),
        ),
        parse=parse_integrity,
    ),
    Probe(
        name="malware",
        sources=(MALWARE, INTEGRITY, units.ENABLED, units.RUNNING),
        facts=(
            Fact("products", "strings", "products against malicious code that are installed"),
            Fact("enabled", "strings", "those whose service starts with the host"),
            Fact("running", "strings", "those whose service runs now"),
            Fact(
                "real_time",
                "boolean",
                "one that looks at files as they are used starts with the host, and was told which (ClamAV: OnAccessIncludePath)",
            ),
            Fact("updates_itself", "boolean", "signatures are renewed without a person"),
            Fact("signatures_date", "string", "date of ClamAV's daily signatures, null where there are none"),
            Fact("signatures_age_days", "integer", "days since then"),
            Fact("scheduled_scans", "strings", "cron jobs that scan"),
        ),
        parse=parse_malware,
        derive=derive,
    ),
)
