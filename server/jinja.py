"""The environment of the page templates."""

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import BaseLoader, Environment, StrictUndefined

from server.views.shown import FILTERS


def environment(*, loader: BaseLoader, auto_reload: bool, **_: object) -> Environment:
    """Escapes everything, and refuses a name that no view has given."""
    made = Environment(
        autoescape=True, undefined=StrictUndefined, loader=loader, auto_reload=auto_reload, trim_blocks=True, lstrip_blocks=True
    )
    made.globals |= {"static": static, "url": address}
    made.filters |= FILTERS
    return made


def address(name: str, *parts: object) -> str:
    """The address of a page by its name and the parts of its path, in their order."""
    return reverse(name, args=parts)
