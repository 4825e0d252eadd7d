"""People and what they may do in a system."""

from typing import ClassVar, Literal

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from server.models.base import words

Role = Literal["viewer", "administrator", "reviewer", "affirming_official"]


class UserManager(BaseUserManager["User"]):
    """Finds people by the name that they sign in with."""


class User(AbstractBaseUser):
    """A person; what they may do stands in their memberships, system by system."""

    username = models.CharField(max_length=150, unique=True)
    full_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    joined_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    def __str__(self) -> str:
        return self.full_name or self.username


class Membership(models.Model):
    """One role of one person in one system; reviewer is the ISSO, who confirms what a scan may close."""

    system = models.ForeignKey("server.System", models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=30, choices=words(Role))
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "user", "role"], name="membership_once")]
