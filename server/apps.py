"""The Django application that holds everything."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ServerConfig(AppConfig):
    """Puts the guards of append-only tables back after every migration."""

    name = "server"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the guards; Django calls this once at start."""
        from server import guards  # noqa: PLC0415 - models can be imported only from here on

        post_migrate.connect(guards.install_after_migrate, sender=self, dispatch_uid="closeout-guards")
