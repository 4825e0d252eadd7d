"""agents: hosts that push what they collected, signed."""

from pathlib import Path
from typing import Any

import click
from django.conf import settings

from collector.catalog import PLATFORMS
from server import store
from server.agent_package import KINDS, build_package, pin_of
from server.cli.context import AS, JSON, now, person, with_system
from server.cli.groups import Group
from server.cli.output import print_json, print_table, say
from server.models import Agent, AgentEvent, Asset, System
from server.store import NewAsset
from server.store import agents as seam

HOST = click.option("--host", metavar="NAME", help="The host of the inventory.")


@click.group("agents", cls=Group)
def agents_command() -> None:
    """Install agents on hosts that push their bundles, approve and revoke them.

    Example: closeout agents token --host ws-014
    """


@agents_command.command("package")
@click.option("--platform", type=click.Choice(PLATFORMS), default="linux", show_default=True, help="What the hosts run.")
@click.option(
    "-o", "--output", "target", required=True, type=click.Path(path_type=Path), help="The archive to write: tar, for Windows zip."
)
@click.option("--certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="What the TLS server shows, in PEM.")
@click.option("--pin", help="The pin of its public key, in place of the certificate: sha256//...")
@click.option("--url", help="The address that the hosts reach this server at [default: CLOSEOUT_URL].")
@with_system
def package_command(  # noqa: PLR0913 - one parameter an option
    system: System, *, platform: str, target: Path, certificate: Path | None, pin: str | None, url: str | None
) -> None:
    """Write the package for the hosts of a platform: installer, agent, and the collection script as it is now.

    It holds no secret. The hosts talk to a server with this very public key and to no other; keep the key when the certificate
    is renewed. Unpack it on a host and run `install.sh` or `install.ps1` there, with a token.

    Example: closeout agents package --platform windows -o agent.zip --certificate /etc/nginx/closeout.pem
    """
    if (certificate is None) == (pin is None):
        raise click.UsageError("give --certificate FILE or --pin sha256//..., one of them")
    known = pin_of(certificate.read_bytes()) if certificate else pin or ""
    target.write_bytes(build_package(system, platform, url or settings.PUBLIC_URL, known, now()))
    say(f"wrote {target} for a server with the pin {known}")
    say(f"on the host, {KINDS[platform].install.format(target.name)}")


@agents_command.command("token")
@HOST
@click.option("--hours", default=24, show_default=True, type=click.IntRange(1, seam.LONGEST_HOURS), help="How long it is good for.")
@AS
@JSON
@with_system
def token_command(system: System, *, host: str | None, hours: int, acting: str | None, as_json: bool) -> None:
    """Make a token with which one host may enrol, once; it is shown here and stored nowhere.

    Example: closeout agents token --host ws-014 --hours 2
    """
    asset = store.find_host(system, host) if host else None
    row, token = seam.new_token(system, person(system, acting), now(), hours, asset)
    if as_json:
        print_json({"id": str(row.pk), "token": token, "host": host, "expires": row.expires_at.isoformat(timespec="seconds")})
        return
    say(f"one host may enrol with this until {row.expires_at:%Y-%m-%d %H:%M} UTC; it is not shown again:")
    click.echo(token)


@agents_command.command("list")
@JSON
@with_system
def list_command(system: System, *, as_json: bool) -> None:
    """List the agents with their keys, their hosts and when they last delivered.

    Example: closeout agents list --json
    """
    rows = [_agent_json(agent) for agent in seam.agents(system)]
    if as_json:
        print_json(rows)
        return
    headings = ("id", "state", "host", "calls_itself", "key", "last_upload", "refused")
    print_table(headings, [[r[h] or "-" for h in headings] for r in rows])


def _agent_json(agent: Agent) -> dict[str, Any]:
    return {
        "id": str(agent.pk),
        "state": agent.state,
        "host": agent.asset.name if agent.asset else None,
        "calls_itself": agent.said_name,
        "address": agent.address,
        "key": agent.fingerprint,
        "enrolled": agent.enrolled_at.isoformat(timespec="seconds"),
        "last_upload": agent.last_upload_at.isoformat(timespec="seconds") if agent.last_upload_at else None,
        "sequence": agent.last_sequence or None,
        "refused": seam.last_word(agent),
        "revoked_because": agent.revoked_because or None,
    }


@agents_command.command("refusals")
@click.option("--count", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many of the newest.")
@JSON
@with_system
def refusals_command(system: System, *, count: int, as_json: bool) -> None:
    """List what was refused: by which agent, from where, and why.

    Example: closeout agents refusals --count 10
    """
    rows = [_refusal_json(event) for event in seam.refusals(system, count)]
    if as_json:
        print_json(rows)
        return
    headings = ("at", "why", "host", "address", "text")
    print_table(headings, [[r[h] or "-" for h in headings] for r in rows])


def _refusal_json(event: AgentEvent) -> dict[str, Any]:
    return {
        "at": event.at.isoformat(timespec="seconds"),
        "why": event.word,
        "agent": str(event.agent_id) if event.agent_id else None,
        "host": event.agent.asset.name if event.agent and event.agent.asset else None,
        "address": event.address,
        "sequence": event.sequence,
        "text": event.text,
    }


@agents_command.command("approve")
@click.argument("identifier", metavar="ID")
@HOST
@click.option("--add", is_flag=True, help="Add the host to the inventory first.")
@click.option("--platform", type=click.Choice(PLATFORMS), help="What the added host runs [default: what it first delivers].")
@AS
@with_system
def approve_command(system: System, *, identifier: str, host: str | None, add: bool, platform: str | None, acting: str | None) -> None:  # noqa: PLR0913 - one parameter an option
    """Approve an agent: what its key signs is this host's from now on. Compare the key with what the installer printed.

    Example: closeout agents approve 5e1f --host ws-014
    """
    if platform and not (host and add):
        raise click.UsageError("--platform is for a host that is added: --host NAME --add")
    agent = seam.find_agent(system, identifier)
    user = person(system, acting)
    if host and add:
        asset = seam.approve_new_host(agent, user, NewAsset(host, platform=platform or "", way_in="agent"), now())
    else:
        asset = _asset_for(system, agent, host)
        seam.approve_agent(agent, user, asset, now())
    say(f"approved the key {agent.fingerprint} for {asset.name}")


def _asset_for(system: System, agent: Agent, host: str | None) -> Asset:
    if host:
        return store.find_host(system, host)
    if agent.asset is None:
        raise click.UsageError("say whose key it is: --host NAME, and --add where the inventory does not have it yet")
    return agent.asset


@agents_command.command("revoke")
@click.argument("identifier", metavar="ID")
@click.option("--because", required=True, help="Why it ends; the sentence stays in the records.")
@AS
@with_system
def revoke_command(system: System, *, identifier: str, because: str, acting: str | None) -> None:
    """End an agent for good: nothing that it signs is taken any more. What it delivered stays evidence.

    Example: closeout agents revoke 5e1f --because "the disk was sold"
    """
    agent = seam.find_agent(system, identifier)
    seam.revoke_agent(agent, person(system, acting), because, now())
    say(f"revoked agent {agent.pk}")
