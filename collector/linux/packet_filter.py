"""What a packet filter does with an incoming packet that no rule names: read from nft's JSON, its text, and iptables-save."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from collector.probe import ProbeError

Answer = Literal["drop", "reject", "accept", "none"]
STRICTEST: tuple[Answer, ...] = ("drop", "reject", "accept", "none")
_FINAL = ("drop", "reject", "accept")
_FOLLOW = ("jump", "goto")
_ANY = ("counter", "log", "comment")  # statements that leave the packet as it is
_MOST_INCLUDES = 2000
_DEEPEST = 20  # jumps that are followed; the kernel allows 16


@dataclass(frozen=True, slots=True)
class Step:
    """One rule as far as it matters: verdict (drop, reject, accept, return, jump, goto or ""), target, whether it has a condition."""

    verdict: str
    target: str = ""
    conditional: bool = True
    loopback: bool = False


@dataclass(slots=True)
class Chain:
    """A chain in its table. hook and policy only on base chains."""

    table: str
    name: str
    hook: str = ""
    policy: str = "accept"
    steps: list[Step] = field(default_factory=list)


Chains = Mapping[tuple[str, str], Chain]


def default_of(chains: Chains, version: int, hook: str) -> Answer:
    """What happens to a packet of IPv4 or IPv6 at this hook that no rule names; none where no chain stands at the hook."""
    families = ("ip", "inet") if version == 4 else ("ip6", "inet")  # noqa: PLR2004 - the version of IP
    found = [
        _walk(chains, chain, 0, {}) or ("drop" if chain.policy == "drop" else "accept")
        for chain in chains.values()
        if chain.hook == hook and chain.table.split(" ")[0] in families
    ]
    return next((answer for answer in STRICTEST if answer in found), "none")


def accepts_loopback(chains: Chains, version: int) -> bool:
    """Whether some rule that an incoming packet can meet accepts what comes by the loopback interface."""
    families = ("ip", "inet") if version == 4 else ("ip6", "inet")  # noqa: PLR2004 - the version of IP
    return any(s.loopback and s.verdict == "accept" for c in chains.values() if c.table.split(" ")[0] in families for s in c.steps)


def _walk(chains: Chains, chain: Chain, depth: int, known: dict[str, Answer | None]) -> Answer | None:
    """What a chain comes to; known: chains that were walked, because every rule of a chain may jump to the same one."""
    if chain.name not in known:
        known[chain.name] = None  # a chain that jumps back to itself decides nothing by that
        known[chain.name] = _steps(chains, chain, depth, known)
    return known[chain.name]


def _steps(chains: Chains, chain: Chain, depth: int, known: dict[str, Answer | None]) -> Answer | None:
    for step in chain.steps:
        if step.conditional:
            continue
        if step.verdict in _FINAL:
            return step.verdict  # type: ignore[return-value]
        if step.verdict == "return":
            return None
        target = chains.get((chain.table, step.target))
        if step.verdict in _FOLLOW and target is not None and depth < _DEEPEST:
            answer = _walk(chains, target, depth + 1, known)
            if answer or step.verdict == "goto":
                return answer
    return None


def read_nft(text: str) -> dict[tuple[str, str], Chain]:
    """Chains of `nft -j list ruleset`; raises ProbeError when it is not such JSON."""
    try:
        entries = json.loads(text)["nftables"]
    except (ValueError, KeyError, TypeError) as error:
        raise ProbeError("firewall.nft: what nft printed is not its JSON") from error
    chains: dict[tuple[str, str], Chain] = {}
    for entry in entries:
        if "chain" in entry:
            one = entry["chain"]
            table = f"{one['family']} {one['table']}"
            hook = one.get("hook", "") if one.get("type", "filter") == "filter" else ""
            chains[table, one["name"]] = Chain(table, one["name"], hook, one.get("policy", "accept"))
        elif "rule" in entry:
            one = entry["rule"]
            chains[f"{one['family']} {one['table']}", one["chain"]].steps.append(_nft_step(one.get("expr", [])))
    return chains


def _nft_step(statements: list[dict[str, Any]]) -> Step:
    verdict, target, conditional, loopback = "", "", False, False
    for statement in statements:
        for word, value in statement.items():
            if word in (*_FINAL, "return"):
                verdict = word
            elif word in _FOLLOW:
                verdict, target = word, value["target"]
            elif word not in _ANY:
                conditional = True
                loopback = loopback or (word == "match" and '"iif' in json.dumps(value) and value.get("right") == "lo")
    return Step(verdict, target, conditional, loopback)


def read_save(text: str, family: str) -> dict[tuple[str, str], Chain]:
    """Chains of the filter table in what iptables-save (family ip) or ip6tables-save (ip6) printed."""
    chains: dict[tuple[str, str], Chain] = {}
    table = f"{family} filter"
    inside = False
    for line in text.splitlines():
        if line.startswith("*"):
            inside = line.strip() == "*filter"
        elif inside and (head := re.match(r":(\S+) (\S+)", line)):
            hook = head[1].lower() if head[1] in ("INPUT", "FORWARD", "OUTPUT") else ""
            chains[table, head[1]] = Chain(table, head[1], hook, head[2].lower())
        elif inside and (rule := re.match(r"(?:\[\d+:\d+\] )?-A (\S+)(.*)", line)) and (table, rule[1]) in chains:
            chains[table, rule[1]].steps.append(_save_step(rule[2]))
    return chains


def _save_step(text: str) -> Step:
    words = re.sub(r'-m comment --comment (?:"[^"]*"|\S+)', "", text).split()
    place = next((index for index, word in enumerate(words) if word in ("-j", "-g")), len(words))
    tests = words[:place]
    target = words[place + 1] if place + 1 < len(words) else ""
    plain = target.lower()
    verdict = plain if plain in (*_FINAL, "return") else "goto" if words[place : place + 1] == ["-g"] else "jump"
    return Step(verdict if target else "", target, bool(tests), ("-i", "lo") in pairwise(tests))


def read_nft_text(files: Mapping[str, Iterable[str]], first: str) -> dict[tuple[str, str], Chain]:
    """Chains of an nftables file with the files that it includes; a later "flush ruleset" starts anew."""
    chains: dict[tuple[str, str], Chain] = {}
    table = ""
    chain: Chain | None = None
    for line in _nft_lines(files, first, 0, iter(range(_MOST_INCLUDES))):
        for part in (piece.strip() for piece in re.split(r";|(?<=\{)|(?=\})", line)):
            if part == "flush ruleset":
                chains, table, chain = {}, "", None
            elif head := re.match(r"table\s+(?:(ip|ip6|inet|arp|bridge|netdev)\s+)?(\S+)\s*\{", part):
                table = f"{head[1] or 'ip'} {head[2]}"
            elif (head := re.match(r"chain\s+(\S+)\s*\{", part)) and table:
                chain = chains.setdefault((table, head[1]), Chain(table, head[1]))
            elif part.startswith("}"):
                chain = None
            elif chain is not None:
                _nft_text_part(chain, part)
    return chains


def _nft_lines(files: Mapping[str, Iterable[str]], name: str, depth: int, left: Iterator[int]) -> Iterator[str]:
    for line in files.get(name, ()):
        text = re.sub(r"#.*", "", line).strip()
        included = re.match(r'include\s+"([^"]+)"', text)
        if included and depth < _DEEPEST:
            pattern = re.compile(re.escape(included[1]).replace(r"\*", "[^/]*"))
            for other in sorted(path for path in files if pattern.fullmatch(path)):
                if next(left, None) is None:
                    raise ProbeError(f"{name}: more than {_MOST_INCLUDES} files are included; look whether they include each other")
                yield from _nft_lines(files, other, depth + 1, left)
        elif text:
            yield text


def _nft_text_part(chain: Chain, part: str) -> None:
    if found := re.match(r"type\s+(\w+)\s+hook\s+(\w+)", part):
        chain.hook = found[2] if found[1] == "filter" else ""
    elif found := re.match(r"policy\s+(\w+)", part):
        chain.policy = found[1]
    elif part:
        chain.steps.append(_text_step(part))


def _text_step(part: str) -> Step:
    plain = re.sub(
        r'comment\s+"[^"]*"|log(\s+(prefix\s+"[^"]*"|level\s+\w+|flags\s+\w+))*|counter(\s+packets\s+\d+\s+bytes\s+\d+)?', "", part
    )
    words = plain.split()
    if not words:
        return Step("")
    found = re.search(r"\b(drop|reject|accept|return)\b|\b(jump|goto)\s+(\S+)", plain)
    if not found:
        return Step("")
    conditional = bool(plain[: found.start()].strip())
    loopback = bool(re.search(r'\biif(name)?\s+"?lo"?\b', plain))
    return Step(found[1] or found[2], found[3] or "", conditional, loopback)
