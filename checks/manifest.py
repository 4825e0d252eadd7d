"""What a set of checks judges by: the digest that stands for the whole, and what of it nobody has seen yet."""

from collections.abc import Mapping

from collector.canonical import digest

Manifest = Mapping[str, Mapping[str, str]]  # check id -> platform -> its judgement digest under the default parameters


def manifest_digest(manifest: Manifest) -> str:
    """SHA-256 that stands for content: equal where it judges the same."""
    return digest({check: dict(platforms) for check, platforms in manifest.items()})


def list_unseen(present: Manifest, accepted: Manifest) -> dict[str, frozenset[str]]:
    """Platform -> the checks that judge there otherwise than in the accepted content, or were not in it."""
    found: dict[str, set[str]] = {}
    for check, platforms in present.items():
        for platform, judgement in platforms.items():
            if accepted.get(check, {}).get(platform) != judgement:
                found.setdefault(platform, set()).add(check)
    return {platform: frozenset(checks) for platform, checks in found.items()}


def list_removed(present: Manifest, accepted: Manifest) -> tuple[str, ...]:
    """The checks of the accepted content that judge no more on some platform, in their order."""
    return tuple(sorted(check for check, platforms in accepted.items() if set(platforms) - set(present.get(check, {}))))
