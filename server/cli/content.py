"""checks diff and activate: what new content would open and close, seen before it is put into use."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress as Bar

from checks.compare import list_differences
from checks.load import load_directory
from collector.canonical import time_text
from poam_generator.backtest import Effect, Report
from server import store
from server.assess import make_assessor
from server.backtest import Progress, judgements_of, list_waiting, report_between, report_in_use
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.items_review import follow
from server.cli.output import print_json, print_table, say
from server.content import present_content
from server.models import ContentRecord, System

DIRECTORY = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command("diff")
@click.argument("old", metavar="OLD", type=DIRECTORY)
@click.argument("new", metavar="NEW", type=DIRECTORY)
@JSON
@with_system
def diff_command(system: System, *, old: Path, new: Path, as_json: bool) -> None:
    """Compare two directories of check files, and say what going from one to the other would open and close here.

    The observations of the last 90 days are judged by NEW. Nothing is stored and nothing changes.

    Example: closeout checks diff my-checks my-checks-new
    """
    before, after = load_directory(old, str(old)), load_directory(new, str(new))
    differences = list_differences(before, after)
    with _bar() as progress:
        report = report_between(before, make_assessor(system, after), now(), progress)
    effects = {one.check: one for one in report.effects}
    if as_json:
        print_json([one.to_json() | _consequences(effects.get(one.check)) for one in differences])
    elif differences:
        rows = [(d.check, d.platform, d.kind, _words(effects.get(d.check))) for d in differences]
        print_table(("check", "platform", "differs by", "would"), rows)
    say(f"{len(differences)} differences, {sum(d.kind == 'judgement' for d in differences)} of them in how a check judges")
    say(_summary(report))


@contextmanager
def _bar() -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    err = Console(stderr=True, highlight=False)
    with Bar(console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("judging again", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _consequences(effect: Effect | None) -> dict[str, Any]:
    shown = (effect or Effect("", "judgement")).to_json()
    return {key: shown[key] for key in ("stands", "opens", "joins", "closes", "withdraws", "left")}


def _words(effect: Effect | None) -> str:
    """What a check would do, in few words."""
    if effect is None:
        return ""
    said = [f"open an item with {', '.join(effect.opens)}"] if effect.opens else []
    said += [f"join {', '.join(hosts)} to {item}" for item, hosts in effect.joins.items()]
    said += [f"close {item}" for item in effect.closes] + [f"withdraw {item}" for item in effect.withdraws]
    said += [f"leave {item} without a check" for item in effect.left]
    said += [f"{count} from {move}" for move, count in effect.stands.items()]
    return "\n".join(said)


def _summary(report: Report) -> str:
    if not report.hosts:
        return f"no host was observed in the last {report.days} days by which any of it could be judged"
    return f"judged again on {report.hosts} hosts: {report.opened} items would open, {report.ended} would end"


@click.command("activate")
@click.option("--report", "seen", metavar="DIGEST", help="Accept the report of this digest, or the beginning of it.")
@click.option("--because", default="", help="Why the content may be put into use; the sentence stands in closure records.")
@AS
@JSON
@with_system
def activate_command(system: System, *, seen: str | None, because: str, acting: str | None, as_json: bool) -> None:
    """Show what new content would open and close, or put it into use by accepting that report.

    Checks that are new or judge otherwise open and close nothing before. The first content that a system is judged by needs no word.
    A report is accepted within a day, and only while no value has changed since it was made.

    Example: closeout checks activate --report 3f2a91c0 --because "release notes read, pilot hosts looked at"
    """
    assessor = make_assessor(system, present_content())
    if seen:
        user, judgements = person(system, acting), judgements_of(assessor, list_waiting(assessor))
        record = store.accept_content(system, seen, assessor.digest, judgements, user, because, now())
        say(f"in use since {time_text(record.since)[:16]}: {record.content[:12]}, accepted by {user}")
        follow(system, list(judgements), user)
        return
    with _bar() as progress:
        report = report_in_use(assessor, now(), progress)
    in_use = store.keep_first_content(system, assessor.manifest, now())
    if report.effects:
        store.save_report(system, report, assessor.manifest, now(), person(system, acting))
    if as_json:
        print_json({"in_use": _record_json(in_use), "report": report.to_json() | {"digest": report.digest}})
        return
    if not report.effects:
        say(f"the content that there is is in use: {in_use.content[:12]} since {time_text(in_use.since)[:16]}, {_by(in_use)}")
        return
    print_table(("check", "new by", "would"), [(one.check, one.kind, _words(one)) for one in report.effects])
    say(_summary(report))
    say(f"accept it by: closeout checks activate --report {report.digest[:12]} --because ...")


def _record_json(record: ContentRecord) -> dict[str, Any]:
    by = str(record.accepted_by) if record.accepted_by else None
    return {"content": record.content, "since": time_text(record.since), "accepted_by": by, "because": record.because}


def _by(record: ContentRecord) -> str:
    return f"accepted by {record.accepted_by}: {record.because}" if record.accepted_by else "the first here, which needed no word"
