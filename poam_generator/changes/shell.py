"""A change of Linux hosts as a shell script for people to read and run."""

from collections.abc import Callable, Mapping
from typing import Final

from poam_generator.changes.group import PlannedChange
from poam_generator.changes.quote import shell as quote
from poam_generator.changes.script import head_of, part_lines
from poam_generator.changes.steps import Step, StepKind
from poam_generator.errors import PoamError

SYSCTL: Final = "/etc/sysctl.d/99-zz-closeout.conf"
SSHD: Final = "/etc/ssh/sshd_config.d/00-closeout.conf"
_SET_LINE: Final = r"""
# set_line FILE NAME LINE: the file says LINE, once, in the place of what it said of NAME. As it was at first it stays beside it;
# where the system has its own below /usr (SUSE), that is what the file begins with.
set_line() {
    [ -f "$1" ] || [ ! -f "/usr$1" ] || cp -p -- "/usr$1" "$1"
    [ ! -f "$1" ] || [ -e "$1.before-closeout" ] || cp -p -- "$1" "$1.before-closeout"
    new=$(mktemp)
    [ ! -f "$1" ] || NAME="$2" LINE="$3" awk '
        BEGIN { name = tolower(ENVIRON["NAME"]) }
        { first = tolower($1); sub(/=.*/, "", first) }
        first == name { if (!done++) print ENVIRON["LINE"]; next }
        { print }
        END { if (!done) print ENVIRON["LINE"] }' "$1" > "$new"
    [ -f "$1" ] || printf '%s\n' "$3" > "$new"
    cat "$new" > "$1"
    rm -f -- "$new"
}"""
SSHD_INCLUDES: Final = r"grep -Eqi '^[[:space:]]*include[[:space:]].*sshd_config\.d' /etc/ssh/sshd_config"
_SSHD_FIRST: Final = f"""
{SSHD_INCLUDES} || {{
    echo 'this sshd_config includes no directory: set the values of this script at its top by hand' >&2
    exit 1
}}"""
# A server that refuses its values would not start again: they are put aside before it comes to that.
SSHD_RELOAD: Final = f"""sshd -t || {{ mv -- {SSHD} {SSHD}.refused; exit 1; }}
systemctl reload ssh 2>/dev/null || systemctl reload sshd"""


def write_shell(change: PlannedChange) -> str:
    """The script; raises PoamError for a change that is none of Linux hosts."""
    if change.place.platform != "linux":
        raise PoamError(f"{change.place} is mended on Windows; export it as powershell")
    parts = [line for part in change.parts for line in ("", *part_lines(part, render))]
    touches_sshd = any(f"set_line {quote(SSHD)} " in line for line in parts)
    first = [_SSHD_FIRST] if touches_sshd else []
    last = ["", SSHD_RELOAD] if touches_sshd else []
    return "\n".join(["#!/bin/sh", head_of(change), "set -eu", _SET_LINE, *first, *parts, *last, ""])


def render(step: Step) -> str:
    """The step as commands of the shell."""
    return _RENDER[step.kind](step)


def _line(file: str, step: Step) -> str:
    return f"set_line {quote(file)} {quote(step.name)} {quote(f'{step.name}{step.sign}{step.value}')}"


def _sysctl(step: Step) -> str:
    told = quote(f"{step.name} cannot be set now; does this kernel have it?")
    return f"{_line(SYSCTL, step)}\nsysctl -w {quote(f'{step.name}={step.value}')} || echo {told} >&2"


def _module(step: Step) -> str:
    file = quote(f"/etc/modprobe.d/closeout-{step.name}.conf")
    return f"printf '%s\\n' {quote(f'install {step.name} /bin/false')} {quote(f'blacklist {step.name}')} > {file}"


def _if_there(step: Step, command: str) -> str:
    return f"[ ! -e {quote(step.where)} ] || {command}"


def _unit(step: Step) -> str:
    return f"! systemctl cat -- {quote(step.name)} >/dev/null 2>&1 || systemctl disable --now -- {quote(step.name)}"


def _owner(step: Step) -> str:
    command = "chown" if step.name == "owner" else "chgrp"
    return _if_there(step, f"{command} -- {quote(str(step.value))} {quote(step.where)}")


_RENDER: Final[Mapping[StepKind, Callable[[Step], str]]] = {
    "sysctl": _sysctl,
    "sshd": lambda step: _line(SSHD, step),
    "line": lambda step: _line(step.where, step),
    "module": _module,
    "mode": lambda step: _if_there(step, f"chmod -- {quote(str(step.value))} {quote(step.where)}"),
    "owner": _owner,
    "unit": _unit,
}
