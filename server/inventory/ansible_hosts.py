"""The hosts of an Ansible inventory: what all their groups say of them, and how to get in by it."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace

from server.inventory.ansible_draft import DEEPEST, Draft, Variable
from server.inventory.files import Entry, InventoryFile, InventoryFileError, make_entry, refuse

# Our word -> Ansible's names for it, the one that counts first.
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "address": ("ansible_host", "ansible_ssh_host"),
    "user": ("ansible_user", "ansible_ssh_user"),
    "port": ("ansible_port", "ansible_ssh_port"),
    "key": ("ansible_ssh_private_key_file", "ansible_private_key_file"),
    "group": ("closeout_group",),
    "category": ("closeout_category",),
    "jump": ("closeout_jump",),
    "kind": ("closeout_kind",),
    "because": ("closeout_because",),
    "ssp": ("closeout_ssp",),
}
ARGUMENTS = ("ansible_ssh_common_args", "ansible_ssh_extra_args")
PASSWORDS = ("ansible_password", "ansible_ssh_pass", "ansible_become_password", "ansible_become_pass", "ansible_sudo_pass")
_WINRM = ("winrm", "ansible.builtin.winrm")
_TRANSPORTS = ("kerberos", "ntlm", "certificate")
SSH = ("", "ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh", "ansible.builtin.paramiko_ssh")
_HTTP = 5985
_HERE = ("localhost", "127.0.0.1", "::1")


def finish(draft: Draft, name: str) -> InventoryFile:
    """The hosts of a file that was read to its end; raises InventoryFileError with every fault and its line."""
    depths = _depths(draft)
    entries = []
    for host, own in draft.hosts.items():
        above = sorted(_groups_of(draft, host), key=lambda group: (group != "all", depths.get(group, 0), group))
        said: dict[str, Variable] = {}
        for group in above:
            said |= draft.groups[group].variables
        entries.append(_make(host, said | own, _closest(draft, host, depths), draft))
    if draft.faults.found:
        raise InventoryFileError(name, draft.faults.found)
    return InventoryFile(name, tuple(entries), tuple(draft.notes))


def _depths(draft: Draft) -> dict[str, int]:
    """Group -> how deep it stands below the groups that hold it; a group that holds itself is a fault."""
    depths = dict.fromkeys(draft.groups, 0)
    for _ in range(min(len(draft.groups), DEEPEST) + 1):
        before = dict(depths)
        for parent, group in draft.groups.items():
            for child in group.children:
                if child in depths:
                    depths[child] = max(depths[child], depths[parent] + 1)
        if depths == before:
            return depths
    deepest = max(depths, key=lambda group: depths[group])
    draft.faults.add(draft.groups[deepest].line, f"the group {deepest} holds itself by its children; take one of them out")
    return depths


def _groups_of(draft: Draft, host: str) -> set[str]:
    found = {name for name, group in draft.groups.items() if host in group.hosts} | ({"all"} & set(draft.groups))
    while more := {name for name, group in draft.groups.items() if found & set(group.children)} - found:
        found |= more
    return found


def _closest(draft: Draft, host: str, depths: Mapping[str, int]) -> str:
    """The group to sort a host by: the deepest that names it, the first of equals."""
    named = [name for name, group in draft.groups.items() if host in group.hosts and name not in ("all", "ungrouped")]
    return max(named, key=lambda name: depths.get(name, 0), default="")


def _make(host: str, said: Mapping[str, Variable], group: str, draft: Draft) -> Entry:
    line = draft.lines[host]
    if any(name in said for name in PASSWORDS):
        draft.notes["passwords in the file are not taken over: closeout keeps none, and asks for them by --ask-password"] = None
    told = {word: said[name] for word, names in VARIABLES.items() if (name := next((n for n in names if n in said), None))}
    odd = next((f"{VARIABLES[word][0]} (line {value.line}) is {value.odd}" for word, value in told.items() if value.odd), "")
    plain = {word: value.text for word, value in told.items() if value.text and not value.odd}
    entry = make_entry(host, line, {"group": group} | plain if group else plain, {w: v.line for w, v in told.items()}, draft.faults)
    return refuse(entry, odd) if odd else _with_connection(entry, said)


def _with_connection(entry: Entry, said: Mapping[str, Variable]) -> Entry:
    connection = said["ansible_connection"].text if "ansible_connection" in said else ""
    if connection == "local" or (entry.name in _HERE and not entry.address and not connection):
        return refuse(entry, "it is the machine that Ansible runs on; scan this one by `closeout scan --local`")
    if connection in _WINRM:
        return _with_winrm(entry, said)
    if connection not in SSH:
        return refuse(entry, f"its ansible_connection is {connection!r}; only ssh and winrm are taken from an inventory")
    if entry.jump:
        return entry
    try:
        jump = next(filter(None, (find_jump(said[name].text) for name in ARGUMENTS if name in said)), "")
    except ValueError as error:
        return refuse(entry, str(error))
    # The jump host itself often stands in the group that is reached through it.
    return entry if not jump or split_jump(jump)[0] in (entry.name, entry.address) else replace(entry, jump=jump)


def _with_winrm(entry: Entry, said: Mapping[str, Variable]) -> Entry:
    """The entry of a Windows host; what Ansible leaves unchecked or in clear text is not taken over."""
    transport = said["ansible_winrm_transport"].text if "ansible_winrm_transport" in said else "kerberos"
    scheme = said["ansible_winrm_scheme"].text if "ansible_winrm_scheme" in said else ""
    if transport not in _TRANSPORTS:
        return refuse(entry, f"its ansible_winrm_transport is {transport!r}; use {', '.join(_TRANSPORTS)}")
    if scheme == "http" or (not scheme and entry.port == _HTTP):
        return refuse(entry, "it is reached by HTTP; make an HTTPS listener, or add it by `closeout hosts add --encrypted-http`")
    return replace(entry, way="winrm", auth=transport, jump="")


def find_jump(arguments: str) -> str:
    """The jump host in arguments of ssh, or nothing; raises ValueError with a sentence on what cannot be taken over."""
    if "{{" in arguments:
        raise ValueError("its SSH arguments are a template, which only Ansible can fill in; name the jump host by closeout_jump")
    try:
        text = " ".join(shlex.split(arguments))
    except ValueError as error:
        raise ValueError("a quote in its SSH arguments does not end") from error
    if re.search(r"ProxyCommand", text, re.IGNORECASE):
        raise ValueError("it is reached by a ProxyCommand, which is not run; name the jump host by closeout_jump")
    found = re.search(r"(?:^|\s)(?:-J\s*|-o\s*ProxyJump[= ]\s*)(\S+)", text, re.IGNORECASE)
    if not found or found[1].lower() == "none":
        return ""
    if "," in found[1]:
        raise ValueError("it is reached through several jump hosts; give each of them the one before it by closeout_jump")
    return found[1]


def split_jump(text: str) -> tuple[str, str, int]:
    """Host, user and port of [USER@]HOST[:PORT]; nothing and 0 where it does not say."""
    user, _, rest = text.rpartition("@")
    found = re.fullmatch(r"\[?([^\[\]]*?)\]?(?::(\d{1,5}))?", rest) if rest.count(":") < 2 or "[" in rest else None  # noqa: PLR2004 - IPv6
    return (found[1], user, int(found[2] or 0)) if found else (rest, user, 0)
