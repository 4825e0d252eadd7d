"""Taking in what an agent sends: every refusal has its own word, and nothing is believed that the host's key did not sign."""

from collections.abc import Callable
from datetime import datetime, timedelta

from checks.load import Content
from collector.bundle import Bundle, BundleError, read_bundle
from collector.canonical import sha256
from collector.packed import is_packed
from server import store
from server.assess import make_assessor, update_items
from server.envelope import AgentRefusedError, Upload, insert_changes, is_signed
from server.intake import other_platform, save_judged
from server.models import Agent, Asset
from server.store import Delivery, Saved
from server.store import agents as seam

WINDOW = timedelta(minutes=15)  # how far the clock of a host may be off


def authenticate(agent: Agent | None, upload: Upload) -> Agent:
    """The agent that signed the head; raises AgentRefusedError for one that nobody knows and for a signature that is not its own."""
    if agent is None:
        raise AgentRefusedError("unknown", f"no agent has the id {upload.host}", upload.sequence)
    if not is_signed(bytes(agent.public_key), upload.signature, upload.signed):
        raise AgentRefusedError("foreign", f"the head is not signed by the key of agent {agent.pk}", upload.sequence)
    return agent


def admit(agent: Agent, upload: Upload, now: datetime) -> Asset:
    """The asset that an authentic upload is for; raises AgentRefusedError when it must not count, before its body is read."""
    if agent.state == "revoked":
        raise AgentRefusedError("revoked", f"the agent was revoked: {agent.revoked_because}", upload.sequence)
    if agent.state != "approved" or agent.asset is None:
        raise AgentRefusedError("pending", "no administrator has approved the agent yet", upload.sequence)
    if why := store.why_not_looked_at(agent.asset):
        raise AgentRefusedError("retired", why, upload.sequence)
    if upload.sequence <= agent.last_sequence:
        raise AgentRefusedError("replayed", f"the sequence {upload.sequence} is not higher than {agent.last_sequence}", upload.sequence)
    if abs(now - upload.time) > WINDOW:
        said = f"the host's clock said {upload.time:%Y-%m-%d %H:%M:%S}, this server's {now:%Y-%m-%d %H:%M:%S} UTC"
        raise AgentRefusedError("stale", f"{said}; set the host's clock", upload.sequence)
    return agent.asset


def take_in(agent: Agent, asset: Asset, upload: Upload, body: bytes, content: Callable[[], Content], now: datetime) -> Saved:  # noqa: PLR0913, PLR0917 - one upload's parts
    """Save and judge an admitted upload, and bring the items up to date; raises AgentRefusedError for what is not what was signed."""
    bundle = _read_whole(upload, _put_together(agent, upload, body))
    if not store.is_ours(agent.system, bundle):
        raise AgentRefusedError(
            "unknown-script", f"the bundle names the script {bundle.script[:12]}, which was not issued here", upload.sequence
        )
    if sentence := other_platform(asset, bundle):
        raise AgentRefusedError("other-platform", sentence, upload.sequence)
    before = seam.newest_signed(asset)
    delivery = Delivery(
        "agent-signed",
        now,
        account="agent",
        aliases={"agent-key": f"SHA256:{agent.fingerprint}"},
        sequence=upload.sequence,
        signature=upload.signature,
        public_key=bytes(agent.public_key),
        signed=upload.signed,
        after=before.ordered_at if before else None,
    )
    assessor = make_assessor(agent.system, content())
    seam.claim_sequence(agent, upload.sequence, now)
    saved, checks = save_judged(assessor, asset, bundle, delivery, now)
    update_items(assessor, checks, now, hosts=[asset])
    return saved


def _put_together(agent: Agent, upload: Upload, body: bytes) -> bytes:
    """The bytes of the bundle that was signed."""
    if upload.known is None:
        if sha256(body) != upload.digest:
            raise AgentRefusedError("damaged", "the bundle is not the one that was signed", upload.sequence)
        return body
    known = seam.known_bundle(agent, upload.known)
    whole = insert_changes(store.raw_bundle(known), body) if known else None
    if whole is None or sha256(whole) != upload.digest:
        raise AgentRefusedError("send-whole", "the changes do not fit what this host sent before", upload.sequence)
    return whole


def _read_whole(upload: Upload, raw: bytes) -> Bundle:
    """The bundle in the very bytes that were signed."""
    if is_packed(raw):
        raise AgentRefusedError("malformed", "the bundle is packed; an agent signs and sends it unpacked", upload.sequence)
    try:
        return read_bundle(raw)
    except BundleError as error:
        raise AgentRefusedError("cut", str(error), upload.sequence) from error
