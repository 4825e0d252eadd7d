"""What new content would open and close: the observations of the last 90 days, read again and judged by it, before it is in use.

It is what the next scan would do if every host then said what it said last: a pass closes only when it is observed after the failure.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from checks.compare import list_differences
from checks.load import Content
from checks.manifest import Manifest, list_removed, list_unseen
from checks.model import Check
from checks.model import Result as Verdict
from collector.catalog import PLATFORMS
from collector.read import read_facts
from poam_generator import model as poam
from poam_generator.backtest import BackTestKind, Effect, Report, find_effect, finding_of
from poam_generator.policies import closing_rules
from poam_generator.reconcile import reconcile
from server import store
from server.assess import Assessor
from server.models import Asset, Confirmation, Item, ItemHost, Receipt, Result, Scope, System
from server.store.observations import doubt, doubted_hosts
from server.store.policies import policies_of
from server.store.seam import item_id, seen_of

DAYS = 90
Progress = Callable[[int, int], None]  # hosts done, hosts in all


@dataclass(frozen=True, slots=True)
class Change:
    """What is new about a check, and the platforms on which it judges anew."""

    check: Check
    kind: BackTestKind
    platforms: frozenset[str]


def report_in_use(assessor: Assessor, now: datetime, progress: Progress | None = None) -> Report:
    """What the content that there is would do beside the content that is in use; without effects where they judge alike."""
    in_use = store.content_in_use(assessor.system) or store.keep_first_content(assessor.system, assessor.manifest, now)
    changes = list_changes(assessor, in_use.manifest)
    return _report(assessor, changes, list_removed(assessor.manifest, in_use.manifest), now, progress)


def list_waiting(assessor: Assessor) -> list[Change]:
    """The checks that judge otherwise than in the content in use, so that they wait for a word; none before anything was judged."""
    in_use = store.content_in_use(assessor.system)
    return list_changes(assessor, in_use.manifest) if in_use else []


def list_changes(assessor: Assessor, accepted: Manifest) -> list[Change]:
    """The checks that judge otherwise than in accepted content."""
    unseen = list_unseen(assessor.manifest, accepted)
    return [
        Change(check, "judgement" if check.id in accepted else "added", platforms)
        for check in assessor.content.checks.values()
        if (platforms := frozenset(platform for platform, ids in unseen.items() if check.id in ids))
    ]


def judgements_of(assessor: Assessor, changes: Iterable[Change]) -> dict[str, dict[str, str]]:
    """Check -> platform -> how the changed checks judge there by the organization's values."""
    return {one.check.id: assessor.judgements(one.check) for one in changes}


def report_between(old: Content, new: Assessor, now: datetime, progress: Progress | None = None) -> Report:
    """What going from one directory of checks to another would do; checks that neither of them has are left alone."""
    found = list_differences(old, new.content)
    kinds: dict[str, BackTestKind] = {one.check: one.kind for one in found if one.kind in {"added", "judgement"}}
    places = {name: frozenset(one.platform for one in found if one.check == name and one.platform) for name in kinds}
    changes = [Change(check := new.content.checks[name], kind, places[name] or frozenset(check.platforms)) for name, kind in kinds.items()]
    return _report(new, changes, tuple(one.check for one in found if one.kind == "removed"), now, progress)


def _report(assessor: Assessor, changes: Sequence[Change], removed: Sequence[str], now: datetime, progress: Progress | None) -> Report:
    basis = store.basis_of_report(assessor.digest, judgements_of(assessor, changes))
    replay = _Replay(assessor, changes, now)
    replay.run(progress)
    effects = [replay.effect(change) for change in changes]
    left = [Effect(check, "removed", left=_live_items(assessor.system, check)) for check in removed]
    ordered = tuple(sorted((*effects, *left), key=lambda one: one.check))
    return Report(assessor.digest, basis, DAYS, replay.hosts, ordered)


def _live_items(system: System, check: str) -> tuple[str, ...]:
    rows = Item.objects.filter(system=system, source="check", source_key=check, state__in=poam.LIVE).order_by("number")
    return tuple(item_id(system, number) for number in rows.values_list("number", flat=True))


@dataclass(slots=True)
class _Host:
    """One host with the receipts that are to be judged again, oldest first, and which checks each is judged by."""

    pk: UUID
    name: str
    platform: str
    group: str
    wanted: dict[UUID, set[str]] = field(default_factory=dict)


class _Replay:
    """Goes through the hosts one by one. What a host's items hold needs its past; of all else the newest observation is enough."""

    def __init__(self, assessor: Assessor, changes: Sequence[Change], now: datetime) -> None:
        self.system = assessor.system
        self.changes = changes
        self.now = now
        self.judge = Assessor(self.system, Content({one.check.id: one.check for one in changes}), assessor.settings)
        policies = policies_of(self.system)
        self.rules = {one.check.id: closing_rules(policies, one.check.severity, now) for one in changes}
        self.findings: dict[str, list[poam.Finding]] = {one.check.id: [] for one in changes}
        self.hosts = 0
        self._held = self._held_hosts()
        self._doubted = doubted_hosts(self.system)
        self._confirmed = self._confirmed_judgements()
        self._stands = self._statuses()
        self._written: dict[int, tuple[Verdict, tuple[Mapping[str, Any], ...]]] = {}

    def run(self, progress: Progress | None) -> None:
        """Judge every host that was observed within the time."""
        if not self.changes:
            return
        hosts = list(self._hosts())
        for done, host in enumerate(hosts, 1):
            self._add(host)
            if progress:
                progress(done, len(hosts))
        self.hosts = sum(bool(host.wanted) for host in hosts)

    def effect(self, change: Change) -> Effect:
        """What reconcile would do by the findings of one check, were its new judgement confirmed."""
        check = change.check.id
        current = self.judge.judgements(change.check)
        judgement = poam.Judgement(check, current, frozenset({*self._confirmed.get(check, ()), *current.values()}))
        found = self.findings[check]
        held = store.items(self.system, [check])[check] if check in self._confirmed else ()  # what was never judged has none
        changes = reconcile(found, held, judgement, self.rules[check].default, self.now)
        stands = self._stands.get(check, {})
        moved = [(stands.get(one.host, ""), one.latest.status) for one in found if one.latest]
        return find_effect(check, change.kind, {name: current[name] for name in sorted(change.platforms)}, moved, changes)

    def _confirmed_judgements(self) -> dict[str, list[str]]:
        """Check -> the digests by which it may open and close."""
        found: dict[str, list[str]] = {}
        rows = Confirmation.objects.filter(system=self.system).values_list("judgement__check_id", "judgement__digest")
        for check, judgement in rows:
            found.setdefault(check, []).append(judgement)
        return found

    def _statuses(self) -> dict[str, dict[str, str]]:
        """Check -> host -> how it stands now, of the checks that change."""
        found: dict[str, dict[str, str]] = {}
        for check, host, status in Result.objects.filter(system=self.system).values_list("check_id", "asset_id", "status").iterator():
            if check in self.findings:
                found.setdefault(check, {})[str(host)] = status
        return found

    def _held_hosts(self) -> set[tuple[UUID, str]]:
        rows = ItemHost.objects.filter(system=self.system, item__source="check")
        standing = rows.filter(Q(item__state__in=poam.LIVE) | ~Q(disposition=""))
        return set(standing.values_list("asset_id", "item__source_key"))

    def _hosts(self) -> Iterator[_Host]:
        """Every host with the receipts that say something of a changed check; newest first while they are chosen."""
        covers = self._covers()
        hosts = Asset.objects.filter(system=self.system, kind="host", retired_at=None, platform__in=PLATFORMS)
        by_host: dict[UUID, list[tuple[UUID, int]]] = {}
        since = self.now - timedelta(days=DAYS)
        receipts = Receipt.objects.filter(system=self.system, ordered_at__gte=since, ordered_at__lte=self.now)
        for pk, asset, scope in receipts.order_by("-ordered_at").values_list("pk", "asset_id", "scope_id"):
            by_host.setdefault(asset, []).append((pk, scope))
        for pk, name, platform, group in hosts.order_by("pk").values_list("pk", "name", "platform", "group"):
            host, known = _Host(pk, name, platform, group), set[str]()
            for receipt, scope in by_host.get(pk, ()):
                wanted = {check for check in covers.get(scope, ()) if check not in known or (pk, check) in self._held}
                known |= wanted
                if wanted:
                    host.wanted[receipt] = wanted
            host.wanted = dict(reversed(host.wanted.items()))
            yield host

    def _covers(self) -> dict[int, frozenset[str]]:
        """Scope -> the changed checks whose sources it holds."""
        return {
            scope.pk: frozenset(check for check, needed in self.judge.needs[scope.platform].items() if needed <= frozenset(scope.sources))
            for scope in Scope.objects.filter(system=self.system, platform__in=PLATFORMS)
        }

    def _add(self, host: _Host) -> None:
        seen: dict[str, list[poam.Seen]] = {}
        for pk, wanted in host.wanted.items():
            receipt = Receipt.objects.select_related("scope").get(pk=pk)
            again = read_facts(store.bundle_of(receipt), receipt.ordered_at)
            for verdict in self.judge.judge(again, receipt.scope.sources):
                if verdict.check in wanted:
                    observations = self._observations(verdict)
                    one = seen_of(receipt, "", verdict.status, verdict.judgement, observations, reread=False)
                    seen.setdefault(verdict.check, []).append(one)
        for check, findings in self.findings.items():
            if check not in self.judge.needs[host.platform]:
                continue
            rules = self.rules[check]
            found = finding_of(str(host.pk), host.name, _once_more(seen.get(check, []), self.now), rules.since(host.group))
            found = replace(found, policy=rules.of(host.group))
            doubtful = host.pk in self._doubted and found.latest is not None and found.latest.status == "pass"
            findings.append(doubt(found, self._doubted[host.pk]) if doubtful else found)

    def _observations(self, verdict: Verdict) -> tuple[Mapping[str, Any], ...]:
        """The observations as JSON data, made once for hosts that are alike: those share their verdict."""
        if id(verdict) not in self._written:
            self._written[id(verdict)] = (verdict, tuple(one.to_json() for one in verdict.observations))
        return self._written[id(verdict)][1]


def _once_more(seen: Sequence[poam.Seen], now: datetime) -> tuple[poam.Seen, ...]:
    """The observations with the newest of them made again now."""
    return (*seen, replace(seen[-1], observed_at=now)) if seen else ()
