"""The checks as the pages know them: read again when a pack or a file of the own directory has changed."""

from functools import lru_cache

from django.http import Http404

from checks.errors import ContentError
from checks.framework import Requirement, load_framework
from checks.judgement import sources_of
from checks.load import Content
from checks.model import Check
from server.content import content_signature, present_content
from server.store.results import Sources


def content() -> Content:
    """The checks of this installation."""
    return _read(content_signature())


@lru_cache(maxsize=1)
def _read(signature: tuple[tuple[str, int, int], ...]) -> Content:
    del signature
    return present_content()


def find_check(check_id: str) -> Check | None:
    """The check of an id; None for one that has been judged here once and is there no more."""
    return content().checks.get(check_id)


def check_sources(check_id: str) -> Sources:
    """Platform -> the sources that a check is judged by there; empty for a check that is not known any more."""
    check = find_check(check_id)
    return {platform: sources_of(check, platform) for platform in check.platforms} if check else {}


def find_requirement(requirement_id: str) -> Requirement:
    """The requirement of an id; raises Http404."""
    try:
        return load_framework().requirement(requirement_id)
    except ContentError as error:
        raise Http404(f"There is no requirement {requirement_id}.") from error
