"""What PAM does with new passwords: their quality and history, how they are hashed, and empty ones."""

from collections.abc import Mapping
from typing import Any

from collector.facts import Fact, Unknown
from collector.files import Files, need_whole
from collector.linux.pam_modules import answers, number, read_options
from collector.linux.pam_stack import Rule, Stack, build, flat, has_service, services, walk

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
    values = {name: number(options[name], name) if name in options else default for name, default in _defaults(cracklib=cracklib).items()}
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
        options |= read_options(files, file.path)
    return options | read_options(files, "/etc/security/pwquality.conf")


def read_history(files: Files) -> dict[str, Any]:
    """How many earlier passwords are refused to users who change theirs; 0 is none."""
    stack = _password_stack(files)
    conf = read_options(files, "/etc/security/pwhistory.conf")
    found: dict[str, int] = {}
    for rule in flat(stack):
        if rule.module == "pam_pwhistory" and not walk(stack, answers(pam_pwhistory="denied")).lets_in:
            found["pam_pwhistory"] = number(rule.value("remember") or conf.get("remember") or str(HISTORY), "remember")
        if rule.module == "pam_unix" and rule.value("remember"):
            found["pam_unix"] = number(rule.value("remember") or "0", "remember")
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
        "rounds": number(rounds, "rounds") if rounds else None,
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
        return number(rounds, "rounds")
    if isinstance(login_defs, Unknown):
        return login_defs
    return number(login_defs.get("SHA_CRYPT_MAX_ROUNDS", str(SHA_ROUNDS)), "SHA_CRYPT_MAX_ROUNDS")


def _nullok(rule: Rule) -> bool:
    return bool({"nullok", "nullok_secure"} & set(rule.arguments))


def _hash_of_login_defs(login_defs: Mapping[str, str] | Unknown) -> str | Unknown:
    if isinstance(login_defs, Unknown):
        return login_defs
    return login_defs.get("ENCRYPT_METHOD", "des").lower()


def quality_facts() -> tuple[Fact, ...]:
    """What the pam probe declares of the quality of new passwords."""
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
