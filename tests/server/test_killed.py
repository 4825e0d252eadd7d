"""A scan that is killed outright, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

BEGIN = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from server.start import open_database
open_database()
from checks.load import load_directory
from collector.transports import Collected
from server import scan, store
from tests.support.bundles import set_machine_id, small_bundle, small_sources

scan.sources_for = lambda *_: small_sources()
now = lambda: datetime.now(UTC)
system = store.default_system()
hosts = [store.add_host(system, store.NewAsset(f"ws-{n}", way_in="ssh"), now()) for n in range(3)]

def collect(asset, script):
    if asset.name == "ws-1":
        print("waiting", flush=True)
        time.sleep(600)
    return Collected(set_machine_id(small_bundle(), asset.pk.hex), "scan")

scan.scan(system, hosts, load_directory(Path(sys.argv[1]), "content"), collect, now, scan.Order(workers=1))
"""
AFTER = """
from datetime import UTC, datetime
from server.start import open_database
open_database()
from server import doctor, runs
from server.models import Item, Receipt, Result, ScanRun, ScanTask
print(runs.mark_interrupted(datetime.now(UTC)), runs.mark_interrupted(datetime.now(UTC)))
print(ScanRun.objects.get().state, *ScanTask.objects.order_by("asset__name").values_list("state", flat=True))
print(Receipt.objects.count(), Result.objects.values("receipt").distinct().count(), Item.objects.count())
print([finding.text for finding in doctor.examine(whole=True) if not finding.good])
"""


def test_a_scan_that_is_killed_loses_nothing_and_is_known_to_be_interrupted(tmp_path: Path) -> None:
    environment = {**os.environ, "CLOSEOUT_DATA": str(tmp_path / "data"), "PYTHONPATH": str(Path.cwd())}
    environment.pop("CLOSEOUT_DATABASE", None)
    content = Path(__file__).parent / "content"
    with subprocess.Popen([sys.executable, "-c", BEGIN, str(content)], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "waiting\n"
        time.sleep(1)  # the writer saves the first host meanwhile
        process.send_signal(signal.SIGKILL)
    done = subprocess.run([sys.executable, "-c", AFTER], env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == ["1 0", "interrupted done interrupted interrupted", "1 1 0", "[]"]
