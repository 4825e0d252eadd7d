"""PAM stacks as libpam builds and walks them: which modules run, and whether a login gets through, in a given situation."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from collector.files import Files, need_whole
from collector.probe import ProbeError

FOLDERS = ("/etc/pam.d", "/usr/etc/pam.d", "/usr/lib/pam.d")
TYPES = ("auth", "account", "password", "session")
DEEPEST = 32
MOST_RULES = 2000
SUCCESS = "success"
IGNORE = "ignore"
WORDS: Mapping[str, str] = {
    "required": "success=ok new_authtok_reqd=ok ignore=ignore default=bad",
    "requisite": "success=ok new_authtok_reqd=ok ignore=ignore default=die",
    "sufficient": "success=done new_authtok_reqd=done default=ignore",
    "optional": "success=ok new_authtok_reqd=ok default=ignore",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a stack: what module it calls, with which arguments, and what becomes of each answer."""

    module: str
    arguments: tuple[str, ...]
    actions: Mapping[str, str]

    def action(self, answer: str) -> str:
        """What the control field says of an answer of the module."""
        return self.actions.get(answer, self.actions.get("default", "ignore" if answer == IGNORE else "bad"))

    def value(self, option: str) -> str | None:
        """The last value of an argument `option=value`."""
        return next((a[len(option) + 1 :] for a in reversed(self.arguments) if a.startswith(f"{option}=")), None)


@dataclass(frozen=True, slots=True)
class Substack:
    """A stack in which `done` and `die` end just itself; a jump of the stack around it takes it as one."""

    members: tuple["Rule | Substack", ...]


Stack = tuple[Rule | Substack, ...]
Answer = Callable[[Rule], str]


@dataclass(slots=True)
class Walk:
    """How far a walk has come: what ran, and what libpam thinks of the login so far."""

    ran: list[Rule] = field(default_factory=list)
    impression: str = "undefined"
    status: str = "denied"

    @property
    def lets_in(self) -> bool:
        """True when the whole stack says yes."""
        return self.impression == "positive" and self.status == SUCCESS


def has_service(files: Files, service: str) -> bool:
    """True when the service has a file of its own."""
    return any(f"{folder}/{service}" in files.by_path for folder in FOLDERS)


def services(files: Files) -> list[str]:
    """Names of all services that have a file."""
    found = {path.rsplit("/", 1)[1] for path, file in files.by_path.items() if path.rsplit("/", 1)[0] in FOLDERS and file.state == "read"}
    return sorted(found)


def build(files: Files, service: str, kind: str, depth: int = 0) -> Stack:
    """The stack of one type of a service with all that it includes; raises ProbeError when a file of it cannot be read."""
    if depth > DEEPEST:
        raise ProbeError(f"/etc/pam.d/{service}: includes itself")
    stack = tuple(_members(files, _lines(files, service), kind, depth))
    if sum(1 for _ in islice(flat(stack), MOST_RULES + 1)) > MOST_RULES:
        raise ProbeError(
            f"/etc/pam.d/{service}: more than {MOST_RULES} rules with all that it includes; look whether files include each other"
        )
    return stack


def _lines(files: Files, service: str) -> list[str]:
    name = service.removeprefix("/etc/pam.d/")
    paths = [name] if name.startswith("/") else [f"{folder}/{name}" for folder in FOLDERS]
    for path in paths:
        if path in files.by_path and files.by_path[path].state != "missing":
            return _join(need_whole(files.by_path[path]).lines)
    return ["* required pam_deny.so"]  # libpam lets a stack fail that includes a file which is not there


def _join(lines: tuple[str, ...]) -> list[str]:
    """Lines without comments, those that end in a backslash joined with the next."""
    joined: list[str] = []
    pending = ""
    for line in lines:
        text = line.split("#", 1)[0].rstrip()
        pending += text.removesuffix("\\") + " " if text.endswith("\\") else text
        if not text.endswith("\\"):
            joined.append(pending.strip())
            pending = ""
    return [line for line in [*joined, pending.strip()] if line]


def _members(files: Files, lines: list[str], kind: str, depth: int) -> Iterator[Rule | Substack]:
    for line in lines:
        if included := re.fullmatch(r"@include\s+(\S+)", line):
            yield from build(files, included[1], kind, depth + 1)
            continue
        parts = re.match(r"-?(\S+)\s+(\[[^\]]*\]|\S+)\s+(\S+)\s*(.*)", line)
        if not parts or parts[1].lower() not in (kind, "*"):
            continue
        control = parts[2].lower()
        if control == "include":
            yield from build(files, parts[3], kind, depth + 1)
        elif control == "substack":
            yield Substack(build(files, parts[3], kind, depth + 1))
        else:
            yield Rule(parts[3].rsplit("/", 1)[-1].removesuffix(".so"), _arguments(parts[4]), _actions(control))


def _arguments(text: str) -> tuple[str, ...]:
    return tuple((quoted or plain).replace("\\]", "]") for quoted, plain in re.findall(r"\[((?:[^\]\\]|\\.)*)\]|(\S+)", text))


def _actions(control: str) -> Mapping[str, str]:
    text = WORDS.get(control, control.strip("[]"))
    return dict(pair.split("=", 1) for pair in text.split() if "=" in pair)


def flat(stack: Stack) -> Iterator[Rule]:
    """Every rule of a stack, those of substacks too, in their order."""
    for member in stack:
        if isinstance(member, Substack):
            yield from flat(member.members)
        else:
            yield member


def walk(stack: Stack, answer: Answer) -> Walk:
    """The walk through a stack when its modules answer so."""
    state = Walk()
    _walk(stack, answer, state)
    return state


def _walk(stack: Stack, answer: Answer, state: Walk) -> None:
    place = 0
    while place < len(stack):
        member = stack[place]
        place += 1
        if isinstance(member, Substack):
            _walk(member.members, answer, state)
            continue
        state.ran.append(member)
        said = answer(member)
        action = member.action(said)
        if action.isdigit():
            _note(state, said, final=False)
            place += int(action)
        elif action in ("ok", "done"):
            _note(state, said, final=True)
            if action == "done" and state.impression == "positive":
                return
        elif action in ("bad", "die"):
            if state.impression != "negative":
                state.impression, state.status = "negative", said
            if action == "die":
                return
        elif action == "reset":
            state.impression, state.status = "undefined", "denied"


def _note(state: Walk, said: str, *, final: bool) -> None:
    """Take over an answer that is no failure, as libpam does for ok, done and jumps."""
    if said == IGNORE or not (state.impression == "undefined" or (state.impression == "positive" and state.status == SUCCESS)):
        return
    if final or said == SUCCESS:
        state.impression, state.status = "positive", said
