"""Which operating system this is, by os-release, and whether a container is all there is."""

from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.files import Files
from collector.linux.shown import said, settings, split_shown
from collector.probe import Frames, Probe, ProbeError, Source

OS_RELEASE = Source(
    "os.release",
    """
if have systemd-detect-virt; then echo "container $(systemd-detect-virt --container)"
elif [ -e /run/.containerenv ] || [ -e /.dockerenv ]; then echo 'container other'
fi
show /etc/os-release /usr/lib/os-release
""",
)
FAMILIES = {
    "debian": ("debian", "ubuntu"),
    "rhel": ("rhel", "fedora", "centos", "rocky", "almalinux", "ol", "amzn"),
    "suse": ("suse", "sles", "opensuse", "opensuse-leap", "opensuse-tumbleweed", "sled", "sle-micro", "sl-micro"),
}


def parse(frames: Frames) -> dict[str, Any]:
    """{"id": "rocky", "id_like": ["rhel", "centos", "fedora"], "version_id": "9.4", "family": "rhel", "name": "Rocky Linux 9.4", "container": False}"""  # noqa: E501 - one value on one line
    own, files = split_shown(frames.text(OS_RELEASE))
    release = dict(settings(_release_lines(files)))
    like = release.get("ID_LIKE", "").split()
    return {
        "id": release.get("ID", "linux"),  # os-release(5): linux where ID is not set
        "id_like": like,
        "version_id": release.get("VERSION_ID") or None,
        "name": release.get("PRETTY_NAME", "Linux"),
        "family": _family([release.get("ID", "linux"), *like]),
        "container": _container(said(own, "container")),
    }


def _release_lines(files: Files) -> tuple[str, ...]:
    # /etc/os-release is the only one read where it exists; the other is the vendor's
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        lines = files.lines(path)
        if lines is not None:
            return lines
    raise ProbeError("os.release: neither /etc/os-release nor /usr/lib/os-release exists, so the operating system is not known")


def _family(names: list[str]) -> str:
    return next((family for name in names for family, members in FAMILIES.items() if name in members), "other")


def _container(words: list[str]) -> Value | Unknown:
    if not words:
        return Unknown("os.release: systemd-detect-virt is not installed, so a container cannot be told from a machine")
    return words[0] != "none"


PROBES = (
    Probe(
        name="os",
        sources=(OS_RELEASE,),
        facts=(
            Fact("id", "string", "ID of os-release, as in debian, rhel, rocky, opensuse-leap"),
            Fact("id_like", "strings", "ID_LIKE of os-release"),
            Fact("version_id", "string", "VERSION_ID of os-release, as in 12 or 9.4"),
            Fact("name", "string", "PRETTY_NAME of os-release"),
            Fact("family", "string", "whose layout and tools it has", ("debian", "rhel", "suse", "other")),
            Fact("container", "boolean", "the script ran inside a container, so kernel and boot are another host's"),
        ),
        parse=parse,
    ),
)
