"""Renders the templates of this package; a value that a template names and nobody gave is an error, never an empty text."""

from importlib.resources import files
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from poam_generator.errors import PoamError


def render_text(name: str, **values: Any) -> str:  # noqa: ANN401 - what a template may name
    """The text of a template of poam_generator/templates, without blank lines; raises PoamError when it cannot be rendered."""
    try:
        text = ENVIRONMENT.get_template(name).render(values)
    except TemplateError as error:
        raise PoamError(f"the template {name} cannot be rendered: {error}") from error
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def _read_template(name: str) -> str:
    return (files("poam_generator") / "templates" / name).read_text("utf-8")


# The output is plain text; whoever shows it escapes it.
ENVIRONMENT = ImmutableSandboxedEnvironment(
    loader=FunctionLoader(_read_template), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
)
