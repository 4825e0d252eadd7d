"""hosts: the inventory, and whether a scan gets in."""

import re
from pathlib import Path
from typing import Any, get_args

import click

from collector.bundle import read_bundle
from collector.catalog import probes, sources
from collector.read import read_facts
from collector.script import build_script
from poam_generator.scope import Category
from server import store
from server.cli import hosts_change
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.groups import Group
from server.cli.inventory import import_command
from server.cli.items_review import follow
from server.cli.output import print_json, print_table, say, show
from server.cli.scan import ask_secrets, secret_options
from server.models import Asset, Conflict, System
from server.models.inventory import Kind
from server.store import NewAsset
from server.ways import collector_with, platform_of

CATEGORY = click.option(
    "--category", type=click.Choice(get_args(Category)), default="uncategorised", show_default=True, help="As 32 CFR 170.19 sorts assets."
)
BECAUSE = click.option("--because", default="", help="Why it is of that category; out of scope needs a justification.")
SSP_SECTION = click.option(
    "--ssp-section", default="", help="Where the SSP documents it; contractor risk managed and specialized need that."
)
_WAY = re.compile(r"(?P<user>[^\s]+)@(?P<address>\[[0-9A-Fa-f:]+\]|[^@:\s]+)(?::(?P<port>\d{1,5}))?")


@click.group("hosts", cls=Group)
def hosts_command() -> None:
    """Keep the inventory of hosts.

    Example: closeout hosts add ws-014 --ssh scan@10.0.0.14 --key ~/.ssh/scan
    """


for _command in (import_command, *hosts_change.COMMANDS):
    hosts_command.add_command(_command)


@hosts_command.command("add")
@click.argument("name")
@click.option("--ssh", metavar="USER@ADDRESS[:PORT]", help="Collected by SSH, by this account.")
@click.option("--winrm", metavar="USER@ADDRESS[:PORT]", help="Collected by WinRM, by this account: Windows.")
@click.option("--auth", type=click.Choice(["kerberos", "ntlm", "certificate"]), help="How WinRM knows the account [default: kerberos].")
@click.option("--ca-file", type=click.Path(path_type=Path), help="The certificate authority that WinRM's certificate is checked by.")
@click.option("--encrypted-http", is_flag=True, help="WinRM by HTTP with encrypted messages, where there is no HTTPS listener.")
@click.option("--jump", metavar="HOST", help="Reached through this host of the inventory.")
@click.option("--local", is_flag=True, help="This very machine.")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The private key to sign in with [default: the agent, ~/.ssh].")
@click.option("--sudo", type=click.Choice(["auto", "never"]), default="auto", show_default=True, help="auto: become root by sudo.")
@click.option("--kind", type=click.Choice(get_args(Kind)), default="host", show_default=True, help="What it is; only hosts have a way in.")
@CATEGORY
@BECAUSE
@SSP_SECTION
@click.option("--group", default="", help="A word to sort hosts by.")
@AS
@with_system
def add_command(  # noqa: PLR0913 - one argument an option
    system: System,
    *,
    name: str,
    ssh: str | None,
    winrm: str | None,
    auth: str | None,
    ca_file: Path | None,
    encrypted_http: bool,
    jump: str | None,
    local: bool,
    key_file: Path | None,
    sudo: str,
    acting: str | None,
    **words: Any,  # noqa: ANN401 - kind, category and its words, group
) -> None:
    """Add a host, or another asset in scope. Without a way in, its bundles are carried in by hand (closeout import).

    Network devices, cloud services, printers and appliances stand in the inventory too: what no host shows of them is attested.

    Example: closeout hosts add ws-014 --ssh scan@10.0.0.14 --key ~/.ssh/scan
    """
    if (ssh is not None) + (winrm is not None) + local > 1:
        raise click.UsageError("a host is reached by --ssh or by --winrm or is --local, one of them")
    if not winrm and (auth or ca_file or encrypted_http):
        raise click.UsageError("--auth, --ca-file and --encrypted-http belong to --winrm")
    if jump and not ssh:
        raise click.UsageError("only a host that is reached by --ssh has a --jump host")
    way: dict[str, Any] = {"way_in": "local" if local else "none", "platform": "linux" if local else ""}
    if ssh:
        way = {"way_in": "ssh", **_read_way(ssh, "--ssh", 22), "key_file": _whole(key_file)}
        way["jump_id"] = store.find_host(system, jump).pk if jump else None
    if winrm:
        way = {"way_in": "winrm", "platform": "windows", **_read_way(winrm, "--winrm", 5985 if encrypted_http else 5986)}
        way |= {"authentication": auth or "kerberos", "encrypted_http": encrypted_http}
        way |= {"ca_file": _whole(ca_file), "key_file": _whole(key_file)}
    words["category_because"] = words.pop("because")
    asset = store.add_host(system, NewAsset(name=name, sudo=sudo, **words, **way), now(), person(system, acting))
    say(f"added {asset.name}; try the way in: closeout hosts test {asset.name}" if ssh or winrm else f"added {asset.name}")


def _whole(file: Path | None) -> str:
    return str(file.expanduser().absolute()) if file else ""


def _read_way(text: str, option: str, usual: int) -> dict[str, Any]:
    found = _WAY.fullmatch(text)
    port = int(found["port"] or usual) if found else 0
    if not found or not 0 < port < 2**16:
        raise click.BadParameter(f"{text!r} is not USER@ADDRESS or USER@ADDRESS:PORT", param_hint=option)
    return {"account": found["user"], "address": found["address"].strip("[]"), "port": port}


@hosts_command.command("list")
@click.option("--retired", is_flag=True, help="Those that were retired too.")
@JSON
@with_system
def list_command(system: System, *, retired: bool, as_json: bool) -> None:
    """List the hosts with their way in and how their checks stand.

    Example: closeout hosts list --json
    """
    hosts = Asset.objects.filter(system=system).select_related("jump").order_by("name")
    rows = [_host_json(a) for a in hosts if retired or not a.retired_at]
    if as_json:
        print_json(rows)
        return
    headings = ("name", "kind", "way_in", "category", "last_seen", "pass", "fail", "error", "not_applicable")
    print_table(headings, [[r[h] if r[h] is not None else "never" for h in headings] for r in rows])


def _host_json(asset: Asset) -> dict[str, Any]:
    way = f"{asset.way_in} {asset.account}@{asset.address}:{asset.port}" if asset.way_in in {"ssh", "winrm"} else asset.way_in
    return {
        "id": str(asset.pk),
        "name": asset.name,
        "kind": asset.kind,
        "way_in": way,
        "category": asset.category,
        "category_because": asset.category_because,
        "ssp_section": asset.ssp_section,
        "group": asset.group,
        "jump": asset.jump.name if asset.jump else None,
        "platform": asset.platform,
        "last_seen": asset.last_seen_at.isoformat(timespec="seconds") if asset.last_seen_at else None,
        "retired": bool(asset.retired_at),
        "pass": asset.passing,
        "fail": asset.failing,
        "error": asset.unclear,
        "not_applicable": asset.not_applicable,
    }


@hosts_command.command("categorise")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--category", required=True, type=click.Choice(get_args(Category)), help="As 32 CFR 170.19 sorts assets.")
@BECAUSE
@SSP_SECTION
@AS
@with_system
def categorise_command(  # noqa: PLR0913 - one argument an option
    system: System, *, names: tuple[str, ...], category: str, because: str, ssp_section: str, acting: str | None
) -> None:
    """Say what assets are to the assessment (32 CFR 170.19(c)(1)), all or none of them.

    What is uncategorised counts as a CUI asset. Contractor risk managed and specialized assets may stand in items and prove
    nothing. What is out of scope is not scanned and leaves the items that it stands in; its justification is kept.

    Example: closeout hosts categorise guest-wifi --category out_of_scope --because "own uplink, no route to the enclave"
    """
    assets, user = [store.find_host(system, name) for name in dict.fromkeys(names)], person(system, acting)
    held = set().union(*map(store.checks_that_hold, assets))
    store.categorise(assets, category, because, ssp_section, user, now())
    say(f"{', '.join(one.name for one in assets)}: {category.replace('_', ' ')}")
    follow(system, list(held), user)


@hosts_command.command("test")
@click.argument("name")
@click.option(
    "--accept-host-key",
    metavar="SHA256:...|new",
    help="Accept a first contact: the fingerprint that you compared on the host, or `new` for whatever it shows.",
)
@click.option(
    "--accept-certificate",
    metavar="SHA256:...|new",
    help="The same for the certificate of a WinRM listener that no authority known here has signed.",
)
@secret_options
@with_system
def test_command(system: System, *, name: str, accept_host_key: str | None, accept_certificate: str | None, **ask: bool) -> None:
    """Try the way in to a host: connection, host key or certificate, account, sudo. Nothing is stored but what was accepted.

    Example: closeout hosts test ws-014 --accept-host-key SHA256:ki2x...
    """
    asset = store.find_host(system, name)
    only_identity = tuple(s for s in sources(probes(platform_of(asset))) if s.name.startswith("host."))
    collect = collector_with(ask_secrets(ask, accept_host_key, accept_certificate))
    collected = collect(asset, build_script(only_identity, platform=platform_of(asset)))
    said = read_facts(read_bundle(collected.raw)).host
    for note in collected.notes:
        say(note)
    show(f"{asset.name}: reached as {collected.account}; it calls itself {said.get('name', 'nothing')}")


@hosts_command.command("retire")
@click.argument("name")
@click.option("--because", required=True, help="Why it leaves the scope; the sentence stays in the records.")
@AS
@with_system
def retire_command(system: System, *, name: str, because: str, acting: str | None) -> None:
    """Take a host out of scope: it is scanned no more, and leaves the items that it stands in.

    Example: closeout hosts retire ws-014 --because "scrapped, CM-118"
    """
    asset, user = store.find_host(system, name), person(system, acting)
    held = list(store.checks_that_hold(asset))
    store.retire_host(asset, user, because, now())
    say(f"retired {name}")
    follow(system, held, user)


@hosts_command.command("conflicts")
@JSON
@with_system
def conflicts_command(system: System, *, as_json: bool) -> None:
    """List hosts that were seen with what another host is known by: a cloned machine, a renamed host, a wrong address.

    Example: closeout hosts conflicts
    """
    rows = [_conflict_json(one) for one in store.open_conflicts(system)]
    if as_json:
        print_json(rows)
        return
    headings = ("number", "host", "other", "kind", "value", "noted_at")
    print_table(headings, [[r[h] for h in headings] for r in rows])
    if rows:
        say("say which is which: closeout hosts resolve NUMBER --because ..., or closeout hosts merge where both are one machine")


def _conflict_json(conflict: Conflict) -> dict[str, Any]:
    return {
        "number": conflict.pk,
        "host": conflict.asset.name,
        "other": conflict.other.name,
        "kind": conflict.kind,
        "value": conflict.value,
        "noted_at": conflict.noted_at.isoformat(timespec="seconds"),
        "receipt": str(conflict.receipt_id),
    }


@hosts_command.command("resolve")
@click.argument("number", type=int)
@click.option("--because", required=True, help="Which host is which, in a sentence that stays in the records.")
@AS
@with_system
def resolve_command(system: System, *, number: int, because: str, acting: str | None) -> None:
    """Resolve a conflict by its NUMBER (closeout hosts conflicts); the same pair is not asked about again.

    Example: closeout hosts resolve 3 --because "both are right, ws-015 was cloned from ws-014"
    """
    found = {one.pk: one for one in store.open_conflicts(system)}
    if number not in found:
        waiting = ", ".join(map(str, found)) or "none"
        raise click.UsageError(f"no open conflict has the number {number}; there are: {waiting}")
    store.resolve_conflict(found[number], person(system, acting), because, now())
    say(f"resolved {number}")
