"""Collection scripts: which ones are ours, and the text of each as evidence of what was run."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from collector import __version__
from collector.bundle import Bundle
from collector.canonical import sha256
from collector.catalog import probes, sources
from collector.errors import CollectorError
from collector.probe import Source
from collector.script import build_script, script_digest
from server.models import Script, System
from server.store import blobs


def note_script(system: System, bundle: Bundle, now: datetime) -> Script:
    """The row of a bundle's script, with its text where this version makes it: what it brings later is ours under newer ones too."""
    if found := Script.objects.filter(system=system, digest=bundle.script).first():
        return found
    chosen = _made_of(bundle)
    text = build_script(chosen, bundle.root, bundle.platform) if chosen else None
    return _keep_script(system, bundle.script, bundle.platform, bundle.collector, text, now)


def issue_script(system: System, platform: str, chosen: tuple[Source, ...], now: datetime) -> str:
    """The text of the collection script for these sources, kept as evidence of what was run."""
    text = build_script(chosen, platform=platform)
    _keep_script(system, script_digest(chosen, platform=platform), platform, __version__, text, now)
    return text


def _keep_script(system: System, key: str, platform: str, collector: str, text: str | None, now: datetime) -> Script:  # noqa: PLR0913, PLR0917 - one row's columns
    values = {"platform": platform, "collector": collector, "issued_at": now, "text_id": sha256(text.encode()) if text else None}
    packed = blobs.pack([text.encode()] if text else [])
    with transaction.atomic():
        blobs.put(packed)
        return Script.objects.get_or_create(system=system, digest=key, defaults=values)[0]


def is_ours(system: System, bundle: Bundle) -> bool:
    """True when the bundle names a script that this version makes of the sources in it, or one whose text was kept before."""
    kept = Script.objects.filter(system=system, digest=bundle.script, platform=bundle.platform).exclude(text=None)
    return bool(_made_of(bundle)) or kept.exists()


def _made_of(bundle: Bundle) -> tuple[Source, ...]:
    """The sources of which this version makes the script that a bundle names; none where it makes no such script."""
    by_name = {source.name: source for source in sources(probes(bundle.platform))}
    chosen = tuple(replace(by_name[f.name], arguments=f.arguments) for _, f in sorted(bundle.frames.items()) if f.name in by_name)
    with suppress(CollectorError):  # on a root or an argument that no script of ours holds
        if len(chosen) == len(bundle.frames) and script_digest(chosen, bundle.root, bundle.platform) == bundle.script:
            return chosen
    return ()
