"""What PAM enforces: locking after failed logins, what new passwords must be, second factors, limits of sessions, who may use su."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from collector.facts import Fact, Unknown
from collector.files import Files, read_files
from collector.linux.login_defs import LOGIN_DEFS, read_login_defs
from collector.linux.pam_modules import answers, logins, number, read_options
from collector.linux.pam_passwords import quality_facts, read_history, read_quality, read_unix
from collector.linux.pam_stack import SUCCESS, Rule, Stack, build, flat, has_service, walk
from collector.probe import Frames, Probe, ProbeError, Source

STACKS = Source(
    "pam.stacks",
    """
[ -d /etc/pam.d ] || [ -d /usr/lib/pam.d ] || exit 69
set --
for name in faillock pwquality pwhistory; do
  if [ -e /etc/security/$name.conf ] || [ ! -e /usr/etc/security/$name.conf ]; then set -- "$@" /etc/security/$name.conf
  else set -- "$@" /usr/etc/security/$name.conf; fi
done
show_settings /etc/pam.d/* /usr/etc/pam.d/* /usr/lib/pam.d/* "$@" /etc/security/pwquality.conf.d/*.conf /etc/securetty |
  sed -e 's/\\([[:space:]][a-z_]*pass[a-z]*=\\)[^[:space:]]*/\\1(hidden)/g' \\
    -e 's/\\([[:space:]][a-z_]*key=\\)[^[:space:]]*/\\1(hidden)/g' \\
    -e 's/\\([[:space:]][a-z_]*pw=\\)[^[:space:]]*/\\1(hidden)/g' -e 's/\\([[:space:]][a-z_]*secret=\\)[^[:space:]]*/\\1(hidden)/g'
""",
)

FAILLOCK: Mapping[str, int] = {"deny": 3, "fail_interval": 900, "unlock_time": 600}
ENDLESS = 2**40  # what 0 stands for in deny and unlock_time
SECOND_FACTORS = (
    *("pam_google_authenticator", "pam_duo", "pam_u2f", "pam_pkcs11", "pam_yubico", "pam_oath", "pam_radius_auth", "pam_p11"),
    *("pam_rsa", "pam_securid", "pam_privacyidea", "pam_linotp"),
)


def parse(frames: Frames) -> dict[str, Any]:
    """{"faillock": {"deny": 5, ...}, "quality": {...}, "history": {...}, "unix": {...}, "su": {...}, ...}"""
    if frames.absent(STACKS):
        return {"installed": False}
    files = read_files(frames.text(STACKS))
    login_defs = _known(lambda: read_login_defs(frames).values)
    parts: Mapping[str, Callable[[], Any]] = {
        "faillock": lambda: read_faillock(files),
        "tally2": lambda: read_tally2(files),
        "quality": lambda: read_quality(files),
        "history": lambda: read_history(files),
        "unix": lambda: read_unix(files, login_defs),
        "second_factor": lambda: read_second_factor(files),
        "su": lambda: read_su(files),
        "lastlog": lambda: read_lastlog(files),
        "limits": lambda: read_limits(files),
    }
    return {"installed": True, "logins": logins(files)} | {name: _known(part) for name, part in parts.items()}


def _known(read: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the reader gives
    try:
        return read()
    except ProbeError as error:
        return Unknown(str(error))


def read_faillock(files: Files) -> dict[str, Any]:
    """Where pam_faillock counts and denies, and the weakest limits among those logins."""
    conf = read_options(files, "/etc/security/faillock.conf")
    found = {service: _faillock_of(build(files, service, "auth"), build(files, service, "account")) for service in logins(files)}
    active = [service for service, (rules, works) in found.items() if rules and works]
    settings = [_faillock_settings(conf, rule) for service in active for rule in found[service][0]]
    flags = [conf.keys() | set(rule.arguments) for service in active for rule in found[service][0]]
    return {
        "enforced": bool(found) and len(active) == len(found),
        "services": active,
        "missing_in": [service for service in found if service not in active],
        "deny": max((s["deny"] for s in settings), key=lambda n: n or ENDLESS, default=None),
        "fail_interval": min((s["fail_interval"] for s in settings), default=None),
        "unlock_time": min((s["unlock_time"] for s in settings), key=lambda n: n or ENDLESS, default=None),
        "even_deny_root": all(_denies_root(f) for f in flags) if flags else None,
        "audit": all("audit" in f for f in flags) if flags else None,
        "silent": all("silent" in f for f in flags) if flags else None,
        "local_users_only": any("local_users_only" in f for f in flags) if flags else None,
        "dir": conf.get("dir") or "/var/run/faillock",
        "configured": {name: number(conf[name], name) if name in conf else None for name in FAILLOCK}
        | {"even_deny_root": _denies_root(conf.keys())},
    }


def _denies_root(flags: Iterable[str]) -> bool:
    return any(flag == "even_deny_root" or flag.startswith("root_unlock_time") for flag in flags)


def _faillock_of(auth: Stack, account: Stack) -> tuple[list[Rule], bool]:
    """The pam_faillock rules of a service, and whether a wrong password is counted and a locked account kept out."""
    rules = [rule for rule in flat(auth) if rule.module == "pam_faillock"]

    def locked(rule: Rule) -> str:
        stops = rule.module == "pam_faillock" and {"preauth", "authsucc"} & set(rule.arguments)
        return "denied" if stops else answers()(rule)

    wrong = walk(auth, answers(pam_unix="denied"))
    counted = any(rule.module == "pam_faillock" and "authfail" in rule.arguments for rule in wrong.ran)
    kept_out = not walk(auth, locked).lets_in or (
        any(r.module == "pam_faillock" for r in flat(account)) and not walk(account, answers(pam_faillock="denied")).lets_in
    )
    return rules, counted and kept_out and not wrong.lets_in


def _faillock_settings(conf: Mapping[str, str], rule: Rule) -> dict[str, int]:
    values = {name: rule.value(name) or conf.get(name) for name in FAILLOCK}
    return {name: FAILLOCK[name] if value is None else number(value, name) for name, value in values.items()}


def read_tally2(files: Files) -> dict[str, Any]:
    """Where the older pam_tally2 or pam_tally is called, and the most failures that it allows."""
    rules = {s: [r for r in flat(build(files, s, "auth")) if r.module in ("pam_tally2", "pam_tally")] for s in logins(files)}
    used = {service: found[-1] for service, found in rules.items() if found}
    limits = [number(rule.value("deny") or "0", "deny") for rule in used.values()]
    return {"services": list(used), "deny": max(limits, default=None)}


def read_su(files: Files) -> dict[str, Any]:
    """Whether su to root is kept to the members of a group, and to which; `su -` is a service of its own where it has a file."""
    services = [service for service in ("su", "su-l") if has_service(files, service)]
    stacks = [build(files, service, "auth") for service in services]
    if not stacks:
        return {"restricted": None}
    asking = [[r for r in flat(stack) if r.module == "pam_wheel" and not {"trust", "deny"} & set(r.arguments)] for stack in stacks]
    restricted = all(asked and not walk(stack, answers(pam_wheel="denied")).lets_in for stack, asked in zip(stacks, asking, strict=True))
    rule = asking[0][0] if restricted else None
    trusting = {r.value("group") or "wheel" for stack in stacks for r in flat(stack) if r.module == "pam_wheel" and "trust" in r.arguments}
    return {
        "restricted": restricted,
        "group": (rule.value("group") or "wheel") if rule else None,
        "use_uid": "use_uid" in rule.arguments if rule else None,
        "trusted_groups": sorted(trusting),
    }


def read_second_factor(files: Files) -> dict[str, Any]:
    """Which services let nobody in by a right password alone, because a module of another factor must agree."""
    stacks = {service: build(files, service, "auth") for service in (*logins(files), "su", "sudo") if has_service(files, service)}
    return {"services": [service for service, stack in stacks.items() if _asks_second(stack)]}


def _asks_second(stack: Stack) -> bool:
    rules = [rule for rule in flat(stack) if rule.module in SECOND_FACTORS]
    waived = {rule.module for rule in rules if {"nullok", "nouserok"} & set(rule.arguments)}  # users without a token pass
    modules = {rule.module for rule in rules} - waived
    passed = dict.fromkeys(waived, SUCCESS)
    agreed = walk(stack, answers(**passed, **dict.fromkeys(modules, SUCCESS))).lets_in
    refused = walk(stack, answers(**passed, **dict.fromkeys(modules, "denied"))).lets_in
    guessed = walk(stack, answers(pam_unix="denied", **passed, **dict.fromkeys(modules, SUCCESS))).lets_in
    return bool(modules) and agreed and not refused and not guessed


def read_limits(files: Files) -> dict[str, Any]:
    """By which logins the limits of /etc/security/limits.conf do not hold, because no pam_limits sets them."""
    stacks = {service: flat(build(files, service, "session")) for service in logins(files)}
    return {"missing_in": [service for service, stack in stacks.items() if all(rule.module != "pam_limits" for rule in stack)]}


def read_lastlog(files: Files) -> dict[str, Any]:
    """Which logins show when the account was used last, and whether failed attempts are shown or old accounts kept out."""
    kinds = ("session", "auth", "account")
    rules = {
        s: [(k, r) for k in kinds for r in flat(build(files, s, k)) if r.module in ("pam_lastlog", "pam_lastlog2")] for s in logins(files)
    }
    shown = {s: [r for k, r in found if k == "session" and "silent" not in r.arguments] for s, found in rules.items()}
    limits = [r.value("inactive") or "90" for found in rules.values() for k, r in found if k != "session"]
    return {
        "services": [s for s, found in shown.items() if found],
        "showfailed_services": [s for s, found in shown.items() if any("showfailed" in r.arguments for r in found)],
        "inactive_days": max((number(value, "inactive") for value in limits), default=None),
    }


PROBES = (
    Probe(
        name="pam",
        sources=(STACKS, LOGIN_DEFS),
        facts=(
            Fact("installed", "boolean", "PAM is used on this host"),
            Fact("logins", "strings", "services by which people log in (login, sshd, display managers) that are set up here"),
            Fact("faillock.enforced", "boolean", "in every login, pam_faillock counts a wrong password and keeps a locked account out"),
            Fact("faillock.services", "strings", "logins in which pam_faillock works"),
            Fact("faillock.missing_in", "strings", "logins in which it does not"),
            Fact("faillock.deny", "integer", "failures that lock an account, the most of any rule of a login; 0 locks never"),
            Fact("faillock.fail_interval", "integer", "seconds within which failures count, the fewest of any login"),
            Fact("faillock.unlock_time", "integer", "seconds until the lock ends, the fewest of any login; 0 is by an administrator only"),
            Fact("faillock.even_deny_root", "boolean", "root is locked too"),
            Fact("faillock.audit", "boolean", "names of unknown users are logged"),
            Fact("faillock.silent", "boolean", "nothing is told to the user"),
            Fact("faillock.local_users_only", "boolean", "only users of /etc/passwd are counted"),
            Fact("faillock.dir", "string", "where failures are kept"),
            Fact("faillock.configured.deny", "integer", "deny of faillock.conf"),
            Fact("faillock.configured.fail_interval", "integer", "fail_interval of faillock.conf"),
            Fact("faillock.configured.unlock_time", "integer", "unlock_time of faillock.conf; 0 is never"),
            Fact("faillock.configured.even_deny_root", "boolean", "faillock.conf locks root too"),
            Fact("tally2.services", "strings", "logins that call the older pam_tally2 or pam_tally"),
            Fact("tally2.deny", "integer", "failures that it allows, the most of any login; 0 is any number"),
            Fact("quality.module", "string", "module that judges new passwords", ("pam_pwquality", "pam_cracklib")),
            Fact("quality.enforced", "boolean", "a new password that it refuses is not set"),
            Fact("quality.enforce_for_root", "boolean", "passwords that root sets are judged too"),
            Fact("quality.local_users_only", "boolean", "only passwords of users of /etc/passwd are judged"),
            *quality_facts(),
            Fact("history.remember", "integer", "earlier passwords that are refused; 0 is none"),
            Fact("history.module", "string", "module that remembers them", ("pam_pwhistory", "pam_unix")),
            Fact("history.enforce_for_root", "boolean", "passwords that root sets are compared too"),
            Fact("unix.hash", "string", "method by which pam_unix hashes new passwords"),
            Fact("unix.rounds", "integer", "rounds= of pam_unix"),
            Fact("unix.sha_rounds", "integer", "rounds of new SHA hashes, wherever the number comes from; null with other methods"),
            Fact("unix.nullok_services", "strings", "services in which pam_unix lets in an account that has an empty password"),
            Fact("second_factor.services", "strings", "logins, su and sudo that want a second factor besides the password"),
            Fact("su.restricted", "boolean", "su asks for membership of a group"),
            Fact("su.group", "string", "the group whose members may use su"),
            Fact("su.use_uid", "boolean", "the caller's uid is asked, not the login name"),
            Fact("su.trusted_groups", "strings", "groups whose members need no password for su"),
            Fact("limits.missing_in", "strings", "logins that do not set the limits of /etc/security/limits.conf"),
            Fact("lastlog.services", "strings", "logins that show when the account was used last"),
            Fact("lastlog.showfailed_services", "strings", "logins that show failed attempts since"),
            Fact("lastlog.inactive_days", "integer", "days without a login after which pam_lastlog keeps an account out"),
        ),
        parse=parse,
    ),
)
