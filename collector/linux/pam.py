"""What PAM enforces: locking after failed logins, password quality and history, hashing, empty passwords, who may use su."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from collector.facts import Fact, Unknown
from collector.files import Files, need_whole, read_files
from collector.linux.login_defs import LOGIN_DEFS, read_login_defs
from collector.linux.pam_stack import IGNORE, SUCCESS, Answer, Rule, Stack, build, flat, has_service, services, walk
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

LOGINS = ("login", "sshd", "gdm-password", "lightdm", "sddm", "lxdm", "xdm", "cockpit")
FAILLOCK: Mapping[str, int] = {"deny": 3, "fail_interval": 900, "unlock_time": 600}
QUALITY: dict[str, int] = {
    "minlen": 8,
    "difok": 1,
    "dcredit": 0,
    "ucredit": 0,
    "lcredit": 0,
    "ocredit": 0,
    "minclass": 0,
    "maxrepeat": 0,
    "maxsequence": 0,
    "maxclassrepeat": 0,
    "gecoscheck": 0,
    "dictcheck": 1,
    "usercheck": 1,
    "usersubstr": 0,
    "enforcing": 1,
    "retry": 1,
}
CRACKLIB: Mapping[str, int] = QUALITY | {"minlen": 9, "difok": 5, "dcredit": 1, "ucredit": 1, "lcredit": 1, "ocredit": 1, "usercheck": 0}
LEAST_LENGTH, MOST_CLASSES = 6, 4
HISTORY = 10
SHA_ROUNDS = 5000  # crypt(5)
HASHES = ("yescrypt", "gost_yescrypt", "blowfish", "sha512", "sha256", "md5", "bigcrypt")
ENDLESS = 2**40  # what 0 stands for in deny and unlock_time
NEVER = 0  # unlock_time: until an administrator releases the account
OTHER_DIRECTORIES = ("pam_sss", "pam_ldap", "pam_krb5", "pam_winbind", "pam_systemd_home", "pam_ecryptfs", "pam_extrausers", "pam_ccreds")
SECOND_FACTORS = (
    *("pam_google_authenticator", "pam_duo", "pam_u2f", "pam_pkcs11", "pam_yubico", "pam_oath", "pam_radius_auth", "pam_p11"),
    *("pam_rsa", "pam_securid", "pam_privacyidea", "pam_linotp"),
)
OTHER_WAYS = (
    "pam_fprintd",
    "pam_u2f",
    "pam_pkcs11",
    "pam_google_authenticator",
    "pam_duo",
    "pam_yubico",
    "pam_rootok",
    "pam_ssh_agent_auth",
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
    }
    return {"installed": True, "logins": logins(files)} | {name: _known(part) for name, part in parts.items()}


def _known(read: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the reader gives
    try:
        return read()
    except ProbeError as error:
        return Unknown(str(error))


def logins(files: Files) -> list[str]:
    """The services by which people log in that have a file here."""
    return [service for service in LOGINS if has_service(files, service)]


def answers(**given: str) -> Answer:
    """How modules answer for an ordinary local user whose password is right, but for the given modules (pam_unix="denied")."""

    def answer(rule: Rule) -> str:
        if rule.module in given:
            return given[rule.module]
        if rule.module == "pam_deny" or rule.module in OTHER_WAYS:
            return "denied"
        if rule.module in OTHER_DIRECTORIES:
            return "user_unknown"
        if rule.module == "pam_faillock" and "authfail" in rule.arguments:
            return IGNORE
        if rule.module in ("pam_succeed_if", "pam_usertype"):
            return SUCCESS if _speaks_of_people(rule) else "denied"
        return IGNORE if rule.module in ("pam_faildelay", "pam_cap", "pam_group") else SUCCESS

    return answer


def _speaks_of_people(rule: Rule) -> bool:
    """True when the condition holds for an ordinary user."""
    words = " ".join(rule.arguments)
    return bool(re.search(r"\bisregular\b|\buid\s*(>=|>|ge|gt)|\buid\s*(!=|ne)|\buser\s*(!=|ne|notin)|\bservice\b|notingroup", words))


def read_faillock(files: Files) -> dict[str, Any]:
    """Where pam_faillock counts and denies, and the weakest limits among those logins."""
    conf = _options(files, "/etc/security/faillock.conf")
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
        "configured": {name: _number(conf[name], name) if name in conf else None for name in FAILLOCK}
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
    return {name: FAILLOCK[name] if value is None else _number(value, name) for name, value in values.items()}


def _number(value: str, name: str) -> int:
    if name == "unlock_time" and value == "never":
        return NEVER
    if not re.fullmatch(r"-?\d{1,9}", value):
        raise ProbeError(f"{name} is {value[:40]!r}, which is no number, so what holds is not known")
    return int(value)


def _options(files: Files, path: str) -> dict[str, str]:
    """`name = value` and bare names of a file of /etc/security; the last of a name counts, an absent file has none."""
    vendor = path.replace("/etc/", "/usr/etc/", 1)
    file = files.by_path.get(path) or files.by_path.get(vendor)
    if file is None or file.state == "missing":
        return {}
    found = {}
    for line in need_whole(file).lines:
        text = line.split("#", 1)[0].strip()
        if parts := re.fullmatch(r"([A-Za-z_]+)(?:\s*=\s*|\s+)?(.*)", text):
            found[parts[1]] = parts[2].strip()
    return found


def read_tally2(files: Files) -> dict[str, Any]:
    """Where the older pam_tally2 or pam_tally is called, and the most failures that it allows."""
    rules = {s: [r for r in flat(build(files, s, "auth")) if r.module in ("pam_tally2", "pam_tally")] for s in logins(files)}
    used = {service: found[-1] for service, found in rules.items() if found}
    limits = [_number(rule.value("deny") or "0", "deny") for rule in used.values()]
    return {"services": list(used), "deny": max(limits, default=None)}


def _password_stack(files: Files) -> Stack:
    return build(files, "passwd", "password") if has_service(files, "passwd") else build(files, "other", "password")


def read_quality(files: Files) -> dict[str, Any]:
    """Whether new passwords are judged when users change them, and by what measures."""
    stack = _password_stack(files)
    rule = next((r for r in flat(stack) if r.module in ("pam_pwquality", "pam_cracklib")), None)
    cracklib = rule is not None and rule.module == "pam_cracklib"
    options = {} if cracklib else _quality_files(files)
    if rule:
        options |= {name: value for name, _, value in (argument.partition("=") for argument in rule.arguments)}
    values = {name: _number(options[name], name) if name in options else default for name, default in _defaults(cracklib=cracklib).items()}
    values |= {"minlen": max(values["minlen"], LEAST_LENGTH), "minclass": min(values["minclass"], MOST_CLASSES)}
    refused = rule is not None and not walk(stack, answers(**{rule.module: "denied"})).lets_in
    return values | {
        "module": rule.module if rule else None,
        "enforced": refused and values["enforcing"] != 0,
        "enforce_for_root": "enforce_for_root" in options,
        "local_users_only": "local_users_only" in options,
    }


def _defaults(*, cracklib: bool) -> Mapping[str, int]:
    return CRACKLIB if cracklib else QUALITY


def _quality_files(files: Files) -> dict[str, str]:
    """Options as libpwquality reads them: the directory first and the file last, so the file wins."""
    folder = "/etc/security/pwquality.conf.d"
    options: dict[str, str] = {}
    unseen = files.by_path.get(f"{folder}/*.conf")
    if unseen is not None:
        need_whole(unseen)
    for file in files.under(folder):
        options |= _options(files, file.path)
    return options | _options(files, "/etc/security/pwquality.conf")


def read_history(files: Files) -> dict[str, Any]:
    """How many earlier passwords are refused to users who change theirs; 0 is none."""
    stack = _password_stack(files)
    conf = _options(files, "/etc/security/pwhistory.conf")
    found: dict[str, int] = {}
    for rule in flat(stack):
        if rule.module == "pam_pwhistory" and not walk(stack, answers(pam_pwhistory="denied")).lets_in:
            found["pam_pwhistory"] = _number(rule.value("remember") or conf.get("remember") or str(HISTORY), "remember")
        if rule.module == "pam_unix" and rule.value("remember"):
            found["pam_unix"] = _number(rule.value("remember") or "0", "remember")
    module = max(found, key=lambda name: found[name], default=None)
    root = any(r.module == "pam_pwhistory" and "enforce_for_root" in r.arguments for r in flat(stack)) or "enforce_for_root" in conf
    return {"remember": found[module] if module else 0, "module": module, "enforce_for_root": root and "pam_pwhistory" in found}


def read_unix(files: Files, login_defs: Mapping[str, str] | Unknown) -> dict[str, Any]:
    """How pam_unix hashes new passwords, and where it lets an account without a password in."""
    rules = [r for r in flat(_password_stack(files)) if r.module == "pam_unix"]
    named = [a for r in rules for a in r.arguments if a in HASHES]
    allowing = [s for s in services(files) if any(r.module == "pam_unix" and _nullok(r) for r in flat(build(files, s, "auth")))]
    rounds = next((r.value("rounds") for r in reversed(rules) if r.value("rounds")), None)
    method = named[-1] if named else _hash_of_login_defs(login_defs) if rules else None
    return {
        "hash": method,
        "rounds": _number(rounds, "rounds") if rounds else None,
        "sha_rounds": _sha_rounds(rounds, login_defs)
        if method in ("sha256", "sha512")
        else method
        if isinstance(method, Unknown)
        else None,
        "nullok_services": allowing,
    }


def _sha_rounds(rounds: str | None, login_defs: Mapping[str, str] | Unknown) -> int | Unknown:
    """What a new SHA hash takes: pam_unix asks login.defs where its own line says nothing, and crypt(3) has a number of its own."""
    if rounds:
        return _number(rounds, "rounds")
    if isinstance(login_defs, Unknown):
        return login_defs
    return _number(login_defs.get("SHA_CRYPT_MAX_ROUNDS", str(SHA_ROUNDS)), "SHA_CRYPT_MAX_ROUNDS")


def _nullok(rule: Rule) -> bool:
    return bool({"nullok", "nullok_secure"} & set(rule.arguments))


def _hash_of_login_defs(login_defs: Mapping[str, str] | Unknown) -> str | Unknown:
    if isinstance(login_defs, Unknown):
        return login_defs
    return login_defs.get("ENCRYPT_METHOD", "des").lower()


def read_su(files: Files) -> dict[str, Any]:
    """Whether su to root is kept to the members of a group, and to which."""
    if not has_service(files, "su"):
        return {"restricted": None}
    stack = build(files, "su", "auth")
    wheel = [r for r in flat(stack) if r.module == "pam_wheel" and "trust" not in r.arguments and "deny" not in r.arguments]
    restricted = bool(wheel) and not walk(stack, answers(pam_wheel="denied")).lets_in
    rule = wheel[0] if restricted else None
    return {
        "restricted": restricted,
        "group": (rule.value("group") or "wheel") if rule else None,
        "use_uid": "use_uid" in rule.arguments if rule else None,
        "trusted_groups": sorted({r.value("group") or "wheel" for r in flat(stack) if r.module == "pam_wheel" and "trust" in r.arguments}),
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
        "inactive_days": max((_number(value, "inactive") for value in limits), default=None),
    }


def _quality_facts() -> tuple[Fact, ...]:
    meanings = {
        "minlen": "least length; with positive credits, classes of characters count towards it",
        "difok": "characters that must differ from the old password",
        "dcredit": "digits: below 0 so many are required, above 0 credit towards the length",
        "ucredit": "upper case: below 0 so many are required",
        "lcredit": "lower case: below 0 so many are required",
        "ocredit": "other characters: below 0 so many are required",
        "minclass": "classes of characters required",
        "maxrepeat": "same characters in a row allowed; 0 is any number",
        "maxsequence": "length of sequences as 12345 allowed; 0 is any",
        "maxclassrepeat": "characters of one class in a row allowed; 0 is any number",
        "gecoscheck": "words of the user's full name are refused unless 0",
        "dictcheck": "words of the dictionary are refused unless 0",
        "usercheck": "the user's name is refused unless 0",
        "usersubstr": "parts of the user's name of that length are refused; 0 is off",
        "enforcing": "0 only warns",
        "retry": "tries before an error is returned",
    }
    return tuple(Fact(f"quality.{name}", "integer", f"{meaning} (effective)") for name, meaning in meanings.items())


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
            *_quality_facts(),
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
            Fact("lastlog.services", "strings", "logins that show when the account was used last"),
            Fact("lastlog.showfailed_services", "strings", "logins that show failed attempts since"),
            Fact("lastlog.inactive_days", "integer", "days without a login after which pam_lastlog keeps an account out"),
        ),
        parse=parse,
    ),
)
