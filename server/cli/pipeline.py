"""script, facts, evaluate: the pure pipeline on files, without a database."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from checks.evaluate import evaluate_all
from checks.judgement import arguments_of, sources_of
from checks.load import Content
from checks.model import Check
from checks.parameters import ParameterError, Settings, resolve_settings
from collector.bundle import MAGIC, Bundle, read_bundle
from collector.catalog import PLATFORMS, declared, probes, sources, with_arguments
from collector.errors import CollectorError
from collector.facts import Facts, join_path
from collector.packed import is_packed
from collector.probe import Source
from collector.read import read_facts
from collector.schema import read_facts_file
from collector.script import build_script
from server.cli import COULD_NOT
from server.cli.bundle_files import read_carried
from server.cli.groups import CONTENT
from server.cli.output import print_json, print_table, say, status_text
from server.content import present_content

FILES = click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))


@click.command("script")
@click.argument("platform", type=click.Choice(PLATFORMS))
@click.option("--only", metavar="PROBE,...", help="Only these probes; a bundle of them confirms only what they cover.")
@click.option("--check", "check_ids", metavar="ID,...", help="Only what these checks need.")
@click.option("--root", metavar="DIR", default="", help="Of the system below a directory, as of an image mounted there.")
@CONTENT
def script_command(platform: str, only: str | None, check_ids: str | None, root: str, directory: Path | None) -> None:
    """Print the collection script of a PLATFORM; run on a host, it prints one bundle.

    It only reads, installs nothing and leaves nothing behind. Run it as root to see all. What your own checks ask for (--content),
    as in file[/etc/foo.conf].mode, is built into it. With --root it enters the directory, and what only a running system can say
    is an error.

    Example: closeout script linux | ssh root@ws-014 sh -s > ws-014.bundle
    """
    if root and platform != "linux":
        raise click.UsageError("only a Linux system can be collected from below a directory")
    content = present_content(directory)
    asked = arguments_of(content.checks.values(), platform)
    click.echo(build_script(with_arguments(choose_sources(platform, only, check_ids, content), asked), root, platform), nl=False)


def choose_sources(platform: str, only: str | None, check_ids: str | None, content: Content) -> tuple[Source, ...]:
    """The sources that the options name, with those that say which host it is; all of them without options."""
    every = probes(platform)
    if not every:
        raise CollectorError(f"there is no collection for {platform} in this version")
    if not only and not check_ids:
        return sources(every)
    names = {n.strip() for n in only.split(",")} if only else set()
    unknown = names - {p.name for p in every}
    if unknown:
        raise click.UsageError(f"no probe is named {', '.join(sorted(unknown))}; there are {', '.join(p.name for p in every)}")
    wanted = {s.name for p in every if p.name in names | {"host"} for s in p.sources}
    for check in _named_checks(check_ids, content):
        wanted |= sources_of(check, platform)
    return tuple(s for s in sources(every) if s.name in wanted)


def _named_checks(check_ids: str | None, content: Content) -> list[Check]:
    if not check_ids:
        return []
    names = [n.strip() for n in check_ids.split(",")]
    unknown = [n for n in names if n not in content.checks]
    if unknown:
        raise click.UsageError(f"no check is named {', '.join(unknown)}; `closeout checks list` shows them")
    return [content.checks[n] for n in names]


@click.command("facts")
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="The facts document as JSON.")
@click.option("--paths", type=click.Choice(PLATFORMS), help="List every fact path of a platform instead.")
def facts_command(file: Path | None, *, as_json: bool, paths: str | None) -> None:
    """Show the typed facts of a bundle FILE (`-` is standard input), with what could not be read and why.

    Example: closeout script linux | sudo sh | closeout facts - --json
    """
    if paths:
        _print_paths(paths, as_json=as_json)
        return
    if file is None:
        raise click.UsageError("name a bundle or facts FILE, or ask for the --paths there are")
    facts = read_any(file)
    if as_json:
        print_json(facts.to_json())
        return
    leaves = [r for one in declared(facts.platform) for r in facts.lookup(join_path(one.segments))]
    print_table(
        ("fact", "value"), [(r.path, getattr(r.value, "reason", None) or _shown(r.value)) for r in leaves if r.path not in facts.errors]
    )
    for path, reason in facts.errors.items():
        say(f"could not tell: {path}: {reason}")


def _shown(value: object) -> object:
    return "not set" if value is None else value


def _print_paths(platform: str, *, as_json: bool) -> None:
    rows = [(join_path(one.segments), one.fact.type, one.fact.meaning) for one in declared(platform)]
    if as_json:
        print_json([{"path": p, "type": t, "meaning": m} for p, t, m in rows])
    else:
        print_table(("path", "type", "meaning"), rows)


@click.command("evaluate")
@FILES
@click.option("--json", "as_json", is_flag=True, help="Results as JSON.")
@click.option("--set", "settings", metavar="CHECK.PARAMETER=VALUE", multiple=True, help="Another value for a parameter, within its bounds.")
@click.option("--fail-on", type=click.Choice(["fail", "error"]), help="Exit with 1 when a check fails (or errs).")
@CONTENT
def evaluate_command(
    files: tuple[Path, ...], *, as_json: bool, settings: tuple[str, ...], fail_on: str | None, directory: Path | None
) -> int:
    """Judge bundles or facts documents (FILE, `-` is standard input) by the checks; no database is needed.

    Example: closeout evaluate ws-014.bundle --set account-lockout-threshold.max_attempts=3 --json
    """
    content = present_content(directory)
    parameters = _parameters(content, settings)
    answers = [_judge(file, content, parameters) for file in files]
    if as_json:
        print_json(answers)
    elif any(a["results"] for a in answers):
        print_table(("host", "status", "check", "because"), _rows(answers))
    refused = [a["error"] for a in answers if "error" in a]
    for sentence in refused:
        say(f"closeout: {sentence}")
    bad = {"fail": {"fail"}, "error": {"fail", "error"}}.get(fail_on or "", set())
    found = any(r["status"] in bad for a in answers for r in a["results"])
    return COULD_NOT if refused else int(found)


def _parameters(content: Content, settings: tuple[str, ...]) -> Settings:
    try:
        return resolve_settings(content, settings)
    except ParameterError as error:
        raise click.UsageError(str(error)) from error


def _judge(file: Path, content: Content, parameters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The answer for one file; what could not be read stands under error, and the other files are judged all the same."""
    try:
        facts = read_any(file)
    except CollectorError as error:
        return {"bundle": str(file), "host": {}, "results": [], "error": str(error)}
    results = [r.to_json() for r in evaluate_all(content, facts, parameters)]
    return {"bundle": str(file), "host": dict(facts.host), "results": results}


def _rows(answers: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (a["host"].get("name", a["bundle"]), status_text(r["status"]), r["check"], _because(r["observations"]))
        for a in answers
        for r in sorted(a["results"], key=lambda r: (r["status"] != "fail", r["status"] != "error", r["check"]))
    ]


def _because(observations: list[dict[str, Any]]) -> str:
    telling = [o for o in observations if o["status"] != "pass"] or observations
    shown = [_sentence(o) for o in telling[:3]]
    return "\n".join(shown) + (f"\nand {len(telling) - 3} more" if len(telling) > 3 else "")  # noqa: PLR2004 - three are shown


def _sentence(observation: dict[str, Any]) -> str:
    if observation["status"] == "error":
        return f"{observation['path']}: could not tell: {observation.get('reason', '')}"
    observed = "not set" if observation["observed"] is None else observation["observed"]
    return f"{observation['path']}: expected {observation['expected']}, observed {observed}"


def read_any(file: Path) -> Facts:
    """The facts of a bundle or of a facts document; raises CollectorError naming the file and what is wrong with it."""
    raw = read_carried(file)
    if not is_packed(raw) and MAGIC.encode() not in raw[:65536]:
        return read_facts_file(raw, str(file))
    return read_facts(named_bundle(raw, str(file)))


def named_bundle(raw: bytes, name: str) -> Bundle:
    """The bundle in these bytes; raises CollectorError that names the file."""
    try:
        return read_bundle(raw)
    except CollectorError as error:
        raise CollectorError(f"{name}: {error}") from error
