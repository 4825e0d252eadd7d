"""The hasher of passwords in tests."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """The one that is in use, but for its slowness: a test adds several people."""

    iterations = 1
