"""People, their roles, and the first of them."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import get_args

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from server.errors import ServerError
from server.models import Membership, System, User
from server.models.people import Role

ROLES = get_args(Role)
DECIDING: tuple[Role, ...] = ("administrator", "reviewer")


def add_person(system: System, username: str, roles: Iterable[Role], now: datetime, full_name: str = "") -> tuple[User, str]:
    """A new person and the one-time password that they sign in with first; it is told here once and stored nowhere."""
    if User.objects.filter(username__iexact=username).exists():
        raise ServerError(f"there is already a person {username!r}; give them a role in {system.name} instead")
    password = secrets.token_urlsafe(18)
    with transaction.atomic():
        user = User(username=username, full_name=full_name, must_change_password=True, joined_at=now)
        user.set_password(password)
        user.save(force_insert=True)
        for role in roles:
            grant(system, user, role, now)
    return user, password


def first_administrator(system: System, username: str, now: datetime) -> tuple[User, str]:
    """The person who sets the rest up, with their one-time password; raises ServerError when somebody can sign in already.

    Somebody of that name who has only given commands yet is that person.
    """
    with transaction.atomic():
        System.objects.select_for_update().get(pk=system.pk)  # of two servers that start at once, one makes them
        if any(user.has_usable_password() for user in User.objects.filter(is_active=True)):
            there = "there is an administrator already; they can add people, or `closeout people reset NAME` gives a new password"
            raise ServerError(there)
        if found := User.objects.filter(username=username).first():
            grant(system, found, "administrator", now)
            return found, reset_password(found)
        return add_person(system, username, ("administrator",), now)


def operator(system: System, login: str, now: datetime) -> User:
    """The person behind commands: whoever may write the data directory may do all, under the name of their login.

    They cannot sign in on the pages until they are given a password.
    """
    found = User.objects.filter(username=login).first()
    if found:
        return found
    with transaction.atomic():
        user = User(username=login, joined_at=now)
        user.set_unusable_password()
        user.save(force_insert=True)
        for role in DECIDING:
            grant(system, user, role, now)
    return user


def reset_password(user: User) -> str:
    """A new one-time password, told here once."""
    password = secrets.token_urlsafe(18)
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    return password


def change_password(user: User, new: str) -> None:
    """The person's own choice; raises ServerError with what is wrong with it."""
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise ServerError(" ".join(error.messages)) from error
    if user.check_password(new):
        raise ServerError("The new password is the old one; choose another.")
    user.set_password(new)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])


def find_person(username: str) -> User:
    """The person of a name; raises ServerError when there is none."""
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise ServerError(f"there is no person {username!r}; `closeout people list` shows all")
    return found


def person_of(system: System, name: str) -> User | None:
    """The one person with a role in the system who is called so, by user name or in full; None when there is none, or are several."""
    here = User.objects.filter(memberships__system=system, is_active=True).distinct()
    found = list(here.filter(Q(username=name) | Q(full_name=name))[:2]) if name else []
    return found[0] if len(found) == 1 else None


def grant(system: System, user: User, role: Role, now: datetime) -> Membership:
    """Give a person a role in a system; having it already changes nothing."""
    if role not in ROLES:
        raise ServerError(f"{role!r} is no role; there are {', '.join(ROLES)}")
    return Membership.objects.get_or_create(system=system, user=user, role=role, defaults={"since": now})[0]


def revoke(system: System, user: User, role: Role) -> None:
    """Take a role away; raises ServerError when nobody would be left to administer the system."""
    with transaction.atomic():
        Membership.objects.filter(system=system, user=user, role=role).delete()
        if role == "administrator" and not Membership.objects.filter(system=system, role=role, user__is_active=True).exists():
            raise ServerError(f"{user} is the last administrator of {system.name}; make somebody else one first")


def roles_of(system: System, user: User) -> frozenset[Role]:
    """What a person may be in a system; nothing when they are deactivated."""
    if not user.is_active:
        return frozenset()
    held = set(Membership.objects.filter(system=system, user=user).values_list("role", flat=True))
    return frozenset(role for role in ROLES if role in held)


def require(system: System, user: User, roles: Iterable[Role], deed: str) -> None:
    """Raise ServerError unless the person has one of the roles; deed reads "approve an item"."""
    wanted = tuple(roles)
    if not roles_of(system, user) & set(wanted):
        names = " or ".join(role.replace("_", " ") for role in wanted)
        raise ServerError(f"{user} may not {deed} in {system.name}: that needs the role {names}")
