"""The word on new content that a scan ends with."""

from checks.load import Content
from server.assess import make_assessor
from server.backtest import list_waiting
from server.cli.output import say
from server.models import System


def tell_of_waiting(system: System, content: Content) -> None:
    """Say that checks of new content wait, where some do."""
    if waiting := list_waiting(make_assessor(system, content)):
        say(f"{len(waiting)} checks came with new content and open and close nothing yet: closeout checks activate")
