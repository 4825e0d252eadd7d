"""What is shown to people before and after they log in."""

import re
from typing import Any

from collector.facts import Fact, Unknown
from collector.files import File, Files, need_whole, read_files
from collector.linux.sshd import EFFECTIVE, said_by
from collector.probe import Frames, Probe, ProbeError, Source

BANNERS = Source(
    "banners",
    "show /etc/issue /usr/lib/issue /etc/issue.net /etc/motd /usr/lib/motd /etc/issue.d/*.issue /etc/motd.d/*",
)
FILES = ("issue", "issue_net", "motd")
PATHS = {
    "issue": ("/etc/issue", "/usr/lib/issue"),
    "issue_net": ("/etc/issue.net",),
    "motd": ("/etc/motd", "/usr/lib/motd"),
}
FOLDERS = {"issue": "/etc/issue.d", "motd": "/etc/motd.d"}
# Escapes of agetty that show kernel or distribution, and the names in the texts that distributions come with.
SYSTEM = re.compile(
    r"\\[mrsvS]|Debian GNU/Linux|Ubuntu \d|Red Hat Enterprise|CentOS|Rocky Linux|AlmaLinux|Fedora|SUSE Linux|openSUSE|Oracle Linux"
)
LONGEST = 20000


def parse(frames: Frames) -> dict[str, Any]:
    """{"issue": {"text": "Authorized use only", "mode": "644", ...}, "issue_net": {...}, "motd": {...}, "sshd": {...}}"""
    files = read_files(frames.text(BANNERS))
    return {name: _file(files, name) for name in FILES} | {"sshd": _known_sshd(frames)}


def _file(files: Files, name: str) -> dict[str, Any] | Unknown:
    """The first of the file's places that exists, and behind it the texts of its directory."""
    main = next((files.by_path[p] for p in PATHS[name] if p in files.by_path and files.by_path[p].state != "missing"), None)
    try:
        parts = [main] if main else []
        parts += files.under(FOLDERS[name]) if name in FOLDERS else []
        text = _text(parts)
    except ProbeError as error:
        return Unknown(str(error))
    return {
        "path": main.path if main else None,
        "text": text if parts else None,
        "empty": not text,
        "tells_system": SYSTEM.search(text) is not None,
        "words": len(re.findall(r"[A-Za-z]{2,}", text)),
        "mode": f"{main.mode:o}" if main and main.mode is not None else None,
        "uid": main.uid if main else None,
        "gid": main.gid if main else None,
        "writable_by_others": bool(main.mode & 0o022) if main and main.mode is not None else None,
    }


def _text(files: list[File]) -> str:
    """The words of all files on one line, so that line ends and indentation do not matter where texts are compared."""
    return " ".join(word for file in files for line in need_whole(file).lines for word in line.split())[:LONGEST]


def _known_sshd(frames: Frames) -> dict[str, Any] | Unknown:
    try:
        return {"path": None} if frames.absent(EFFECTIVE) else _sshd(said_by(frames, EFFECTIVE))
    except ProbeError as error:
        return Unknown(str(error))


def _sshd(said: str) -> dict[str, Any]:
    lines = said.splitlines(keepends=True)
    path = next((line.split(None, 1)[1].strip() for line in lines if line.startswith("banner ")), "none")
    if path == "none":
        return {"path": None, "readable": False, "empty": True}
    if not path.startswith("/"):
        return {"path": path, "readable": False, "empty": True}
    file = read_files(
        "".join(line for line in lines if line.startswith(("@stat", "@text", "@cut", "@missing", "@odd", "@unr", "@dir", ":")))
    ).get(path)
    if file.state != "read":
        return {"path": path, "readable": False, "empty": True}
    text = _text([file])
    return {"path": path, "readable": True, "text": text, "empty": not text}


def _file_facts(name: str, what: str) -> tuple[Fact, ...]:
    return (
        Fact(f"{name}.path", "string", f"the file that holds {what}; not set when there is none"),
        Fact(f"{name}.text", "string", f"{what}, with the texts of its directory, on one line"),
        Fact(f"{name}.empty", "boolean", "there is no text"),
        Fact(f"{name}.tells_system", "boolean", "the text names the distribution, or has an escape that shows it or the kernel"),
        Fact(f"{name}.words", "integer", "words of two letters or more in the text"),
        Fact(f"{name}.mode", "string", "mode in octal"),
        Fact(f"{name}.uid", "integer", "owner"),
        Fact(f"{name}.gid", "integer", "group"),
        Fact(f"{name}.writable_by_others", "boolean", "others than the owner may write it"),
    )


PROBES = (
    Probe(
        name="banners",
        sources=(BANNERS, EFFECTIVE),
        facts=(
            *_file_facts("issue", "what a console shows before a login"),
            *_file_facts("issue_net", "what network logins may show before"),
            *_file_facts("motd", "what is shown after a login"),
            Fact("sshd.path", "string", "the file that sshd shows before a login; not set when it shows none"),
            Fact("sshd.readable", "boolean", "that file exists and can be shown"),
            Fact("sshd.text", "string", "what sshd shows before a login, on one line"),
            Fact("sshd.empty", "boolean", "sshd shows no text before a login"),
        ),
        parse=parse,
    ),
)
