"""Writes the drafts of one round of reconciling, each with dates that leave room for those before it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from checks.framework import Framework
from checks.model import Check
from checks.parameters import Settings
from poam_generator import model as poam
from poam_generator.changes import HostToMend
from poam_generator.changes.central import central_settings
from poam_generator.draft import urgency, write_draft
from poam_generator.team import find_capacity
from poam_generator.workload import NOTHING_PROMISED, Promise, Workload, add_promises, remaining_promise
from server import store
from server.models import Asset, System
from server.own_texts import read_texts
from server.store.group_policy import winners_of


def drafting_settings(system: System, today: date) -> poam.DraftSettings:
    """What the system says about its work, with the requirements of which its registers take the partial value."""
    return replace(store.draft_settings(system), partial=store.registers_of(system).partial(today))


class Drafter:
    """The drafts of a system on a day. What was promised before is read when the first is written, and each one adds to it.

    anew: the keys of items whose promise counts no longer, since they are written anew.
    """

    def __init__(self, system: System, framework: Framework, parameters: Settings, today: date, anew: Collection[int] = ()) -> None:
        self._system = system
        self._framework = framework
        self._parameters = parameters
        self._today = today
        self._anew = anew
        self._settings = drafting_settings(system, today)
        self._texts = read_texts()
        self._promises: list[Promise] | None = None
        self._workloads: dict[str, Workload] = {}
        self._inventory: dict[str, tuple[str, str]] = {}

    def urgency(self, check: Check) -> tuple[int, int, str]:
        """What the checks of one round are to be sorted by before they are drafted."""
        return urgency(check, self._framework, self._settings.partial)

    def write(self, check: Check, item: poam.Item) -> poam.Draft:
        """The text of a new item, by what the system says of its hosts and of its work."""
        inventory = self._look_up([host.host for host in item.hosts])
        hosts = [poam.DraftHost(host, *inventory[host.host]) for host in item.hosts]
        settings = replace(self._settings, parameters=self._parameters.get(check.id, {}))
        central = central_settings(check, settings.parameters, self._hosts_to_mend(hosts))
        workload = self._workload(check.severity)
        draft = write_draft(check, self._framework, hosts, settings, self._today, item.predecessor, workload, central, self._texts)
        self._promise(draft, hosts)
        return draft

    def _look_up(self, hosts: Iterable[str]) -> Mapping[str, tuple[str, str]]:
        """Host -> platform and group, as its inventory entry has them; each is read once."""
        rows = Asset.objects.filter(pk__in=[host for host in hosts if host not in self._inventory])
        self._inventory |= {str(pk): (platform, group) for pk, platform, group in rows.values_list("pk", "platform", "group")}
        return self._inventory

    def _hosts_to_mend(self, hosts: Iterable[poam.DraftHost]) -> list[HostToMend]:
        """The hosts with who wins their settings, of those that can have a Group Policy object."""
        windows = [one.host for one in hosts if one.platform == "windows"]
        winners = winners_of(self._system, [one.host for one in windows])
        return [HostToMend(one.host, one.host_name, "windows", winners.get(one.host, {})) for one in windows]

    def _workload(self, severity: str) -> Workload:
        """What a draft of this severity has to leave room for."""
        if self._promises is None:
            self._promises = store.promises_of(self._system, self._framework, self._settings, self._anew)
        if severity not in self._workloads:
            binding = [one for one in self._promises if one.binds(severity)]
            self._workloads[severity] = add_promises(NOTHING_PROMISED, binding, self._settings.holidays, self._today)
        return self._workloads[severity]

    def _promise(self, draft: poam.Draft, hosts: list[poam.DraftHost]) -> None:
        families = {self._framework.requirement(one).family for one in draft.requirements}
        capacity = find_capacity(self._settings, families, [one.group for one in hosts])
        promise = remaining_promise(capacity, draft.milestones, draft.effort_minutes, draft.scheduled_completion, draft.severity)
        self._promises = [*(self._promises or ()), promise]
        for severity, workload in self._workloads.items():
            if promise.binds(severity):
                self._workloads[severity] = add_promises(workload, [promise], self._settings.holidays, self._today)
