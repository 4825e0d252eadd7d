"""Where syslog-ng sends messages to: its destinations on the network, and whether they are reached by TLS."""

import re
from collections.abc import Iterator

from collector.files import Files, need_whole
from collector.probe import ProbeError

MAIN = "/etc/syslog-ng/syslog-ng.conf"
# Of what is quoted only hosts, transports and includes leave the host, and nothing of what is called a password, a token or a key.
SNIPPET = r"""
if have syslog-ng; then
  show_settings /etc/syslog-ng/syslog-ng.conf /etc/syslog-ng/conf.d/*.conf | awk '
/^:/ {
  sub(/[ \t]#.*/, "")
  gsub(/\047[^\047]*\047/, "\"(reduced)\"")
  rest = $0; line = ""
  while (match(rest, /"[^"]*"/)) {
    head = substr(rest, 1, RSTART - 1); text = substr(rest, RSTART, RLENGTH); rest = substr(rest, RSTART + RLENGTH)
    name = tolower(head); sub(/[ \t]*\([ \t]*$/, "", name); sub(/.*[^a-z0-9_-]/, "", name)
    named = head ~ /\([ \t]*$/ && name ~ /^(network|syslog|tcp6?|udp6?|transport)$/
    if (!named && head !~ /@include[ \t]*$/) text = "\"(reduced)\""
    line = line head text
  }
  sub(/"[^"]*$/, "\"(reduced)\"", rest)
  $0 = line rest
  gsub(/([Pp][Aa][Ss][Ss]|[Tt][Oo][Kk][Ee][Nn]|[Ss][Ee][Cc][Rr][Ee][Tt]|[Kk][Ee][Yy])[A-Za-z_-]*[ \t]*\([^)]*\)/, "(reduced)")
}
{ print }'
fi
"""
_DESTINATION = re.compile(r"\bdestination\s*(?:\"?(?P<name>[\w.-]+)\"?)?\s*\{")
_DRIVER = re.compile(r"\b(?P<kind>network|syslog|tcp6?|udp6?)\s*\(\s*\"?(?P<host>[^\s\"()]+)\"?")
_PORTS = {"tls": "6514", "udp": "514"}


def read_targets(files: Files) -> list[tuple[str, bool]]:
    """Target and whether it is reached by TLS, of each destination that a log path names; raises ProbeError on what was not collected."""
    shown = [need_whole(file) for file in files if file.path.startswith("/etc/syslog-ng/") and file.state not in ("missing", "directory")]
    text = "\n".join(re.sub(r"^\s*#.*", "", line) for file in shown for line in file.lines)
    for included in re.findall(r"@include\s+\"([^\"]+)\"", text):
        if not re.fullmatch(r"(/etc/syslog-ng/)?conf\.d/?(\*(\.conf)?)?|scl\.conf", included):
            raise ProbeError(f"{included}: is included in {MAIN}, and not among the files that are collected")
    used = set(re.findall(r"\bdestination\s*\(\s*\"?([\w.-]+)", text))
    blocks = [(found["name"], _balanced(text, found.end(), "{}")) for found in _DESTINATION.finditer(text)]
    return [target for name, body in blocks if name is None or name in used for target in _targets(body)]


def _balanced(text: str, start: int, pair: str) -> str:
    """What stands between a bracket that was just opened and the one that closes it."""
    depth = 1
    for place in range(start, len(text)):
        depth += (text[place] == pair[0]) - (text[place] == pair[1])
        if not depth:
            return text[start:place]
    return text[start:]


def _targets(block: str) -> Iterator[tuple[str, bool]]:
    for found in _DRIVER.finditer(block):
        options = _balanced(block, block.index("(", found.start()) + 1, "()")
        said = re.search(r"\btransport\s*\(\s*\"?([\w-]+)", options)
        transport = said[1].lower() if said else found["kind"].rstrip("6") if found["kind"][:3] in ("tcp", "udp") else "tcp"
        if transport == "tcp" and re.search(r"\btls\s*\(", options):
            transport = "tls"
        usual = "514" if found["kind"][:3] == "tcp" else "601"
        port = re.search(r"\bport\s*\(\s*\"?(\w+)", options)
        yield f"{transport} {found['host']}:{port[1] if port else _PORTS.get(transport, usual)}", transport in ("tls", "proxied-tls")
