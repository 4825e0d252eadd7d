"""The plain commands in a check's remediation: what an administrator of a Debian host would paste into a root shell.

A remediation speaks to several families: `Debian, Ubuntu: ...`, `RHEL: ...`, `All: ...`. Lines that are indented belong to the label
above them. `Write into FILE (mode NNNN):` is followed by the lines of that file.
"""

import re
import shlex
from collections.abc import Iterator

_LABEL = re.compile(
    r"(?P<label>(?:All|Debian|Ubuntu|RHEL|SUSE)\b[^:]*|Then|Then, on all of them|So that nothing else starts it):(?:\s+|$)(?P<rest>.*)"
)
_SEGMENT = re.compile(r"\s{3,}(?=(?:All|Debian|Ubuntu|RHEL|SUSE)\b[^:]*:)")
_WRITE = re.compile(r"Write into (/\S+) \(mode (\d{4})\):")
_COMMAND = re.compile(
    r"(?:sed|echo|printf|chmod|chown|chgrp|mkdir|install|touch|rm|ln|usermod|gpasswd|passwd|augenrules|sshd|dconf|systemctl|update-grub)(\s|$)"
    r"|sysctl -w net[.]|for |file="  # of the kernel's settings, only those of its network are a test host's own
)
_PERSON = re.compile(r"apt(-get)?\s|visudo|dpkg|pam-auth-update|make\s|create\s|write\s|Add\s|List\s|Write\s(?!into)")
_PLACEHOLDER = re.compile(r"(?<![$\w{])(?:NAME|FILE|FOLDER|HASH|USER|UNIT|GROUP|DEVICE|NEW-UID|OLD-UID|PATH|HOST|YOUR-\w+|VOLUME_GROUP)\b")


def plain_commands(remediation: str) -> list[str]:
    """The shell commands for Debian, in their order; empty where a person has to decide or install something."""
    found = list(_commands(remediation.splitlines()))
    return [] if any(command is None for command in found) else [command for command in found if command]


def _commands(lines: list[str]) -> Iterator[str | None]:
    """Each command; None for what only a person can do."""
    ours, rest = True, list(lines)
    while rest:
        line = rest.pop(0)
        if write := _WRITE.match(line):
            content = []
            while rest and rest[0].startswith("  "):
                content.append(rest.pop(0).strip())
            yield _append(write[1], write[2], content)
            continue
        for segment in _SEGMENT.split(line):
            label = _LABEL.match(segment.strip())
            if label:
                ours = bool(re.match(r"All|Debian|Ubuntu|Then|So that", label["label"]))
            elif not line.startswith("  "):
                ours = True
            yield from _of_segment(label["rest"] if label else segment.strip()) if ours else ()


def _append(path: str, mode: str, lines: list[str]) -> str:
    folder, file = shlex.quote(path.rpartition("/")[0]), shlex.quote(path)
    return f"mkdir -p {folder} && printf '%s\\n' {' '.join(map(shlex.quote, lines))} >>{file} && chmod {mode} {file}"


def _of_segment(text: str) -> Iterator[str | None]:
    command = re.sub(r"\s{2,}\(.*\)\s*$", "", text)
    if _PERSON.match(command):
        yield None
    elif _COMMAND.match(command):
        yield None if _PLACEHOLDER.search(command) else command
