"""A change as Ansible tasks for people to read and run."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from poam_generator.changes import shell
from poam_generator.changes.group import Part, PlannedChange
from poam_generator.changes.quote import comment, is_host_pattern, plain
from poam_generator.changes.quote import yaml as quote
from poam_generator.changes.script import head_of, part_lines
from poam_generator.changes.shell import SSHD, SSHD_INCLUDES, SSHD_RELOAD, SYSCTL
from poam_generator.changes.steps import Step, StepKind, steps_of
from poam_generator.errors import PoamError

Module = tuple[str, Mapping[str, str | int | bool]]
_INDENT: Final = "    "
_BUILTIN: Final = "ansible.builtin"


def write_ansible(change: PlannedChange) -> str:
    """The playbook; raises PoamError for a Group Policy object, which no task of a host changes, and where no name fits."""
    if change.place.kind == "gpo":
        raise PoamError(f"{change.place} is changed where the domain is managed; export it as powershell")
    named = [host.host_name for host in change.hosts if is_host_pattern(host.host_name)]
    left_out = [host.host_name for host in change.hosts if not is_host_pattern(host.host_name)]
    if not named:
        raise PoamError(f"no host of the change {change.key} has a name that can stand in a playbook: {', '.join(map(plain, left_out))}")
    steps = [step for part in change.parts for setting in part.settings for step in steps_of(setting)]
    return "\n".join(
        [
            "---",
            head_of(change),
            *_notes(steps, left_out),
            f"- name: {quote(f'{change.key}: {change.place}')}",
            f"  hosts: {quote(','.join(named))}",
            *(["  become: true"] if change.place.platform == "linux" else []),
            "  tasks:",
            *_first_tasks(steps),
            *(line for part in change.parts for line in _task_lines(part)),
            *_last_tasks(steps),
            "",
        ]
    )


def _notes(steps: Iterable[Step], left_out: Sequence[str]) -> Iterator[str]:
    """What somebody has to know who runs it: the collections that it takes, and the hosts that it leaves out."""
    modules = {_MODULES[step.kind](step)[0].rpartition(".")[0] for step in steps}
    if collections := sorted(modules - {_BUILTIN}):
        yield comment(f"It needs {' and '.join(collections)} (ansible-galaxy collection install).")
    if left_out:
        yield comment(f"Left out, since their names cannot stand here: {', '.join(map(plain, left_out))}")


def _task_lines(part: Part) -> list[str]:
    def render(step: Step) -> str:
        module, arguments = _MODULES[step.kind](step)
        lines = [f"- name: {quote(f'{part.item}: {step.where or step.kind} {step.name}')}", f"  {module}:"]
        return "\n".join([*lines, *(f"    {key}: {quote(value)}" for key, value in arguments.items())])

    return [f"{_INDENT}{line}".rstrip() for block in part_lines(part, render) for line in block.split("\n")]


def _in_file(path: str, step: Step) -> Module:
    expression = rf"(?i)^\s*{_literal(step.name)}([\s=]|$)"
    line = f"{step.name}{step.sign}{step.value}"
    return "ansible.builtin.lineinfile", {"path": path, "regexp": expression, "line": line, "create": True, "mode": "0644", "backup": True}


def _literal(name: str) -> str:
    """A name within a regular expression."""
    return "".join(character if character.isalnum() or character in "_-" else rf"\{character}" for character in name)


def _module_blocked(step: Step) -> Module:
    content = f"install {step.name} /bin/false"
    file = f"/etc/modprobe.d/closeout-{step.name}.conf"
    return "ansible.builtin.lineinfile", {"path": file, "line": content, "create": True, "mode": "0644"}


def _registry(step: Step) -> Module:
    kind = "dword" if isinstance(step.value, int) else "string"
    return "ansible.windows.win_regedit", {
        "path": step.where.replace("HKLM\\", "HKLM:\\", 1),
        "name": step.name,
        "data": step.value,
        "type": kind,
    }


def _auditpol(step: Step) -> Module:
    return "ansible.windows.win_command", {"cmd": f"auditpol.exe /set /subcategory:{step.name} /{step.value}:enable"}


def _by_shell(step: Step) -> Module:
    """A step of a file or unit that need not be there: the shell asks first, where a module would fail."""
    return "ansible.builtin.shell", {"cmd": shell.render(step)}


_MODULES: Final[Mapping[StepKind, Callable[[Step], Module]]] = {
    "sysctl": lambda step: _in_file(SYSCTL, step),
    "sshd": lambda step: _in_file(SSHD, step),
    "line": lambda step: _in_file(step.where, step),
    "module": _module_blocked,
    "mode": _by_shell,
    "owner": _by_shell,
    "unit": _by_shell,
    "registry": _registry,
    "windows_service": lambda step: ("ansible.windows.win_service", {"name": step.name, "start_mode": "disabled", "state": "stopped"}),
    "auditpol": _auditpol,
    "secedit": lambda step: (
        "community.windows.win_security_policy",
        {"section": step.where, "key": step.name, "value": step.value},
    ),
}
_LAST: Final[Mapping[StepKind, tuple[str, str]]] = {
    "sysctl": (SYSCTL, "sysctl --system"),
    "sshd": (SSHD, SSHD_RELOAD.replace("\n", "; ")),
}


def _first_tasks(steps: Sequence[Step]) -> Iterator[str]:
    """What has to be so before files are changed."""
    for file in dict.fromkeys(step.where for step in steps if step.kind == "line"):
        own = f"/usr{file}"
        yield from _shell_task(
            f"{file} begins with what the system has of it in {own}", f"[ -e {file} ] || [ ! -e {own} ] || cp -p -- {own} {file}"
        )
    if any(step.kind == "sshd" for step in steps):
        yield from _shell_task("sshd reads the directory that is written to; where it does not, set its values by hand", SSHD_INCLUDES)


def _last_tasks(steps: Sequence[Step]) -> Iterator[str]:
    """What brings changed files into force, each once and last."""
    kinds = {step.kind for step in steps}
    for kind, (file, command) in _LAST.items():
        if kind in kinds:
            yield from _shell_task(f"What {file} says is in force at once", command)


def _shell_task(name: str, command: str) -> Iterator[str]:
    yield f"{_INDENT}- name: {quote(name)}"
    yield f"{_INDENT}  {_BUILTIN}.shell:"
    yield f"{_INDENT}    cmd: {quote(command)}"
