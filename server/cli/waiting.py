"""The word on new content that a scan ends with."""

from checks.load import Content
from server import store
from server.assess import make_assessor
from server.backtest import list_changes
from server.cli.output import say
from server.models import System


def tell_of_waiting(system: System, content: Content) -> None:
    """Say that checks of new content wait, where some do."""
    in_use = store.content_in_use(system)
    if waiting := list_changes(make_assessor(system, content), in_use.manifest) if in_use else []:
        say(f"{len(waiting)} checks came with new content and open and close nothing yet: closeout checks activate")
