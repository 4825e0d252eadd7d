"""How PAM's modules answer for an ordinary user, and the settings that their own files give them."""

import re

from collector.files import Files, need_whole
from collector.linux.pam_stack import IGNORE, SUCCESS, Answer, Rule, has_service
from collector.probe import ProbeError

LOGINS = ("login", "sshd", "gdm-password", "lightdm", "sddm", "lxdm", "xdm", "cockpit")
NEVER = 0  # unlock_time: until an administrator releases the account
OTHER_DIRECTORIES = ("pam_sss", "pam_ldap", "pam_krb5", "pam_winbind", "pam_systemd_home", "pam_ecryptfs", "pam_extrausers", "pam_ccreds")
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


def number(value: str, name: str) -> int:
    """The number that an option has, NEVER for `unlock_time=never`; raises ProbeError when it is none."""
    if name == "unlock_time" and value == "never":
        return NEVER
    if not re.fullmatch(r"-?\d{1,9}", value):
        raise ProbeError(f"{name} is {value[:40]!r}, which is no number, so what holds is not known")
    return int(value)


def read_options(files: Files, path: str) -> dict[str, str]:
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
