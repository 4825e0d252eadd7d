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
from poam_generator.draft import write_draft
from poam_generator.team import find_capacity
from poam_generator.workload import Workload, add_promises, remaining_promise
from server import store
from server.models import Asset, System
from server.own_texts import read_texts
from server.store.group_policy import winners_of


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
        self._settings = store.draft_settings(system)
        self._texts = read_texts()
        self._workload: Workload | None = None
        self._inventory: dict[str, tuple[str, str]] = {}

    def write(self, check: Check, item: poam.Item) -> poam.Draft:
        """The text of a new item, by what the system says of its hosts and of its work."""
        inventory = self._look_up([host.host for host in item.hosts])
        hosts = [poam.DraftHost(host, *inventory[host.host]) for host in item.hosts]
        settings = replace(self._settings, parameters=self._parameters.get(check.id, {}))
        central = central_settings(check, settings.parameters, self._hosts_to_mend(hosts))
        draft = write_draft(check, self._framework, hosts, settings, self._today, item.predecessor, self._promised(), central, self._texts)
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

    def _promised(self) -> Workload:
        if self._workload is None:
            self._workload = store.workload_of(self._system, self._framework, self._settings, self._today, self._anew)
        return self._workload

    def _promise(self, draft: poam.Draft, hosts: list[poam.DraftHost]) -> None:
        families = {self._framework.requirement(one).family for one in draft.requirements}
        capacity = find_capacity(self._settings, families, [one.group for one in hosts])
        promise = remaining_promise(capacity, draft.milestones, draft.effort_minutes, draft.scheduled_completion)
        self._workload = add_promises(self._promised(), [promise], self._settings.holidays, self._today)
