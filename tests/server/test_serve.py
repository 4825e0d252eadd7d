import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from server.cli.serve import serve_pages
from server.errors import ServerError
from server.models import System, User
from server.serve import require_port

SERVE = """
from server.start import open_database
open_database()
from server.serve import serve
serve(port=0, ready=lambda address: print(address, flush=True))
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_pages_are_served_until_the_process_is_told_to_stop(tmp_path: Path, how: signal.Signals) -> None:
    environment = {**os.environ, "CLOSEOUT_DATA": str(tmp_path / "data")}
    with subprocess.Popen(
        [sys.executable, "-c", SERVE], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
        with urllib.request.urlopen(f"{address}/", timeout=30) as answer:  # noqa: S310 - our own address
            headers = answer.headers
        process.send_signal(how)
        try:
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Server"] is None
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_port_that_is_taken_is_told_at_once_and_uses_no_one_time_password_up(system: System) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"127.0.0.1:{port} cannot be served: .*; choose another with --port"):
            require_port(port=port)
        with pytest.raises(ServerError, match="cannot be served"):
            serve_pages(system, port)
    assert not User.objects.exists()
