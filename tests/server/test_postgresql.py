"""Store, guards, scans, jobs and the uploads of agents once more, on PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SAME = (
    "store",
    "test_guards.py",
    "test_scan.py",
    "test_jobs.py",
    "test_doctor.py",
    "test_chain.py",
    "test_agent_uploads.py",
    "test_time_passes.py",
)


@pytest.mark.skipif("CLOSEOUT_DATABASE" in os.environ, reason="this run is on PostgreSQL itself")
def test_the_same_tests_pass_on_postgresql(postgres_dsn: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(str(HERE / name) for name in SAME)]
    environment = {**os.environ, "CLOSEOUT_DATABASE": postgres_dsn}
    done = subprocess.run(command, env=environment, cwd=HERE.parent.parent, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout[-5000:]
