"""The closeout command in processes of its own, as people start it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Closeout:
    """The command with a data directory of its own."""

    data: Path

    def start(self, *words: str | Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "import server.cli; server.cli.main()", *map(str, words)]
        env = os.environ | {"CLOSEOUT_DATA": str(self.data)}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)

    def __call__(self, *words: str | Path, status: int = 0) -> Any:  # noqa: ANN401 - JSON of any command
        """What the command printed as JSON (--json is added where it is known); asserts the exit status."""
        out, err = self.say(*words, "--json", status=status)
        assert err.count("Traceback") == 0
        return json.loads(out)

    def say(self, *words: str | Path, status: int = 0) -> tuple[str, str]:
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        assert process.returncode == status, f"{words} ended with {process.returncode}: {out[-500:]} {err[-2000:]}"
        return out, err

    def items(self, check: str) -> list[dict[str, Any]]:
        """The items of a check as `items list` gives them."""
        return [one for one in self("items", "list") if one["source_key"] == check]

    def stored(self) -> tuple[Any, Any]:
        """All that a scan could have changed: every item whole, and how the checks of each host stand."""
        hosts = [{k: v for k, v in host.items() if k != "last_seen"} for host in self("hosts", "list")]
        return json.loads(self.say("export", "json")[0]), hosts
