"""Closing policies in force without two people in every test."""

from datetime import datetime

from poam_generator.model import Policy
from server import store
from server.models import System, User


def put_policy(system: System, policy: Policy, approver: User, now: datetime) -> None:
    """Propose it as an administrator of its own name, and approve it."""
    name = "petra"
    if not User.objects.filter(username=name).exists():
        store.add_person(system, name, ("administrator",), now)
    asked = store.propose_policy(system, policy, "as the test needs it", store.find_person(name), now)
    store.approve_policy(asked, approver, asked.digest, now)
