"""answers: what no host can tell and people answer for."""

from pathlib import Path
from typing import cast, get_args

import click
from django.db import transaction

from poam_generator.attestation import attestation_faults, inheritance_faults
from poam_generator.json_form import to_json
from server import store
from server.answer_files import READERS, write_csv_answers, write_yaml_answers
from server.cli.answers_pass import COMMANDS, objectives_of
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.files import read_text
from server.cli.groups import Group
from server.cli.output import print_json, print_table, say, write_output
from server.cli.relevant import relevant_command
from server.models import Asset, System
from server.models.answers import AnswerKind
from server.words import record_answers


@click.group("answers", cls=Group)
def answers_command() -> None:
    """Record what people answer for: the plan (SSP), attestations, inherited objectives, and the registers of 3.5.3 and 3.13.11.

    Example: closeout answers import answers.yml
    """


for _command in (*COMMANDS, relevant_command):
    answers_command.add_command(_command)


@answers_command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@AS
@with_system
def import_command(system: System, *, file: Path, acting: str | None) -> None:
    """Record the answers of a FILE (.yml, or .csv for attestations); what is not in it stays as it was.

    Example: closeout answers import attestations.csv
    """
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise click.UsageError(f"{file}: name a file that ends with {', '.join(READERS)}")
    ids = {name: str(pk) for pk, name in Asset.objects.filter(system=system).values_list("id", "name")}
    given = reader(read_text(file), str(file), ids)
    done, applied = record_answers(system, given, person(system, acting), now())
    say(f"{done.new} new, {done.changed} changed, {done.unchanged} as they were")
    if applied.drafted:
        say(f"drafted for what is NOT MET: {', '.join(applied.drafted)}")
    today = now().date()
    for word in given.attestations:
        for fault in attestation_faults(word, today):
            say(f"{word.objective} counts for nothing yet: {fault}")
    for row in given.inheritances:
        for fault in inheritance_faults(row, today):
            say(f"{row.objective} is not inherited: {fault}")


@answers_command.command("export")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Into this file [default: standard output].")
@click.option("--csv", "as_csv", is_flag=True, help="The attestations alone, as CSV.")
@with_system
def export_command(system: System, *, output: Path | None, as_csv: bool) -> None:
    """Write what was answered, as `closeout answers import` reads it.

    Example: closeout answers export -o answers.yml
    """
    answers = store.answers_of(system)
    names = {str(pk): name for pk, name in Asset.objects.filter(system=system).values_list("id", "name")}
    text = write_csv_answers(answers.attestations, names) if as_csv else write_yaml_answers(answers, names)
    write_output(text.encode(), output, "the answers")


@answers_command.command("list")
@JSON
@with_system
def list_command(system: System, *, as_json: bool) -> None:
    """List what was answered, and why what does not count does not.

    Example: closeout answers list
    """
    answers = store.answers_of(system)
    if as_json:
        print_json(to_json(answers))
        return
    today = now().date()
    rows: list[tuple[str, ...]] = [
        ("attestation", one.objective, one.finding, one.by, " ".join(attestation_faults(one, today))) for one in answers.attestations
    ]
    rows += [
        ("inheritance", one.objective, one.responsibility, one.provider, " ".join(inheritance_faults(one, today)))
        for one in answers.inheritances
    ]
    rows += [("mfa", one.place, "covered" if one.covered else "not covered", one.by, "") for one in answers.mfa]
    rows += [("module", one.place, one.status, one.product, "") for one in answers.modules]
    print_table(("kind", "of", "says", "who", "does not count because"), rows)
    if answers.ssp:
        say(f"plan: {answers.ssp.title} {answers.ssp.version}, reviewed on {answers.ssp.reviewed_on}")
    else:
        say("no system security plan is on record; without one there is no score")


@answers_command.command("approve")
@click.argument("objective")
@AS
@with_system
def approve_command(system: System, *, objective: str, acting: str | None) -> None:
    """Approve that an OBJECTIVE, or a requirement as a whole, does not apply; whoever attested it cannot.

    Example: closeout answers approve "3.1.16[a]" --as a.official
    """
    user = person(system, acting)
    with transaction.atomic():
        for one in objectives_of(objective):
            store.approve_not_applicable(system, one, user, now())
    say(f"{objective}: not applicable, approved")


@answers_command.command("withdraw")
@click.argument("kind", type=click.Choice(get_args(AnswerKind)))
@click.argument("key", default="")
@AS
@with_system
def withdraw_command(system: System, *, kind: str, key: str, acting: str | None) -> None:
    """Take an answer back; it stays in the records, and counts no longer.

    Example: closeout answers withdraw attestation "3.6.1[a]"
    """
    store.withdraw_answer(system, cast("AnswerKind", kind), key, person(system, acting), now())
    say(f"the {kind} {key} is taken back".replace("  ", " "))
