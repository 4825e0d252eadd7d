"""Items as a scan would have drafted them, without a scan."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from poam_generator import model as poam
from server import store
from server.models import Asset, Item, System

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DUE = date(2027, 1, 22)


def seen(status: poam.Status = "fail", hours: float = 0, receipt: str = "r-1") -> poam.Seen:
    """An observation of a host where passwords never expire, or do."""
    observation = {"path": "login_defs.pass_max_days", "expected": "at most 60", "observed": 99999, "status": status, "reason": ""}
    return poam.Seen(status, START + timedelta(hours=hours), receipt, "b" * 64, "f" * 64, "1" * 64, "ssh", (observation,), "scan", "0.1.0")


def draft() -> poam.Draft:
    """A text that somebody could sign."""
    return poam.Draft(
        title="Not met: Passwords expire",
        weakness="Passwords never expire.",
        requirements=("3.5.8",),
        objectives=("3.5.8[a]",),
        points=1,
        severity="medium",
        impact="A guessed password works for years.",
        risk_before="medium",
        risk_residual="low",
        remediation={"linux": "Set PASS_MAX_DAYS 60 in /etc/login.defs."},
        milestones=(
            poam.Milestone("Remediate ws-014", date(2026, 12, 18), date(2026, 12, 18)),
            poam.Milestone("Verify by a scan", DUE, DUE),
        ),
        scheduled_completion=DUE,
        identified_by="a scan",
        eligibility="3.5.8 may stand on a CMMC Level 2 POA&M.",
        point_of_contact="J. Doe",
    )


def make_item(system: System, check: str, hosts: Sequence[Asset]) -> Item:
    """A draft of a check on these hosts."""
    held = tuple(poam.ItemHost(str(host.pk), host.name, seen()) for host in sorted(hosts, key=lambda host: str(host.pk)))
    item = poam.Item("", "check", check, "draft", "1" * 64, held, START.date())
    return store.create_item(system, item, draft(), START, None)
