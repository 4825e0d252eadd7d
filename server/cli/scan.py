"""scan and import: observations in, and what they do to the POA&M."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from checks.load import Content
from collector.errors import CollectorError
from server import store
from server.cli import COULD_NOT
from server.cli.bundle_files import read_carried
from server.cli.context import JSON, login, now, person, with_system
from server.cli.output import print_json, printable, say, show
from server.cli.waiting import tell_of_waiting
from server.content import present_content
from server.errors import ServerError
from server.intake import Imported, import_bundle
from server.local_host import local_host
from server.models import Asset, Conflict, Result, System
from server.scan import Order, Outcome, Step, scan
from server.store import Applied
from server.ways import HOST_SECONDS, Secrets, collector_with

Options = Callable[..., Any]


def secret_options(command: Options) -> Options:
    """Options for what a person types for one run and closeout keeps nowhere."""
    for name, words in (
        ("--ask-key-passphrase", "Ask for the passphrase of the private keys."),
        ("--ask-sudo-password", "Ask for the password that sudo wants on the hosts."),
        ("--ask-password", "Ask for the password to sign in with, where no key does."),
    ):
        command = click.option(name, is_flag=True, help=words)(command)
    return command


def ask_secrets(ask: Mapping[str, bool], accept_host_key: str | None = None, accept_certificate: str | None = None) -> Secrets:
    """What was asked for, typed without echo (or read from standard input, a line each, where it is no terminal)."""

    def typed(option: str, words: str) -> str | None:
        return str(click.prompt(words, hide_input=True, err=True)) if ask[option] else None

    return Secrets(
        typed("ask_password", "password to sign in with"),
        typed("ask_sudo_password", "password for sudo"),
        typed("ask_key_passphrase", "passphrase of the keys"),
        accept_host_key,
        accept_certificate,
    )


@click.command("scan")
@click.argument("names", metavar="[HOST...]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every host with a way in [default without HOST and --local].")
@click.option("--local", is_flag=True, help="This very host.")
@click.option("--check", "checks", metavar="ID,...", help="Only what these checks need; other checks keep their results.")
@click.option("--workers", default=16, show_default=True, type=click.IntRange(1, 256), help="How many hosts are waited for at a time.")
@click.option("--host-seconds", default=HOST_SECONDS, show_default=True, type=click.IntRange(1, 86400), help="How long one host may take.")
@click.option(
    "--total-seconds", type=click.IntRange(1, 604800), help="How long all may take; hosts not done by then are told, the rest is kept."
)
@click.option("--fail-on", type=click.Choice(["fail", "error"]), help="Exit with 1 when a check fails (or errs) on a scanned host.")
@secret_options
@JSON
@with_system
def scan_command(  # noqa: PLR0913 - one argument an option
    system: System,
    *,
    names: tuple[str, ...],
    everything: bool,
    local: bool,
    checks: str | None,
    workers: int,
    host_seconds: int,
    total_seconds: int | None,
    fail_on: str | None,
    as_json: bool,
    **ask: bool,
) -> int:
    """Collect from hosts, judge, draft POA&M items for what fails and close those that every host has passed.

    A host that cannot be reached, or not in time, keeps its items as they are, and the exit status is 3.

    Example: closeout scan ws-014 ws-015 --total-seconds 3600
    """
    content = present_content()
    only = read_checks(content, checks)
    hosts = _choose(system, names, everything=everything, local=local)
    order = Order(only, person(system, None), workers, total_seconds)
    with progress(len(hosts)) as step:
        outcome = scan(system, hosts, content, collector_with(ask_secrets(ask), host_seconds), now, order, step)
    if as_json:
        print_json(outcome_json(outcome))
    else:
        for line in applied_lines(outcome.applied):
            show(line)
    tell_of_waiting(system, content)
    if any(s.error for s in outcome.steps):
        return COULD_NOT
    bad = {"fail": {"fail"}, "error": {"fail", "error"}}.get(fail_on or "", set())
    return int(Result.objects.filter(asset__in=hosts, status__in=bad).exists())


def read_checks(content: Content, words: str | None) -> tuple[str, ...]:
    """The ids in a list with commas; raises a usage error on one that no check has, since that would look at everything."""
    names = tuple(word.strip() for word in words.split(",")) if words is not None else ()
    if unknown := [name for name in names if name not in content.checks]:
        raise click.UsageError(f"no check is named {', '.join(map(repr, unknown))}; `closeout checks list` shows them")
    return names


def _choose(system: System, names: Sequence[str], *, everything: bool, local: bool) -> list[Asset]:
    if everything and (names or local):
        raise click.UsageError("name hosts, or ask for --all of them")
    chosen = [store.find_host(system, name) for name in dict.fromkeys(names)]
    if local:
        chosen.append(local_host(system, now()))
    if refused := [why for host in chosen if (why := store.why_not_looked_at(host))]:
        raise ServerError("; ".join(refused))
    return chosen or store.hosts_to_scan(system)


@contextmanager
def progress(total: int) -> Iterator[Callable[[Step], None]]:
    """Tells of each host as it ends: a bar on a terminal, plain lines elsewhere."""
    err = Console(stderr=True, highlight=False)
    with Progress(console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("collecting", total=total)

        def tell(step: Step) -> None:
            bar.advance(task)
            words = step.error or "; ".join(("collected", *step.notes))
            name = "" if step.error.startswith(f"{step.asset.name}:") else f"{step.asset.name}: "
            bar.console.print(printable(f"[{step.done}/{step.total}] {name}{words}"), markup=False)

        yield tell


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """A scan's outcome: {"run", "hosts": [{"host", "receipt", "error", "results"}], "items": {...}}."""
    return {
        "run": str(outcome.run.pk),
        "hosts": [_step_json(step) for step in sorted(outcome.steps, key=lambda s: s.asset.name)],
        "items": applied_json(outcome.applied),
    }


def _step_json(step: Step) -> dict[str, Any]:
    counts = Counter(Result.objects.filter(asset=step.asset).values_list("status", flat=True)) if step.receipt else {}
    return {
        "host": step.asset.name,
        "receipt": str(step.receipt.pk) if step.receipt else None,
        "error": step.error,
        "notes": list(step.notes),
        "results": dict(sorted(counts.items())),
    }


def applied_json(applied: Applied) -> dict[str, list[str]]:
    """Ids of the items that were drafted, joined by hosts, closed and withdrawn."""
    return {word: list(getattr(applied, word)) for word in ("drafted", "joined", "closed", "withdrawn")}


def applied_lines(applied: Applied) -> Iterator[str]:
    """What happened to the POA&M, a line each; one line when nothing did."""
    return item_lines(applied_json(applied))


def item_lines(items: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The same of what applied_json tells."""
    said = {
        "drafted": "drafted, to be reviewed",
        "joined": "joined by further hosts",
        "closed": "closed: every host passes",
        "withdrawn": "withdrawn: fixed before review",
    }
    lines = [f"{words}: {name_ids(ids)}" for word, words in said.items() if (ids := items[word])]
    yield from lines or ["nothing changed on the POA&M"]


def name_ids(ids: Sequence[str]) -> str:
    """The ids of items in a line that can be read: all of a few, first and last of many."""
    few = 8
    return ", ".join(ids) if len(ids) <= few else f"{len(ids)} items, {min(ids)} to {max(ids)}"


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--host", "name", metavar="NAME", help="The host they are of [default: the one that their machine-id was seen at].")
@JSON
@with_system
def import_command(system: System, *, files: tuple[Path, ...], name: str | None, as_json: bool) -> int:
    """Take in bundles that were carried here by hand. A carried pass closes an item only on a reviewer's word.

    Example: closeout import ws-014.bundle --host ws-014
    """
    asset = store.find_host(system, name) if name else None
    answers = [_import(system, file, asset) for file in files]
    matched = [a for a in answers if not a["error"]]
    if as_json:
        print_json(answers)
    for answer in answers:
        if answer["error"]:
            say(f"closeout: {answer['error']}")
        elif not as_json:
            idle = answer["known"] and not any(answer["items"].values())
            known = " (had come before; nothing changed)" if idle else " (had come before)" if answer["known"] else ""
            show(f"{answer['file']}: {answer['host']}{known}")
            for line in () if idle else (*item_lines(answer["items"]), *answer["conflicts"]):
                show(f"  {line}")
    say(f"matched {len(matched)} of {len(answers)}")
    return 0 if len(matched) == len(answers) else COULD_NOT


def _import(system: System, file: Path, asset: Asset | None) -> dict[str, Any]:
    answer: dict[str, Any] = {"file": str(file), "host": None, "receipt": None, "known": False, "error": "", "items": {}, "conflicts": []}
    try:
        raw = read_carried(file)
    except CollectorError as error:
        return answer | {"error": str(error)}
    try:
        done: Imported = import_bundle(system, raw, present_content(), now(), asset, carrier=login())
    except (CollectorError, ServerError) as error:
        return answer | {"error": f"{file}: {error}"}
    return answer | {
        "host": done.asset.name,
        "receipt": str(done.receipt.pk),
        "known": done.known,
        "items": applied_json(done.applied),
        "conflicts": [_conflict_line(one) for one in done.conflicts],
    }


def _conflict_line(one: Conflict) -> str:
    which = f"closeout hosts resolve {one.pk} --because ..."
    return f"{one.asset} and {one.other} both show the {one.kind} {one.value}; say which is which: {which}"
