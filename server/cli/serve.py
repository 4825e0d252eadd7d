"""serve: the pages, until Ctrl-C."""

import socket

import click

from server import store
from server.cli.context import now, with_system
from server.cli.output import say
from server.errors import ServerError
from server.models import System, User
from server.serve import require_port, serve

PORT = click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 is any free one.")


@click.command("serve")
@PORT
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; put a TLS proxy before any but loopback.")
@with_system
def serve_command(system: System, *, port: int, host: str) -> None:
    """Serve the pages until Ctrl-C. CLOSEOUT_URL is the address that people type, when it is another.

    Example: closeout serve --port 8080
    """
    try:
        socket.getaddrinfo(host, port)
    except OSError as error:
        raise click.BadParameter(f"{host!r} is no address of this machine: {error.strerror}", param_hint="--host") from error
    serve_pages(system, port, host)


def serve_pages(system: System, port: int, host: str = "127.0.0.1") -> None:
    """Serve until Ctrl-C, and say where and how to sign in."""
    require_port(host, port)

    def ready(address: str) -> None:
        say(f"\nthe pages: {address}")
        for line in _sign_in(system):  # only now: a one-time password is lost where the port cannot be had
            say(line)
        say("Ctrl-C stops")

    serve(host, port, ready=ready)
    say("stopped")


def _sign_in(system: System) -> list[str]:
    """How to sign in; makes the first administrator where nobody can."""
    try:
        user, password = store.first_administrator(system, "admin", now())
    except ServerError:
        first = next(one.username for one in User.objects.filter(is_active=True).order_by("pk") if one.has_usable_password())
        return [f"sign in as {first}; a lost password is replaced by: closeout people reset {first}"]
    return [f"sign in as {user.username} with the one-time password {password}", "it is not shown again, and you choose your own then"]
