"""Agents: tokens to enrol with, approval and revocation by a person, and what each of them was refused for."""

import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from collector.canonical import sha256
from server.envelope import AgentRefusedError, EnrolmentRequest
from server.errors import ServerError
from server.models import Agent, AgentEvent, Asset, Enrolment, Receipt, System, User
from server.models.people import Role
from server.store.inventory import NewAsset, add_host, why_not_looked_at
from server.store.people import require

LONGEST_HOURS = 24 * 30
_ADMINISTRATORS: tuple[Role, ...] = ("administrator",)


def new_token(system: System, user: User, now: datetime, hours: int, asset: Asset | None = None) -> tuple[Enrolment, str]:
    """A token with which one host may enrol once, as ID.SECRET; it is told here once, and only its SHA-256 is stored."""
    require(system, user, _ADMINISTRATORS, "let a host enrol")
    if not 1 <= hours <= LONGEST_HOURS:
        raise ServerError(f"a token lasts 1 to {LONGEST_HOURS} hours, not {hours}")
    _refuse_unwatched(asset)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        row = Enrolment.objects.create(
            system=system,
            asset=asset,
            secret_digest=sha256(secret.encode()),
            created_at=now,
            created_by=user,
            expires_at=now + timedelta(hours=hours),
        )
        text = f"a token {row.pk}, good until {row.expires_at:%Y-%m-%d %H:%M} UTC"
        AgentEvent.objects.create(system=system, kind="token", text=text, by=user, at=now)
    return row, f"{row.pk}.{secret}"


def enrol(system: System, request: EnrolmentRequest, address: str, now: datetime) -> Agent:
    """The agent of a host that showed a good token: pending until a person approves it; raises AgentRefusedError."""
    row = Enrolment.objects.filter(system=system, pk=request.host).first()
    if row is None or not hmac.compare_digest(row.secret_digest, sha256(request.secret.encode())):
        raise AgentRefusedError("unknown", f"no token {request.host} was given out, or its secret is another")
    if row.expires_at < now:
        raise AgentRefusedError("token-expired", f"the token {row.pk} ended {row.expires_at:%Y-%m-%d %H:%M} UTC")
    fingerprint = sha256(request.key)
    with transaction.atomic():
        if not Enrolment.objects.filter(pk=row.pk, used_at=None).update(used_at=now):
            raise AgentRefusedError("token-used", f"the token {row.pk} was used before")
        if Agent.objects.filter(system=system, fingerprint=fingerprint).exists():
            raise AgentRefusedError("wrong-key", f"the key {fingerprint[:12]} is another agent's already")
        agent = Agent.objects.create(
            id=row.pk,
            system=system,
            asset=row.asset,
            public_key=request.key,
            fingerprint=fingerprint,
            said_name=request.name,
            address=address,
            enrolled_at=now,
        )
        _note(agent, "enrolled", f"{request.name} at {address} with the key {fingerprint}", now)
    return agent


def find_agent(system: System, identifier: str) -> Agent:
    """The agent of an id or of its unmistakable beginning; raises ServerError."""
    rows = Agent.objects.filter(system=system).select_related("asset")
    found = [row for row in rows if str(row.pk).startswith(identifier.lower())] if identifier else []
    if len(found) != 1:
        why = f"{len(found)} agents have an id that begins with" if found else "there is no agent"
        raise ServerError(f"{why} {identifier!r} in {system.name}; `closeout agents list` shows all")
    return found[0]


def agent_of(system: System, identifier: UUID) -> Agent | None:
    """The agent of an id, with its asset."""
    return Agent.objects.filter(system=system, pk=identifier).select_related("asset", "system").first()


def agents(system: System) -> list[Agent]:
    """Every agent of a system, those that wait for approval too."""
    return list(Agent.objects.filter(system=system).select_related("asset"))


def approve_agent(agent: Agent, user: User, asset: Asset, now: datetime) -> Agent:
    """A person says that the key is this asset's: from now on what it signs is the asset's."""
    require(agent.system, user, _ADMINISTRATORS, "approve an agent")
    if agent.state != "pending":
        raise ServerError(f"agent {agent.pk} is {agent.state}; only one that is pending can be approved")
    if agent.asset_id and agent.asset_id != asset.pk:
        raise ServerError(f"the token of agent {agent.pk} was made for {agent.asset}, not for {asset}; make a token for {asset}")
    _refuse_unwatched(asset)
    try:
        with transaction.atomic():
            changed = {"state": "approved", "asset": asset, "approved_at": now, "approved_by": user}
            _change(agent, "pending", {**changed, "last_sequence": _highest(asset)})
            Asset.objects.filter(pk=asset.pk, way_in="none").update(way_in="agent")
            _note(agent, "approved", f"for {asset.name}", now, by=user)
    except IntegrityError as error:
        raise ServerError(f"{asset} has an agent already; revoke that one first with `closeout agents revoke`") from error
    return agent


def approve_new_host(agent: Agent, user: User, new: NewAsset, now: datetime) -> Asset:
    """Add the host of an agent and approve the agent for it; where it cannot be approved, no host is added."""
    with transaction.atomic():
        asset = add_host(agent.system, new, now, user)
        approve_agent(agent, user, asset, now)
    return asset


def revoke_agent(agent: Agent, user: User, because: str, now: datetime) -> Agent:
    """A person ends an agent for good; what it signed before stays evidence."""
    require(agent.system, user, _ADMINISTRATORS, "revoke an agent")
    if not because.strip():
        raise ServerError(f"say why agent {agent.pk} is revoked")
    if agent.state == "revoked":
        raise ServerError(f"agent {agent.pk} was revoked already")
    with transaction.atomic():
        _change(agent, agent.state, {"state": "revoked", "revoked_at": now, "revoked_by": user, "revoked_because": because})
        _note(agent, "revoked", because, now, by=user)
    return agent


def claim_sequence(agent: Agent, sequence: int, now: datetime) -> None:
    """Take a sequence number for this agent; raises AgentRefusedError when it is not higher than the last or the agent is not approved."""
    free = Agent.objects.filter(pk=agent.pk, state="approved", last_sequence__lt=sequence)
    if not free.update(last_sequence=sequence, last_upload_at=now):
        raise AgentRefusedError("replayed", f"the sequence {sequence} is not higher than the last, or the agent was just revoked", sequence)


def note_refusal(system: System, agent: Agent | None, refusal: AgentRefusedError, address: str, now: datetime) -> None:
    """Write down that a request was refused, and why."""
    AgentEvent.objects.create(
        system=system, agent=agent, kind="refused", word=refusal.word, text=str(refusal), address=address, sequence=refusal.sequence, at=now
    )


def refusals(system: System, count: int) -> list[AgentEvent]:
    """The newest refusals, newest first."""
    rows = AgentEvent.objects.filter(system=system, kind="refused").select_related("agent__asset")
    return list(rows.order_by("-at", "-id")[:count])


def last_word(agent: Agent) -> str | None:
    """Why the agent's newest request was refused; None when nothing was refused since it last delivered."""
    newest = AgentEvent.objects.filter(agent=agent, kind="refused").order_by("-at", "-id").first()
    if newest is None or (agent.last_upload_at and newest.at < agent.last_upload_at):
        return None
    return newest.word


def newest_signed(asset: Asset) -> Receipt | None:
    """The receipt of the highest sequence that agents of an asset delivered."""
    return Receipt.objects.filter(asset=asset, origin="agent-signed").order_by("-sequence").first()


def known_bundle(agent: Agent, bundle_digest: str) -> Receipt | None:
    """A receipt of these bytes that this very agent delivered; nobody else's counts."""
    mine = Receipt.objects.filter(system=agent.system, asset=agent.asset, origin="agent-signed", bundle_digest=bundle_digest)
    return mine.filter(public_key=bytes(agent.public_key)).order_by("-sequence").first()


def _highest(asset: Asset) -> int:
    newest = newest_signed(asset)
    return newest.sequence or 0 if newest else 0


def _refuse_unwatched(asset: Asset | None) -> None:
    if asset and (why := why_not_looked_at(asset)):
        raise ServerError(f"{why}; an agent on it would deliver for nobody")


def _change(agent: Agent, state: str, values: dict[str, object]) -> None:
    """Write some fields, unless another writer has changed the state meanwhile."""
    for name, value in values.items():
        setattr(agent, name, value)
    if not Agent.objects.filter(pk=agent.pk, state=state).update(**values):
        raise ServerError(f"agent {agent.pk} was changed by somebody else just now; look again with `closeout agents list`")


def _note(agent: Agent, kind: str, text: str, now: datetime, by: User | None = None) -> None:
    AgentEvent.objects.create(system=agent.system, agent=agent, kind=kind, text=text, by=by, at=now)
