"""One piece of work on a store: every check over the whole fleet, or what one host's scan brings."""

import resource
import statistics
import sys
import time
from datetime import timedelta
from typing import cast

from benchmarks.reconcile.fleet import NOW, add_receipt, linux_content, observations_of, status_of
from checks.model import Observation, Status
from checks.model import Result as Verdict
from server import store
from server.assess import Assessor, make_assessor, update_all_items, update_items
from server.models import Asset, Item, Receipt, Result

REPEATS = 9
HOST = 7


def measure_all() -> dict[str, float]:
    """Every check, its findings streamed; nothing is to change, because the store is as the last scan left it."""
    assessor = make_assessor(store.default_system(), linux_content())
    started = time.process_time()
    applied = update_all_items(assessor, NOW)
    cpu = time.process_time() - started
    if applied != store.Applied():
        sys.exit(f"nothing was to change, and this did: {applied}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"findings": Result.objects.count(), "items": Item.objects.count(), "cpu": cpu, "peak": peak}


def measure_one() -> dict[str, float]:
    """One host is scanned again and again: what bringing the items up to date takes of it, medians."""
    assessor = make_assessor(store.default_system(), linux_content())
    work = _Scans(assessor)
    work.scan(changes=0)
    unchanged = [work.scan(changes=0) for _ in range(REPEATS)]
    changed = [work.scan(changes=3) for _ in range(REPEATS)]
    return {"unchanged": statistics.median(unchanged), "changed": statistics.median(changed)}


class _Scans:
    """Scans of one host, each an hour after the one before."""

    def __init__(self, assessor: Assessor) -> None:
        self.assessor = assessor
        self.asset = Asset.objects.get(name=f"ws-{HOST:05}")
        newest = Receipt.objects.filter(asset=self.asset).latest("ordered_at")
        self.scope, self.now = newest.scope, max(NOW, newest.ordered_at)
        self.checks = list(assessor.content.checks.values())
        self.statuses = {check.id: status_of(HOST, n) for n, check in enumerate(self.checks)}

    def scan(self, changes: int) -> float:
        """Seconds of CPU that the items took, after a scan in which so many checks went from fail to pass or back."""
        turned = [name for name, status in self.statuses.items() if status in {"fail", "pass"}][:: len(self.statuses) // 4][:changes]
        for name in turned:
            self.statuses[name] = "pass" if self.statuses[name] == "fail" else "fail"
        self.now += timedelta(hours=1)
        receipt = add_receipt(self.asset, self.scope, self.now)
        store.record_results(receipt, [self._verdict(check.id) for check in self.checks], self.assessor.needs["linux"], self.now)
        started = time.process_time()
        update_items(self.assessor, self.statuses, self.now, hosts=[self.asset])
        return time.process_time() - started

    def _verdict(self, check: str) -> Verdict:
        status = cast("Status", self.statuses[check])
        observations = tuple(Observation(**{"reason": "", **one}) for one in observations_of(status))
        return Verdict(check, status, observations, self.assessor.judgements(self.assessor.content.checks[check])["linux"])
