"""The pages served by threads of the test's own process, as one process serves them in use."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import waitress
from waitress import wasyncore

from server.wsgi import application


@contextmanager
def served() -> Iterator[int]:
    """The port at 127.0.0.1 where the pages are, while the context is entered; nothing is closed under the thread that waits on it."""
    channels: dict[int, Any] = {}
    server = waitress.create_server(application, channels, host="127.0.0.1", port=0, threads=4)
    done = threading.Event()

    def turn() -> None:
        while not done.is_set():
            wasyncore.loop(timeout=0.5, map=channels, count=1)

    thread = threading.Thread(target=turn, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        done.set()
        server.pull_trigger()
        thread.join(60)
        server.task_dispatcher.shutdown()
        wasyncore.close_all(channels)
