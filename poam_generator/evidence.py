"""The record that an item ends with: what was shown, on which hosts, by what evidence, and what was not shown."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from collector.canonical import canonical_bytes, digest, read_time, time_text
from collector.errors import CollectorError
from poam_generator.errors import PoamError
from poam_generator.final_word import SCHEMA as BY_WORD
from poam_generator.final_word import word_problems
from poam_generator.json_form import from_json, to_json
from poam_generator.model import ClosureContext, Item, ItemHost, Judgement, Policy, Seen
from poam_generator.standing import Standing, enough

SCHEMA: Final = "closeout.closure/1"
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
NO_CONTEXT: Final = ClosureContext()


def closure_record(  # noqa: PLR0913, PLR0917 - everything that the record names
    item: Item,
    standings: Mapping[str, Standing],
    policy: Policy,
    now: datetime,
    judgement: Judgement,
    context: ClosureContext = NO_CONTEXT,
) -> dict[str, Any]:
    """Canonical JSON data that claims no more than it shows; standings are those of the hosts that scans decide on.

    hosts: each with failing and passing observation side by side, the passes that were relied upon, and the policy that they
    answer. left_out: the hosts
    under a person's disposition, of which nothing is shown. digest: SHA-256 over the rest. An open item gives a closure, a
    draft a withdrawal. Raises PoamError when a host among standings has no passing observation.
    """
    record = {
        "schema": SCHEMA,
        "kind": "closure" if item.state == "open" else "withdrawal",
        "item": item.id,
        "check": item.source_key,
        "title": context.title,
        "predecessor": item.predecessor,
        "at": time_text(now),
        "hosts": [_host_form(host, standings[host.host]) for host in item.hosts if host.host in standings],
        "left_out": [_left_out_form(host) for host in item.hosts if host.host not in standings],
        "judgement": _judgement_form(standings, judgement, context),
        "parameters": to_json(context.parameters),
        "policy": to_json(policy),
        "supports": list(context.supports),
        "not_shown": list(context.not_shown),
        "assets_not_scanned": list(context.assets_not_scanned),
        "examine": list(context.examine),
        "interview": list(context.interview),
        "change_reference": context.change_reference,
        "changed_by": context.changed_by,
        "words": _words_form(standings, context),
    }
    record["statement"] = state_claim(record)
    return {**record, "digest": digest(record)}


def state_claim(record: Mapping[str, Any]) -> str:
    """The record's claim in one sentence, and what it does not claim."""
    names = ", ".join(f"{host['host_name']} at {host['passing']['observed_at']}" for host in record["hosts"])
    left_out = ", ".join(f"{host['host_name']} ({host['disposition']})" for host in record["left_out"])
    return (
        f"Shows check {record['check']} passing on {names or 'no host'}; "
        f"supports {', '.join(record['supports']) or 'no objective'}; not shown: {', '.join(record['not_shown']) or 'not stated'}; "
        f"hosts left out by a person: {left_out or 'none'}; assets not scanned: {', '.join(record['assets_not_scanned']) or 'none named'}; "
        f"test evidence only, examine: {', '.join(record['examine']) or 'none'}, interview: {', '.join(record['interview']) or 'none'}."
    )


def verify_record(data: bytes | Mapping[str, Any]) -> list[str]:
    """What is wrong with a record, one sentence each, empty when it holds; bytes have to be the canonical ones.

    It needs nothing but the record: the digest, the order of each host's failure and passes, and the policy it names.
    """
    try:
        record = json.loads(data) if isinstance(data, bytes) else dict(data)
        problems = [] if not isinstance(data, bytes) or canonical_bytes(record) == data else ["The bytes are not in canonical form."]
        return [*problems, *(word_problems(record) if record["schema"] == BY_WORD else _problems(record))]
    except (ValueError, KeyError, TypeError, AttributeError, CollectorError, PoamError) as error:
        return [f"This is not a closure record, or it is not whole: {error}."]


def _host_form(host: ItemHost, standing: Standing) -> dict[str, Any]:
    if host.passing is None:
        raise PoamError(f"{host.host_name} has no passing observation; a closure record shows one for every host")
    return {
        "host": host.host,
        "host_name": host.host_name,
        "failing": to_json(host.failing),
        "passing": to_json(host.passing),
        "passes": [to_json(seen) for seen in standing.passes],
        "needed": standing.needed,
        "policy": to_json(standing.policy),
        "accepted_receipts": list(host.accepted_receipts),
    }


def _words_form(standings: Mapping[str, Standing], context: ClosureContext) -> dict[str, Any]:
    """The words of reviewers on passes that were relied upon, by receipt."""
    relied = {seen.receipt for standing in standings.values() for seen in standing.passes}
    return {receipt: to_json(word) for receipt, word in sorted(context.words.items()) if receipt in relied}


def _left_out_form(host: ItemHost) -> dict[str, Any]:
    until = host.disposition_until.isoformat() if host.disposition_until else None
    return {
        "host": host.host,
        "host_name": host.host_name,
        "disposition": host.disposition,
        "until": until,
        "failing": to_json(host.failing),
    }


def _judgement_form(standings: Mapping[str, Standing], judgement: Judgement, context: ClosureContext) -> dict[str, Any]:
    """The digests that judged, each with who confirmed it; "" where that is not known."""
    used = {seen.judgement for standing in standings.values() for seen in (standing.before, *standing.passes)}
    return {
        "current": dict(judgement.current),
        "confirmed": {one: context.confirmed_by.get(one, "") for one in sorted(used & judgement.confirmed)},
    }


def _problems(record: Mapping[str, Any]) -> Iterator[str]:
    if record["schema"] != SCHEMA:
        yield f"The schema is {record['schema']!r}, and {SCHEMA!r} is known."
        return
    if digest({key: value for key, value in record.items() if key != "digest"}) != record["digest"]:
        yield "The digest is not the one of this record: something in it was changed."
    if record["statement"] != state_claim(record):
        yield "The statement says something else than the record shows."
    if not record["hosts"]:
        yield "No host is shown as fixed."
    if len({host["host"] for host in (*record["hosts"], *record["left_out"])}) != len(record["hosts"]) + len(record["left_out"]):
        yield "A host stands in the record twice."
    for host in record["left_out"]:
        if not host["disposition"]:
            yield f"{host['host_name']}: it is left out without a disposition."
    for host in record["hosts"]:
        yield from (f"{host['host_name']}: {problem}." for problem in _host_problems(host, record))


def _host_problems(host: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[str]:
    failing, passing = from_json(Seen, host["failing"]), from_json(Seen, host["passing"])
    passes = tuple(from_json(Seen, seen) for seen in host["passes"])
    policy, at = from_json(Policy, host["policy"]), read_time(record["at"])
    if failing.status != "fail":
        yield f"its failing observation says {failing.status}"
    if passing not in passes:
        yield "its passing observation is not among the passes that were relied upon"
    yield from _pass_problems(failing, passes, host["accepted_receipts"], policy)
    if host["needed"] < policy.passes or not enough(passes, host["needed"], policy, at) or passes[-1].observed_at > at:
        yield "its passes are not what the closing policy asks for"
    if not policy.automatic and not any(seen.receipt in host["accepted_receipts"] for seen in passes):
        yield "the closing policy asks for a reviewer's word, and none of its passes has one"
    for seen in passes:
        if seen.judgement not in record["judgement"]["confirmed"]:
            yield f"the judgement {seen.judgement[:12]} of {time_text(seen.observed_at)} is not among the confirmed ones"
    for seen in (failing, *passes):
        if not all(DIGEST.fullmatch(one) for one in (seen.bundle, seen.facts, seen.judgement)):
            yield f"the observation of {time_text(seen.observed_at)} does not name its evidence by SHA-256"


def _pass_problems(failing: Seen, passes: tuple[Seen, ...], accepted_receipts: list[str], policy: Policy) -> Iterator[str]:
    if not passes:
        yield "it has no pass after its failure"
    if len({seen.receipt for seen in passes}) != len(passes) or list(passes) != sorted(passes, key=lambda seen: seen.observed_at):
        yield "its passes are not distinct receipts in the order of time"
    for seen in passes:
        when = time_text(seen.observed_at)
        if seen.status != "pass" or seen.reread:
            yield f"the observation of {when} is not a pass from a receipt of its own"
        if seen.observed_at <= failing.observed_at:
            yield f"the pass of {when} is not after its failure of {time_text(failing.observed_at)}"
        if seen.origin == "hand-carried" and seen.receipt not in accepted_receipts:
            yield f"the pass of {when} was carried by hand, and no reviewer has accepted it"
        if policy.same_judgement and seen.judgement != failing.judgement and seen.receipt not in accepted_receipts:
            yield f"the pass of {when} is under another judgement than its failure, and no reviewer has accepted it"
