"""Software of kinds that an organization decides about: remote control, file exchange, tunnels, backup, scanners; containers' sockets."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from collector.facts import Fact, Unknown
from collector.linux import units
from collector.linux.packages import PACKAGES, installed
from collector.linux.shown import addressable, said
from collector.probe import Frames, Probe, ProbeError, Source

# kind -> product -> programs, folders and packages that show it
KINDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "remote_control": {
        "anydesk": ("anydesk",),
        "chrome-remote-desktop": ("/opt/google/chrome-remote-desktop", "chrome-remote-desktop"),
        "dwservice": ("/usr/share/dwagent",),
        "gnome-remote-desktop": ("gnome-remote-desktop", "grdctl"),
        "krfb": ("krfb",),
        "meshagent": ("/usr/local/mesh_services/meshagent", "/opt/meshagent"),
        "nomachine": ("/usr/NX",),
        "rustdesk": ("rustdesk",),
        "screenconnect": ("/opt/screenconnect",),
        "splashtop": ("/opt/splashtop-streamer",),
        "teamviewer": ("teamviewer", "/opt/teamviewer"),
        "tigervnc": ("Xvnc", "x0vncserver"),
        "vino": ("vino",),
        "x11vnc": ("x11vnc",),
        "xrdp": ("xrdp",),
    },
    "file_exchange": {
        "dropbox": ("dropbox", "nautilus-dropbox", "/opt/dropbox"),
        "filezilla": ("filezilla",),
        "insync": ("insync",),
        "megasync": ("megasync",),
        "nextcloud": ("nextcloud", "nextcloud-desktop", "nextcloud-client"),
        "onedrive": ("onedrive",),
        "owncloud": ("owncloud", "owncloud-client"),
        "rclone": ("rclone",),
        "syncthing": ("syncthing",),
    },
    "tunnels": {
        "cloudflared": ("cloudflared",),
        "frp": ("frpc",),
        "ngrok": ("ngrok",),
        "tailscale": ("tailscaled",),
        "tor": ("tor",),
        "zerotier": ("zerotier-one",),
    },
    "backup": {
        "acronis": ("/usr/lib/Acronis",),
        "amanda": ("amdump", "/etc/amanda"),
        "bacula": ("bacula-fd",),
        "bareos": ("bareos-fd",),
        "borg": ("borg",),
        "burp": ("burp",),
        "commvault": ("/opt/commvault",),
        "duplicity": ("duplicity",),
        "kopia": ("kopia",),
        "netbackup": ("/usr/openv/netbackup",),
        "restic": ("restic",),
        "rsnapshot": ("rsnapshot",),
        "urbackup": ("urbackupclientbackend",),
        "veeam": ("veeamconfig", "/opt/veeam"),
    },
    "vulnerability_scanners": {
        "insightvm": ("/opt/rapid7/ir_agent",),
        "nessus-agent": ("/opt/nessus_agent",),
        "openscap": ("oscap",),
        "qualys": ("/usr/local/qualys/cloud-agent",),
        "tanium": ("/opt/Tanium",),
        "trivy": ("trivy",),
        "wazuh": ("/var/ossec",),
    },
    "conferencing": {
        "discord": ("discord",),
        "skype": ("skypeforlinux",),
        "slack": ("slack",),
        "teams": ("teams", "teams-for-linux"),
        "webex": ("/opt/Webex",),
        "zoom": ("zoom", "/opt/zoom"),
    },
}
_SIGNS = sorted({sign for products in KINDS.values() for signs in products.values() for sign in signs})
# Where systemd looks for a unit, the first found counts; and what steers containers there or adds to it.
_PLACES = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
_STEERING = ("docker.service", "docker.socket", "podman.service", "podman.socket")
_STEERED = " ".join(f"{place}/{unit}{ending}" for unit in _STEERING for place in _PLACES for ending in ("", ".d/*.conf"))
SOFTWARE = Source(
    "software",
    rf"""
for program in {" ".join(sign for sign in _SIGNS if not sign.startswith("/"))}; do
  if have $program; then echo "sign $program"; fi
done
for folder in {" ".join(sign for sign in _SIGNS if sign.startswith("/"))}; do
  if [ -e $folder ]; then echo "sign $folder"; fi
done
all=''
for file in /etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* /etc/crontab \
/var/spool/cron/root /var/spool/cron/crontabs/root /var/spool/cron/tabs/root /etc/systemd/system/*.service \
/etc/bacula/bacula-fd.conf /etc/bareos/bareos-fd.d/client/*.conf /etc/burp/burp.conf \
{_STEERED} /etc/default/docker /etc/sysconfig/docker; do
  case $file in *"$nl"*) continue ;; esac
  if [ -f "$file" ] && [ -r "$file" ]; then all="$all$nl$file"
  elif [ -f "$file" ] || out_of_sight "$file" || unlisted "$file"; then echo "hidden $file"
  fi
done
IFS=$nl; set -f
[ -z "$all" ] || awk '
  function steer() {{
    key = $0; sub(/[ \t]*=.*/, "", key); sub(/^[ \t]*/, "", key); value = $0; sub(/^[^=]*=[ \t]*/, "", value); words = ""
    if (value == "") words = " reset"
    if (value ~ /(^|[^a-z])tcp:\/\// || (key == "ListenStream" && value ~ /^[^\/%@]/)) words = words " tcp"
    if (value ~ /--tlsverify/ && value !~ /--tlsverify=(false|0)/) words = words " tlsverify"
    if (value ~ /--insecure-registry/) words = words " insecure"
    if (value ~ /--userns-remap/) words = words " userns"
    if (value ~ /--icc=(false|0)/) words = words " separate"
    if (value ~ /--no-new-privileges/ && value !~ /--no-new-privileges=(false|0)/) words = words " nonew"
    if (value ~ /[$]/) words = words " options"
    print "steer " FILENAME " " key words
  }}
  FNR == 1 {{ held = "" }}
  /^[ \t]*[#;]/ {{ next }}
  FILENAME ~ /\/(docker|podman)(\.(service|socket)(\.d\/[^\/]*)?)?$/ {{
    sub(/\r$/, "")
    if (sub(/\\$/, " ")) {{ held = held $0; next }}
    $0 = held $0; held = ""
    if ($0 ~ /^[ \t]*(ExecStart|ListenStream|[A-Z_]*OPT(S|IONS))[ \t]*=/) steer()
    next
  }}
  FILENAME ~ /bacula|bareos/ {{ if (tolower($0) ~ /^[ \t]*pki *encryption *= *(yes|true|on|1)/) print "sealed " FILENAME; next }}
  FILENAME ~ /burp.conf$/ {{ if ($0 ~ /^[ \t]*encryption_password/) print "sealed " FILENAME; next }}
  FILENAME ~ /\.service$/ && !/^Exec/ {{ next }}
  {{
    for (i = 1; i <= NF; i++) {{
      word = $i; sub(/^[-@:+!]*(Exec[A-Za-z]*=[-@:+!]*)?/, "", word); sub(/.*\//, "", word)
      if (word ~ /^(borg|borgmatic|restic|duplicity|kopia|rsnapshot|amdump|burp|duply)$/) {{
        plain = $0 ~ /--no-encryption|--encryption[= ]none| -e none/ || word == "rsnapshot"
        print "job " (plain ? "plain " : "own ") word " " FILENAME
        next
      }}
    }}
  }}' $all
set +f
for socket in /run/docker.sock /run/podman/podman.sock /run/containerd/containerd.sock /run/crio/crio.sock /run/snapd-docker.sock \
/run/lxd/unix.socket /var/lib/incus/unix.socket /var/snap/lxd/common/lxd/unix.socket /run/libvirt/libvirt-sock; do
  if [ -S $socket ]; then stat -c 'socket %a %U %G %n' $socket; fi
done
if grep -Eqs '^[[:space:]]*auth_unix_rw[[:space:]]*=[[:space:]]*"none"' /etc/libvirt/libvirtd.conf /etc/libvirt/virtproxyd.conf; then
  echo 'libvirt unasked'
fi
file=/etc/docker/daemon.json
if [ -f $file ] && [ -r $file ]; then
  awk '{{ gsub(/[ \t\r]/, ""); all = all $0 }} END {{
    if (all ~ /"hosts":\[[^]]*"tcp:/) print "docker tcp"
    if (all ~ /"tlsverify":true/) print "docker tlsverify"
    if (all ~ /"userns-remap":"[^"]/) print "docker userns"
    if (all ~ /"icc":false/) print "docker separate"
    if (all ~ /"no-new-privileges":true/) print "docker nonew"
    if (all ~ /"insecure-registries":\["/) print "docker insecure"
  }}' $file
elif [ -e $file ] || out_of_sight $file; then echo "hidden $file"
fi
""",
)
_OF_CONTAINERS = re.compile(r"/(docker|podman)\b").search
ENCRYPTING = ("borg", "borgmatic", "restic", "duplicity", "duply", "kopia")  # these encrypt unless they are told not to


def _own(frames: Frames) -> list[list[str]]:
    return [line.split(" ", 1) for line in frames.text(SOFTWARE).splitlines() if line]


def parse_software(frames: Frames) -> dict[str, Any]:
    """{"remote_control": ["anydesk"], "file_exchange": [], "tunnels": [], "backup": ["restic"], ...}"""
    signs = set(said(_own(frames), "sign"))
    with suppress(ProbeError):  # programs and folders alone show most of them, also where no package manager is known
        signs |= set(installed(frames))
    return {kind: sorted(name for name, marks in products.items() if signs & set(marks)) for kind, products in KINDS.items()}


def parse_backup(frames: Frames) -> dict[str, Any]:
    """{"jobs": ["restic: /etc/cron.d/backup"], "encrypted": ["restic: ..."], "plain": []}"""
    own = _own(frames)
    hidden = [path for path in said(own, "hidden") if not _OF_CONTAINERS(path)]
    if hidden:
        raise ProbeError(f"{hidden[0]}: permission denied; collect as root or with sudo")
    rows = sorted({tuple(line.split(" ", 2)) for line in said(own, "job")})
    agents = [name for name in ("bacula", "bareos", "burp") if name in parse_software(frames)["backup"]]
    sealed = [name for name in agents if any(name in path for path in said(own, "sealed"))]
    return {
        "jobs": [*(f"{name}: {path}" for _, name, path in rows), *agents],
        "encrypted": [*(f"{name}: {path}" for how, name, path in rows if how == "own" and name in ENCRYPTING), *sealed],
        "plain": [*(f"{name}: {path}" for how, name, path in rows if how == "plain"), *(name for name in agents if name not in sealed)],
    }


def parse_containers(frames: Frames) -> dict[str, Any]:
    """{"sockets": {"/run/docker.sock": {"mode": "0660", ...}}, "open_sockets": [], "docker": {"tcp": false, ...}}"""
    own = _own(frames)
    rows = [line.split(" ", 3) for line in said(own, "socket")]
    says = _steered([line.split(" ") for line in said(own, "steer")])
    return {
        "sockets": {
            path: {"mode": f"{int(mode, 8):04o}", "owner": owner, "group": group} for mode, owner, group, path in rows if addressable(path)
        },
        "open_sockets": sorted(path for mode, _, _, path in rows if int(mode, 8) & 0o006 and not _guarded(path, own)),
        "running": units.running(frames, ("docker.service", "containerd.service", "crio.service", "podman.service")),
        "docker": _closed(own, "docker") or _docker(set(said(own, "docker")) | says["docker"]),
        "podman": _closed(own, "podman") or {"tcp": "tcp" in says["podman"]},
    }


def _guarded(path: str, own: list[list[str]]) -> bool:
    """Podman's socket lies in a folder of root's; libvirt asks polkit who calls, unless it was told not to."""
    return "podman/podman" in path or ("/libvirt/" in path and not said(own, "libvirt"))


def _closed(own: list[list[str]], program: str) -> Unknown | None:
    """Why nothing can be told of a program's settings; None where all of them could be read."""
    hidden = [path for path in said(own, "hidden") if f"/{program}" in path]
    return Unknown(f"{hidden[0]}: permission denied; collect as root or with sudo") if hidden else None


def _steered(rows: list[list[str]]) -> dict[str, set[str]]:
    """Program -> what its units and the options that they name say: tcp, tlsverify, insecure, ..."""
    found: dict[str, set[str]] = {}
    for program in ("docker", "podman"):
        words = {word for unit in _STEERING if unit.startswith(program) for word in _unit_words(unit, rows)}
        options = {word for path, _, *more in rows if path in {f"/etc/default/{program}", f"/etc/sysconfig/{program}"} for word in more}
        found[program] = words | (options if "options" in words else set())
    return found


def _unit_words(unit: str, rows: list[list[str]]) -> set[str]:
    """What a unit with its drop-ins comes to: an empty setting takes back those before it."""
    paths = {row[0] for row in rows}
    main = next((path for place in _PLACES if (path := f"{place}/{unit}") in paths), "")
    dropped: dict[str, str] = {}
    for place in _PLACES:
        for path in sorted(paths):
            if path.startswith(f"{place}/{unit}.d/"):
                dropped.setdefault(path.rpartition("/")[2], path)
    words: set[str] = set()
    for wanted in (main, *(dropped[name] for name in sorted(dropped))):
        for path, _, *more in rows:
            if path == wanted:
                words = set() if more == ["reset"] else words | set(more)
    return words


def _docker(words: set[str]) -> dict[str, bool]:
    return {
        "tcp": "tcp" in words,
        "tls_verified": "tlsverify" in words,
        "user_namespaces": "userns" in words,
        "separated": "separate" in words,
        "no_new_privileges": "nonew" in words,
        "insecure_registries": "insecure" in words,
    }


_MEANINGS = {
    "remote_control": "installed software by which others see or steer the screen",
    "file_exchange": "installed software that copies files to other people's servers",
    "tunnels": "installed software that joins the host to networks past the boundary",
    "backup": "installed backup software",
    "vulnerability_scanners": "installed vulnerability scanners and their agents",
    "conferencing": "installed conferencing software, which uses camera and microphone",
}
_DOCKER = {
    "tcp": "Docker listens on TCP, by daemon.json, by its unit or by its socket",
    "tls_verified": "it asks its callers for a certificate there",
    "user_namespaces": "root in a container is not root of the host",
    "separated": "containers cannot reach each other unless they are linked",
    "no_new_privileges": "programs in containers gain no rights",
    "insecure_registries": "images are taken from servers that are not checked",
}
PROBES = (
    Probe(
        name="backup",
        sources=(SOFTWARE, PACKAGES),
        facts=(
            Fact("jobs", "strings", "backup jobs of cron and of own units, and agents that wait for a server"),
            Fact("encrypted", "strings", "those that encrypt before they store: by their nature, or by a setting that was read"),
            Fact("plain", "strings", "those that store as it is"),
        ),
        parse=parse_backup,
    ),
    Probe(
        name="containers",
        sources=(SOFTWARE, units.RUNNING),
        facts=(
            Fact("sockets.*.mode", "string", "mode of a socket through which containers or machines are steered, in four octal digits"),
            Fact("sockets.*.owner", "string", "its owner"),
            Fact("sockets.*.group", "string", "its group: whoever is in it is as good as root"),
            Fact("open_sockets", "strings", "those that everybody may use"),
            Fact("running", "strings", "container services that run now"),
            *(Fact(f"docker.{name}", "boolean", meaning) for name, meaning in _DOCKER.items()),
            Fact("podman.tcp", "boolean", "Podman takes orders on TCP, where it asks nobody who they are"),
        ),
        parse=parse_containers,
        version=2,
    ),
    Probe(
        name="software",
        sources=(SOFTWARE, PACKAGES),
        facts=tuple(Fact(kind, "strings", meaning) for kind, meaning in _MEANINGS.items()),
        parse=parse_software,
    ),
)
