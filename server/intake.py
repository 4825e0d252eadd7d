"""Taking in what came: a bundle is judged first and then saved with its results, so that no receipt counts unjudged."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from checks.load import Content
from collector.bundle import Bundle, read_bundle
from server import store
from server.assess import Assessor, make_assessor, update_items
from server.errors import ServerError
from server.models import Asset, Conflict, Receipt, System
from server.store import Applied, Delivery, Saved


def save_judged(assessor: Assessor, asset: Asset, bundle: Bundle, delivery: Delivery, now: datetime) -> tuple[Saved, set[str]]:
    """Judge a bundle, then save it with its results in one transaction; gives also the checks that it covered.

    Raises ServerError when it covered none: zero checks evaluated is an error and no clean bill. So does one of another platform.
    """
    if sentence := other_platform(asset, bundle):
        raise ServerError(sentence)
    delivery = _after_what_was_seen(asset, delivery)
    facts = store.read_delivery(bundle, delivery)
    verdicts = assessor.judge(facts, bundle.frames)
    if not verdicts:
        raise ServerError(f"no check could be judged by what was collected on {bundle.platform}; collect more, or name other checks")
    with transaction.atomic():
        saved = store.save_bundle(assessor.system, asset, bundle, delivery, facts)
        if saved.new:
            unseen = assessor.unseen(bundle.platform, now)
            store.record_results(saved.receipt, verdicts, assessor.needs[bundle.platform], now, unseen=unseen)
    return saved, {verdict.check for verdict in verdicts}


def _after_what_was_seen(asset: Asset, delivery: Delivery) -> Delivery:
    """A scan of our own that ends before what was seen already: this server's clock went back, and the scan is the later one all the same.

    It takes its place behind, so that no failure is hidden until the clock has caught up; its passes close nothing until then.
    """
    newest = asset.last_seen_at
    went_back = delivery.started_at is not None and newest is not None and newest > delivery.received_at
    return replace(delivery, after=newest) if went_back else delivery


def other_platform(asset: Asset, bundle: Bundle) -> str:
    """Why a bundle cannot be this asset's: it was always of another platform; empty where it can.

    The weaknesses that were found on one system are never verified on another, so a machine that was installed anew is a new asset.
    """
    if asset.platform in {"", bundle.platform}:
        return ""
    return (
        f"the bundle is of {bundle.platform}, and {asset} is known as a host of {asset.platform}; see whose bundle it is, "
        "or retire the host and add it anew where another system was installed on it"
    )


def reread(assessor: Assessor, receipt: Receipt, now: datetime) -> int:
    """Read a stored bundle with this version's parsers and judge it by today's checks; the number of transitions.

    What comes of it opens and closes nothing (data-model: cause reread) until a new receipt says the same.
    """
    _, facts = store.save_reading(receipt, now)
    verdicts = assessor.judge(facts, receipt.scope.sources)
    unseen = assessor.unseen(receipt.platform, now)
    return store.record_results(receipt, verdicts, assessor.needs[receipt.platform], now, reread=True, unseen=unseen)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a bundle that was carried here. known: the same bytes had come before, so nothing new was seen."""

    asset: Asset
    receipt: Receipt
    known: bool
    applied: Applied
    conflicts: tuple[Conflict, ...] = ()


def import_bundle(  # noqa: PLR0913 - what came, by whom, and what it is judged by
    system: System, raw: bytes, content: Content, now: datetime, asset: Asset | None = None, *, carrier: str = ""
) -> Imported:
    """Take in a bundle that a person carried here, for the asset that they named or that was seen with its machine-id.

    carrier: the name of that person, which the receipt keeps as its account.

    One that had come before brings the items up to date all the same: it may have been cut off before it had.
    Raises BundleError on what is no whole bundle, ServerError when its script is not ours or nobody knows whose it is.
    """
    bundle = read_bundle(raw)
    if not store.is_ours(system, bundle):
        raise ServerError(
            f"the bundle names the script {bundle.script[:12]} of closeout {bundle.collector}, which this version does not make and "
            f"{system.name} has not kept from an earlier one: it keeps those of its scans, agents and imports, and once a day, while "
            "the pages are served, the whole script of each platform; collect again with the script that `closeout script` prints"
        )
    delivery = Delivery("hand-carried", now, account=carrier)
    owner = asset or _by_machine_id(system, store.read_delivery(bundle, delivery).host.get("machine_id", ""))
    if why := store.why_not_looked_at(owner):
        raise ServerError(why)
    assessor = make_assessor(system, content)
    saved, checks = save_judged(assessor, owner, bundle, delivery, now)
    applied = update_items(assessor, checks, now, hosts=[owner])
    return Imported(owner, saved.receipt, not saved.new, applied, saved.conflicts)


def _by_machine_id(system: System, machine_id: str) -> Asset:
    found = store.assets_by_machine_id(system, machine_id) if machine_id else []
    if len(found) == 1:
        return found[0]
    names = ", ".join(asset.name for asset in found)
    why = (
        f"its machine-id belongs to {names}" if found else "its machine-id was never seen here" if machine_id else "it names no machine-id"
    )
    raise ServerError(f"whose bundle is this? {why[0].upper()}{why[1:]}; name the host with --host NAME")
