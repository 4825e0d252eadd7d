"""checks pack, trust, install, packs, uninstall: signed packs of checks, made and taken in."""

from pathlib import Path
from typing import Any

import click

from checks.cases import run_tests
from checks.errors import ContentError
from checks.framework import load_framework
from checks.lint import lint
from checks.load import Content
from checks.packs import Pack, key_id, make_pack, read_pack, read_private_key
from server.cli.output import print_json, print_table, say, write_output
from server.content import install, installed_packs, read_file, trust, trusted_keys, uninstall

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("pack")
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--name", required=True, help="Words joined by hyphens; an installed pack of the same name makes way.")
@click.option("--version", required=True, help="As in 2026.11.")
@click.option("--key", required=True, type=FILE, help="The private key that signs, in PEM, on the curve P-256.")
@click.option("-o", "output", type=FILE, help="The file, otherwise standard output.")
def pack_command(*, directory: Path, name: str, version: str, key: Path, output: Path | None) -> None:
    """Make one signed file of a DIRECTORY of check files, for other installations.

    Example: closeout checks pack my-checks --name example --version 2026.11 --key pack.key -o example.pack
    """
    private = read_private_key(read_file(key), str(key))
    raw = make_pack(directory, name, version, private)
    _refuse_faulty(read_pack(raw, name, {key_id(private.public_key()): private.public_key()}).content)
    write_output(raw, output, f"a pack signed by the key {key_id(private.public_key())[:16]}")


def _refuse_faulty(content: Content) -> None:
    """Raise ContentError on the first thing that lint or a case of a check finds; packs hold what is whole."""
    for problem in lint(content, load_framework()):
        raise ContentError(problem.file, problem.line, (), f"{problem.path}: {problem.message}")
    for check in content.checks.values():
        for wrong in (outcome for outcome in run_tests(check) if not outcome.passed):
            raise ContentError(
                check.file, 1, ("tests",), f"{wrong.case.name} is judged {wrong.result.status}; correct the case or the check"
            )


@click.command("trust")
@click.argument("key", type=FILE)
def trust_command(key: Path) -> None:
    """Let packs be signed by a KEY, a public key in PEM: what it signs can be installed from now on.

    Example: closeout checks trust pack.pub
    """
    say(f"packs may be signed by the key {trust(read_file(key), str(key))}")


@click.command("install")
@click.argument("file", type=FILE)
def install_command(file: Path) -> None:
    """Take in a pack of checks, whose signature and digests are looked at now and whenever it is read.

    Its checks are judged from the next scan on; they open and close nothing before their report was accepted.

    Example: closeout checks install example.pack
    """
    raw = read_file(file)
    _refuse_faulty(read_pack(raw, str(file), trusted_keys()).content)
    pack = install(raw, str(file))
    say(f"installed {pack.name} {pack.version} with {len(pack.content.checks)} checks, digest {pack.digest[:16]}")
    say("see what it would open and close: closeout checks activate")


@click.command("packs")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def packs_command(*, as_json: bool) -> None:
    """List the installed packs with their version, digest, and the key that signed them.

    Example: closeout checks packs --json
    """
    rows = [_pack_json(pack) for pack in installed_packs()]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(
            ("name", "version", "checks", "digest", "signer"), [(*list(r.values())[:3], r["digest"][:16], r["signer"][:16]) for r in rows]
        )
    else:
        say("no pack is installed: closeout checks install FILE")


def _pack_json(pack: Pack) -> dict[str, Any]:
    return {
        "name": pack.name,
        "version": pack.version,
        "checks": len(pack.content.checks),
        "digest": pack.digest,
        "signer": pack.signer,
    }


@click.command("uninstall")
@click.argument("name")
def uninstall_command(name: str) -> None:
    """Take an installed pack away; items of its checks stay, and nothing judges them any more.

    Example: closeout checks uninstall example
    """
    uninstall(name)
    say(f"{name} is gone; see what that leaves: closeout checks activate")


COMMANDS = (pack_command, trust_command, install_command, packs_command, uninstall_command)
