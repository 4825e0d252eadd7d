"""The SSH client's settings for the whole host, by the client's own word (`ssh -G`)."""

import re
from typing import Any

from collector.facts import Fact, FactType, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source

# A Match with exec would run its command while the settings are read: then only the file's own words are told, as an error.
# A file named by -F counts as a user's, so that relative includes would be looked for in a home directory.
# CanonicalizeHostname would ask the name service; what it changes for a name that does not exist is nothing.
CLIENT = Source(
    "ssh_client",
    """
need ssh
files=''
for file in /etc/ssh/ssh_config /etc/ssh/ssh_config.d/*.conf /etc/crypto-policies/back-ends/openssh.config; do
  if [ -f "$file" ] && [ ! -r "$file" ]; then echo "$file: cannot be read" >&2; exit 1; fi
  if [ -f "$file" ]; then case $file in *[!a-zA-Z0-9_./-]*) echo "odd name: $file" >&2; exit 1 ;; *) files="$files $file" ;; esac; fi
done
said=$([ -z "$files" ] || awk 'tolower($1) ~ /^match/ && tolower($0) ~ /[ \\t!]exec[ \\t="]/ { print "exec"; exit }
  tolower($1) ~ /^include/ { sub(/^[ \\t]*[A-Za-z]+[ \\t=]+/, ""); for (i = 1; i <= NF; i++)
    if ($i !~ /^"?\\/etc\\/(ssh|crypto-policies)\\//) { print "include"; exit } }' $files)
case $said in
  exec) echo 'a Match block of the SSH client runs a command (exec), so its settings were not asked for' >&2; exit 1 ;;
  include) echo 'the configuration of the SSH client includes files elsewhere, so its settings were not asked for' >&2; exit 1 ;;
esac
file=/etc/ssh/ssh_config
[ -f "$file" ] || file=none
ssh -T -F "$file" -o CanonicalizeHostname=no -G closeout.invalid |
  awk '$1 ~ /^(stricthostkeychecking|hashknownhosts|forwardagent|forwardx11|\
forwardx11trusted|ciphers|macs|kexalgorithms|hostkeyalgorithms|permitlocalcommand|tunnel|verifyhostkeydns|gssapiauthentication|\
gssapidelegatecredentials|passwordauthentication|hostbasedauthentication|rekeylimit|checkhostip|batchmode|serveraliveinterval|\
serveralivecountmax|updatehostkeys|globalknownhostsfile|userknownhostsfile|requiredrsasize|nohostauthenticationforlocalhost)$/'
""",
)
_YES = ("yes", "true")
BOOLEANS = {
    "hashknownhosts": "names in known_hosts are hashed",
    "forwardx11": "X11 is forwarded",
    "forwardx11trusted": "forwarded X11 clients are fully trusted",
    "permitlocalcommand": "a local command may be run after connecting",
    "gssapiauthentication": "Kerberos is offered",
    "gssapidelegatecredentials": "Kerberos credentials are handed on",
    "passwordauthentication": "passwords are offered",
    "hostbasedauthentication": "the host's word is offered in place of the user's",
    "checkhostip": "the address is compared with known_hosts too",
    "nohostauthenticationforlocalhost": "host keys of the local host are not compared",
}
INTEGERS = {
    "serveraliveinterval": "seconds of silence after which the server is asked; 0 is never",
    "serveralivecountmax": "questions without an answer before the connection is closed",
    "requiredrsasize": "least length of RSA keys in bits",
}
LISTS = {
    "ciphers": "ciphers that the client agrees to",
    "macs": "message authentication codes that the client agrees to",
    "kexalgorithms": "key exchange methods that the client agrees to",
    "hostkeyalgorithms": "host key algorithms that the client accepts",
}
STRINGS = {
    "stricthostkeychecking": "what happens with a host key that is not known: yes (refused), ask, accept-new, no (accepted)",
    "forwardagent": "yes or no, or the agent that is forwarded",
    "tunnel": "no, point-to-point or ethernet",
    "verifyhostkeydns": "whether host keys in the DNS are believed: yes, no or ask",
    "rekeylimit": "data and time after which keys are renewed",
}
_LIMITS = {
    "rekeylimit_bytes": "bytes after which session keys are renewed; 0 is the cipher's own limit",
    "rekeylimit_seconds": "seconds after which session keys are renewed; 0 is never by time",
}
_WORDS = {"true": "yes", "false": "no"}  # ssh -G prints the inner value of some settings


def parse(frames: Frames) -> dict[str, Any]:
    """{"installed": true, "stricthostkeychecking": "ask", "ciphers": [...], "hashknownhosts": true, ...}"""
    if frames.absent(CLIENT):
        return {"installed": False}
    said = read_settings(frames.text(CLIENT))
    if "stricthostkeychecking" not in said:
        raise ProbeError("ssh_client: ssh did not say its settings")
    settings = {name: _value(name, said.get(name)) for name in (*BOOLEANS, *INTEGERS, *LISTS, *STRINGS)}
    return {"installed": True} | settings | dict(zip(_LIMITS, _limits(said.get("rekeylimit", "")), strict=True))


def _limits(text: str) -> tuple[int | None, int | None]:
    """Bytes and seconds of `536870912 3600`; None for a version that does not print them."""
    found = re.fullmatch(r"(\d+) (\d+)", text)
    return (int(found[1]), int(found[2])) if found else (None, None)


def read_settings(text: str) -> dict[str, str]:
    """Name -> value as `ssh -G` prints them."""
    rows = (line.partition(" ") for line in text.splitlines())
    return {name.lower(): value.strip() for name, _, value in rows}


def _value(name: str, text: str | None) -> Value | Unknown:
    if text is None:
        return None
    if name in BOOLEANS:
        return text in _YES
    if name in LISTS:
        return text.split(",")
    if name in STRINGS:
        return _WORDS.get(text, text)
    return int(text) if text.isdecimal() else Unknown(f"ssh_client: {name} is {text[:40]!r}, not a number")


_KINDS: tuple[tuple[FactType, dict[str, str]], ...] = (
    ("boolean", BOOLEANS),
    ("integer", INTEGERS),
    ("strings", LISTS),
    ("string", STRINGS),
)
PROBES = (
    Probe(
        name="ssh_client",
        sources=(CLIENT,),
        facts=(
            Fact("installed", "boolean", "an SSH client is installed"),
            *(Fact(name, kind, meaning) for kind, names in _KINDS for name, meaning in names.items()),
            *(Fact(name, "integer", meaning) for name, meaning in _LIMITS.items()),
        ),
        parse=parse,
    ),
)
