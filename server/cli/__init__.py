"""The closeout command: one module a group of commands, loaded when it is called for."""

import importlib
import io
import os
import signal
import sys
from contextlib import suppress
from typing import Any

import click

from collector import __version__
from server.cli.groups import Group

COULD_NOT = 3
STOPPED = 130  # what shells give for Ctrl-C

# command -> module below server.cli, and the line that `closeout --help` shows
PURE = {
    "script": ("pipeline", "print the collection script"),
    "facts": ("pipeline", "show the typed facts of a bundle"),
    "evaluate": ("pipeline", "judge bundles or facts documents by the checks"),
    "checks": ("checks", "list, show, test, lint and write checks"),
    "lint": ("lint", "read a POA&M table, and say what nobody should sign"),
    "requirements": ("requirements", "list the requirements of the framework"),
    "verify": ("verify", "verify the evidence of an item, or all that is kept here"),
}
WITH_DATABASE = {
    "run": ("run", "scan this host, judge it, draft POA&M items and serve the pages"),
    "hosts": ("hosts", "add, list, test and retire hosts"),
    "agents": ("agents", "install agents on hosts that push, approve and revoke them"),
    "scan": ("scan", "collect from hosts, judge, and bring the POA&M up to date"),
    "import": ("scan", "take in bundles that were carried by hand"),
    "scans": ("scans", "list scans, and what came of one on each host"),
    "receipts": ("receipts", "list what hosts delivered, and write the raw output to a file"),
    "items": ("items", "review POA&M items: list, show, approve, edit, dismiss ..."),
    "dispositions": ("dispositions", "show what was accepted, excepted, deferred or dismissed"),
    "policies": ("policies", "propose and approve when a passing scan may close"),
    "drafting": ("drafting", "say how the team works: hours, holidays, targets, contacts, texts"),
    "changes": ("changes", "what one object, file or unit mends, as one change and as a script"),
    "judgements": ("judgements", "list and confirm changed ways of judging a check"),
    "tailoring": ("tailoring", "confirm the organization's own values, except hosts from checks"),
    "answers": ("answers", "record what people answer for: the plan, attestations, registers"),
    "duties": ("duties", "keep what recurs, by when it is due, and the evidence"),
    "documents": ("documents", "keep the documents that words rest on"),
    "assessments": ("assessments", "record CMMC assessments, their POA&M and its closeout"),
    "score": ("score", "compute the score, every number with its reasons"),
    "whatif": ("score", "show what the score would be with some steps done"),
    "plan": ("score", "find the cheapest way to Conditional status or to 110"),
    "metrics": ("metrics", "count items, mending, risk, money and the score over a period"),
    "export": ("export", "write the POA&M in a format of others"),
    "evidence": ("evidence", "write what an ended item rests on, for others to verify"),
    "people": ("people", "add people and give them roles"),
    "serve": ("serve", "serve the pages"),
    "doctor": ("doctor", "check that the database and the evidence are whole"),
}
COMMANDS = {"run": WITH_DATABASE["run"]} | PURE | WITH_DATABASE


class Commands(Group):
    """Subcommands by name, each imported when it is asked for, so that `script` does not wait for a web framework."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of a user's day."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None when there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        if cmd_name in WITH_DATABASE:
            # Django takes its time, and settings that are wrong must not keep anybody from the pure commands.
            importlib.import_module("server.start").set_up()
        module = importlib.import_module(f"server.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line a command, without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="closeout")
def cli() -> None:
    """Scan hosts for NIST SP 800-171, write the POA&M of what fails, and close it when a later scan passes.

    JSON goes to standard output (--json), messages to standard error. Exit status: 0 did it, 1 did it and found
    failures (--fail-on fail), 2 wrong use, 3 could not. `--data DIR` may stand anywhere and says where database and
    evidence live; without it that is $CLOSEOUT_DATA, else closeout below $XDG_DATA_HOME or ~/.local/share.

    Example: closeout scan --local --fail-on fail
    """


def main() -> None:
    """Run the command line; trouble ends as one sentence and exit status 3, never as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows no such letter gets its number
    sys.unraisablehook = _hear_ctrl_c
    try:
        status = execute(sys.argv[1:])
    except KeyboardInterrupt:  # once more, while the first was being answered
        status = STOPPED
    _let_go_of_output()
    sys.exit(status)


def _hear_ctrl_c(unraisable: "sys.UnraisableHookArgs") -> None:
    """Ctrl-C that came while Python was cleaning up, where nothing can be raised, is heard a moment later and not lost."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
    else:
        sys.__unraisablehook__(unraisable)


def _let_go_of_output() -> None:
    """What could not be written has been told of, or nobody reads it: Python must not try again when it ends."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
        return
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def settle_data(arguments: list[str]) -> list[str]:
    """The arguments without --data DIR, wherever it stood; it goes into the environment, where the settings look."""
    left: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            return [*left, word, *words]
        if word != "--data" and not word.startswith("--data="):
            left.append(word)
            continue
        directory = word[7:] if "=" in word else next(words, "")
        if not directory:
            raise click.UsageError("--data needs a directory, as in --data /var/lib/closeout")
        os.environ["CLOSEOUT_DATA"] = directory
    return left


def execute(arguments: list[str]) -> int:
    """The exit status of a command line."""
    try:
        result: Any = cli.main(args=settle_data(arguments), prog_name="closeout", standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except SystemExit as error:  # click, when nobody reads its output any more; serve, when it is told to stop
        return COULD_NOT if error.code else 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last resort: nobody gets a traceback
        return _answer(error)
    return result if isinstance(result, int) else 0


def _answer(error: BaseException) -> int:
    """Say what went wrong on standard error; the exit status for it."""
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        click.echo("closeout: stopped", err=True)
        return STOPPED
    if not isinstance(error, BrokenPipeError):
        from server.cli.trouble import tell  # noqa: PLC0415 - needed by few

        click.echo(f"closeout: {tell(error)}", err=True)
    return COULD_NOT
