"""The terminals at which root may log in directly, where a login asks pam_securetty."""

from typing import Any

from collector.facts import Fact
from collector.files import read_files
from collector.linux.pam import STACKS
from collector.linux.pam_stack import build, flat, has_service
from collector.probe import Frames, Probe


def parse(frames: Frames) -> dict[str, Any]:
    """{"terminals": ["console", "tty1"], "virtual_consoles": [], "asked": True}; terminals is null where there is no file."""
    if frames.absent(STACKS):
        return {"virtual_consoles": [], "asked": False}
    files = read_files(frames.text(STACKS))
    lines = files.lines("/etc/securetty")
    terminals = None if lines is None else [text for line in lines if (text := line.split("#", 1)[0].strip())]
    return {
        "terminals": terminals,
        "virtual_consoles": [name for name in terminals or [] if name.startswith("vc/")],
        "asked": has_service(files, "login") and any(rule.module == "pam_securetty" for rule in flat(build(files, "login", "auth"))),
    }


PROBES = (
    Probe(
        name="securetty",
        sources=(STACKS,),
        facts=(
            Fact("terminals", "strings", "terminals named in /etc/securetty; not set when there is no such file"),
            Fact("virtual_consoles", "strings", "those of the form vc/1"),
            Fact("asked", "boolean", "logins at terminals ask pam_securetty"),
        ),
        parse=parse,
    ),
)
