"""Which closing policy holds for a host and a check, where a system has several."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from poam_generator.model import Policy


@dataclass(frozen=True, slots=True)
class ClosingRules:
    """The policies that hold for one check: default, and those of the groups that have their own."""

    default: Policy
    now: datetime
    groups: Mapping[str, Policy]

    def of(self, group: str) -> Policy | None:
        """The group's own policy; None where the default holds."""
        return self.groups.get(group)

    def since(self, group: str) -> datetime:
        """The beginning of the window in which the changes of a host of that group are counted."""
        return self.now - timedelta(days=self.groups.get(group, self.default).flapping_days)


def closing_rules(policies: Iterable[Policy], severity: str, now: datetime) -> ClosingRules:
    """The policies that hold for a check of that severity."""
    known = tuple(policies)
    groups = {one.group for one in known if one.group}
    return ClosingRules(choose_policy(known, "", severity), now, {group: choose_policy(known, group, severity) for group in groups})


def choose_policy(policies: Iterable[Policy], group: str, severity: str) -> Policy:
    """The most specific policy that fits: group and severity, then group, then severity, then the system's own.

    severity is the check's own, since that of an item may be edited, and a lower one must not ask for less proof. Without
    any that fits, the default policy, which nobody has approved.
    """
    fitting = [one for one in policies if one.group in {"", group} and one.severity in {"", severity}]
    return max(fitting, key=lambda one: (bool(one.group), bool(one.severity)), default=Policy())


def describe_policy(policy: Policy) -> str:
    """The policy in one sentence."""
    parts = [f"{_count(policy.passes, 'pass', 'passes')} in a row, the newest at most {_count(policy.fresh_days, 'day')} old"]
    if policy.soak_days:
        parts.append(f"the first at least {_count(policy.soak_days, 'day')} old")
    parts.append(
        f"{policy.flapping_passes} of a host that changed {policy.flapping_changes} times in {_count(policy.flapping_days, 'day')}"
    )
    if policy.same_judgement:
        parts.append("under the judgement that it failed by, another one on a reviewer's word")
    parts.append("then it closes by itself" if policy.automatic else "then on a reviewer's word")
    return f"{'; '.join(parts)}."


def describe_scope(policy: Policy) -> str:
    """What the policy is for: "every host and check", "group servers, severity high"."""
    said = [f"group {policy.group}" if policy.group else "", f"severity {policy.severity}" if policy.severity else ""]
    return ", ".join(one for one in said if one) or "every host and check"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
