"""Serving the pages by one process with threads, until it is told to stop."""

import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from urllib.parse import urlsplit

import waitress
from django.conf import settings
from django.utils import timezone

from collector.bundle import LARGEST
from server import runs
from server.errors import ServerError
from server.jobs import Daily, executor

THREADS = 8


def serve(host: str = "127.0.0.1", port: int = 8000, threads: int = THREADS, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C; answers that are being written are finished first. port 0: any free one.

    ready is called with the address once connections are accepted. Raises ServerError when the port cannot be had.
    """
    from server.wsgi import application  # noqa: PLC0415 - it sets Django up, which has to wait for the data directory

    runs.mark_interrupted(timezone.now())
    try:
        server = waitress.create_server(
            application,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            url_scheme=urlsplit(settings.PUBLIC_URL).scheme,
            clear_untrusted_proxy_headers=True,
            max_request_body_size=LARGEST + 2**20,
        )
    except OSError as error:
        raise _unservable(host, port, error) from error
    signal.signal(signal.SIGTERM, _stop)
    daily = Daily(executor)
    daily.start()
    if ready:
        ready(f"http://{server.effective_host}:{server.effective_port}")
    try:
        server.run()  # returns after SystemExit or KeyboardInterrupt, with every answer written
    finally:
        server.close()
        daily.stop()
        executor.stop()


def require_port(host: str = "127.0.0.1", port: int = 8000) -> None:
    """Raise ServerError when a port cannot be had now, so that nobody waits for a scan to be told so."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _unservable(host, port, error) from error


def _unservable(host: str, port: int, error: OSError) -> ServerError:
    return ServerError(f"{host}:{port} cannot be served: {error.strerror}; choose another with --port")


def _stop(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(0)
