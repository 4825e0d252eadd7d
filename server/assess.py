"""The checks of a system with its own values: judging facts, and bringing the items up to date with what is true."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID

from checks.evaluate import Plan, evaluate_plans, make_plans
from checks.framework import Framework, load_framework
from checks.judgement import arguments_of, judgement_digest, sources_of
from checks.load import Content
from checks.manifest import Manifest, list_unseen, manifest_digest
from checks.model import Check
from checks.model import Result as Verdict
from checks.parameters import Settings, resolve_parameters, resolve_settings
from collector.catalog import PLATFORMS, probes, sources, with_arguments
from collector.facts import Facts
from collector.probe import Source
from poam_generator import model as poam
from poam_generator.policies import closing_rules
from poam_generator.reconcile import hosts_that_decide, reconcile
from server import store
from server.drafting import Drafter
from server.models import Asset, Item, Result, System, User
from server.store import Applied

_MOST_CHECKS = 25  # looked at in one transaction
_MOST_RESULTS = 1000  # of all hosts that these checks may have
_ALWAYS = "host"  # the probe that says which host it is and when


@dataclass(frozen=True)
class Assessor:
    """The checks that a system is judged by, with the organization's values filled in; made once for many hosts."""

    system: System
    content: Content
    settings: Settings
    framework: Framework = field(default_factory=load_framework)

    @cached_property
    def plans(self) -> Mapping[str, tuple[Plan, ...]]:
        """Platform -> checks made ready."""
        return {platform: make_plans(self.content, platform, self.settings) for platform in PLATFORMS}

    @cached_property
    def needs(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """Platform -> check id -> the sources that it is judged by there."""
        return {
            platform: {check.id: sources_of(check, platform) for check in self.content.checks.values() if platform in check.platforms}
            for platform in PLATFORMS
        }

    @cached_property
    def manifest(self) -> Manifest:
        """What the content judges by, whatever the organization's values are."""
        found: dict[str, dict[str, str]] = {}
        for platform, plans in self.plans.items():
            for plan in plans:
                own = plan.check in self.settings
                digest = judgement_digest(self.content.checks[plan.check], platform) if own else plan.judgement
                found.setdefault(plan.check, {})[platform] = digest
        return found

    @property
    def digest(self) -> str:
        """What stands for the content: equal where it judges the same."""
        return manifest_digest(self.manifest)

    def unseen(self, platform: str, now: datetime) -> frozenset[str]:
        """The checks that judge a platform otherwise than in the content that is in use; the first content there is is put into use."""
        in_use = store.content_in_use(self.system) or store.keep_first_content(self.system, self.manifest, now)
        return list_unseen(self.manifest, in_use.manifest).get(platform, frozenset())

    def judge(self, facts: Facts, covered: Iterable[str]) -> list[Verdict]:
        """The verdicts of the checks whose sources were covered; a check that was not looked at says nothing."""
        needs, scope = self.needs[facts.platform], frozenset(covered)
        return evaluate_plans([plan for plan in self.plans[facts.platform] if needs[plan.check] <= scope], facts)

    def sources(self, check_id: str) -> dict[str, frozenset[str]]:
        """Platform -> the sources that a check is judged by there."""
        return {platform: needs[check_id] for platform, needs in self.needs.items() if check_id in needs}

    def judgements(self, check: Check) -> dict[str, str]:
        """Platform -> the digest of how a check is judged there now."""
        return {platform: judgement_digest(check, platform, self.settings.get(check.id)) for platform in check.platforms}


def make_assessor(system: System, content: Content) -> Assessor:
    """The assessor of a system; raises ParameterError when a value that was set is none any longer."""
    values = {f"{check}.{name}": value for check, given in store.parameter_settings(system).items() for name, value in given.items()}
    known = {name: value for name, value in values.items() if name.partition(".")[0] in content.checks}
    return Assessor(system, content, resolve_settings(content, known))


def sources_for(assessor: Assessor, platform: str, checks: Iterable[str] = ()) -> tuple[Source, ...]:
    """The sources that a script has to hold: all there are, or those of some checks and of the host's identity.

    Each is asked for what all checks of the system ask of it, so that a source in a bundle covers every check that reads it.
    """
    everything = with_arguments(sources(probes(platform)), arguments_of(assessor.content.checks.values(), platform))
    wanted = frozenset().union(*(assessor.needs[platform].get(check, frozenset()) for check in checks))
    if not wanted:
        return everything
    identity = {source.name for probe in probes(platform) if probe.name == _ALWAYS for source in probe.sources}
    return tuple(source for source in everything if source.name in wanted | identity)


def update_items(
    assessor: Assessor, checks: Iterable[str], now: datetime, actor: User | None = None, hosts: Collection[Asset] = ()
) -> Applied:
    """Reconcile checks with their items, some at a time in one transaction: look, decide and save, so that nobody comes between.

    hosts: the few that were heard of since the checks were last reconciled; none named means that any host may have been.
    """
    applied = Applied()
    moved = store.checks_moved_by(assessor.system, hosts) if hosts else store.checks_in_motion(assessor.system)
    moving = set(checks) & moved & set(assessor.content.checks)
    drafter = Drafter(assessor.system, assessor.framework, assessor.settings, now.date())
    ordered = sorted((assessor.content.checks[one] for one in moving), key=drafter.urgency)
    step = _how_many(len(hosts) or Asset.objects.filter(system=assessor.system, kind="host").count())
    for start in range(0, len(ordered), step):
        applied += _update(assessor, ordered[start : start + step], drafter, now, actor, hosts)
    joined = applied.joined if hosts else None
    outgrown = store.checks_with_outgrown_drafts(assessor.system, moving, joined)
    grown = [check for check in ordered if check.id in outgrown]
    if grown:
        _redraft(assessor, grown, step, now, joined)
    return applied


def _redraft(assessor: Assessor, checks: Sequence[Check], step: int, now: datetime, joined: Collection[str] | None) -> None:
    """Write drafts anew that tell of fewer hosts than they hold: nobody has approved or changed them, and what they plan is too little.

    None of them leaves room for the old dates of another, so that the most urgent gets the first of the capacity again.
    """
    anew = store.outgrown_drafts(assessor.system, [check.id for check in checks], joined).values_list("pk", flat=True)
    drafter = Drafter(assessor.system, assessor.framework, assessor.settings, now.date(), list(anew))
    for start in range(0, len(checks), step):
        with store.locked(assessor.system) as system:
            rows = store.outgrown_drafts(system, [check.id for check in checks[start : start + step]], joined)
            for row in sorted(rows, key=lambda one: drafter.urgency(assessor.content.checks[one.source_key])):
                item = store.read_item(row, system)
                there = tuple(host for host in item.hosts if host.disposition is None)
                if there:
                    store.rewrite_draft(row, drafter.write(assessor.content.checks[row.source_key], replace(item, hosts=there)), now)


def _how_many(hosts: int) -> int:
    """How many checks are looked at in one transaction, so that it stays short: of a fleet one by one, of few hosts many."""
    return max(1, min(_MOST_CHECKS, _MOST_RESULTS // max(1, hosts)))


def update_all_items(assessor: Assessor, now: datetime) -> Applied:
    """Reconcile every check that has results or items here: what dates change is seen once a day."""
    with_results = set(Result.objects.filter(system=assessor.system).values_list("check_id", flat=True).distinct())
    with_items = set(Item.objects.filter(system=assessor.system, source="check").values_list("source_key", flat=True))
    return update_items(assessor, with_results | with_items, now)


def _update(  # noqa: PLR0913, PLR0917 - one round's parts
    assessor: Assessor, checks: Sequence[Check], drafter: Drafter, now: datetime, actor: User | None, hosts: Collection[Asset]
) -> Applied:
    with store.locked(assessor.system) as system:
        held = store.items(system, [check.id for check in checks], hosts)
        items = [item for ones in held.values() for item in ones]
        changes = [change for case in _cases(assessor, system, checks, held, hosts, now) for change in case.decide()]
        drafts = [
            drafter.write(assessor.content.checks[one.item.source_key], one.item) for one in changes if isinstance(one, poam.DraftItem)
        ]
        applied = store.apply(system, changes, drafts, now, actor, items)
        store.apply_exceptions(system, held, now)
        return applied


@dataclass(frozen=True, slots=True)
class _Case:
    """All that is decided on of one check."""

    assessor: Assessor
    check: Check
    held: tuple[poam.Item, ...]
    found: tuple[poam.Finding, ...]
    judgement: poam.Judgement
    policy: poam.Policy
    now: datetime

    def decide(self) -> tuple[poam.Change, ...]:
        """The changes of the items; what a record says beside the observations is read only where one closes, which is seldom."""
        changes = self._reconcile({})
        ending = [one.item for one in changes if isinstance(one, (poam.CloseItem, poam.WithdrawItem))]
        return self._reconcile(closure_contexts(self.assessor, self.check, ending)) if ending else changes

    def _reconcile(self, contexts: Mapping[str, poam.ClosureContext]) -> tuple[poam.Change, ...]:
        return reconcile(self.found, self.held, self.judgement, self.policy, self.now, contexts)


def _cases(  # noqa: PLR0913, PLR0917 - what the reads depend on
    assessor: Assessor,
    system: System,
    checks: Sequence[Check],
    held: Mapping[str, tuple[poam.Item, ...]],
    hosts: Collection[Asset],
    now: datetime,
) -> Iterator[_Case]:
    """What is true now of some checks, read together."""
    policies = store.policies_of(system)
    rules = {check.id: closing_rules(policies, check.severity, now) for check in checks}
    questions = [store.Question(check, assessor.sources(check), rules[check], _deciding(items, hosts)) for check, items in held.items()]
    found = store.findings(system, questions)
    confirmed = store.confirmed_judgements(system, held)
    for check in checks:
        judgement = poam.Judgement(check.id, assessor.judgements(check), confirmed[check.id])
        yield _Case(assessor, check, held[check.id], found[check.id], judgement, rules[check.id].default, now)


def _deciding(items: Iterable[poam.Item], hosts: Collection[Asset]) -> frozenset[UUID] | None:
    """The hosts of a check that decide what these hosts change; None, for all, where none are named."""
    if not hosts:
        return None
    return frozenset(UUID(host) for host in hosts_that_decide(items, {str(host.pk) for host in hosts}))


def closure_contexts(assessor: Assessor, check: Check, ending: Iterable[str]) -> dict[str, poam.ClosureContext]:
    """What the closure records of items of a check say beyond the observations: of the check, and what people wrote into each item."""
    shared = _closure_context(assessor, check)
    rows = [store.find_item(assessor.system, one) for one in ending]
    return {
        row.identifier: replace(
            shared,
            change_reference=row.change_reference,
            changed_by=row.changed_by,
            examine=tuple(row.examine),
            interview=tuple(row.interview),
            words=store.words_on_passes(row),
        )
        for row in rows
    }


def _closure_context(assessor: Assessor, check: Check) -> poam.ClosureContext:
    requirements = {one.id: one for one in map(assessor.framework.requirement_of, check.assesses)}
    related = [objective.id for _, one in sorted(requirements.items()) for objective in one.objectives]
    return poam.ClosureContext(
        title=check.title,
        supports=tuple(check.assesses),
        not_shown=tuple(one for one in related if one not in check.assesses),
        parameters=_parameters(assessor, check),
        assets_not_scanned=tuple(_not_scanned(assessor.system, check.id)),
        confirmed_by=store.confirmed_by(assessor.system, check.id),
    )


def _parameters(assessor: Assessor, check: Check) -> tuple[poam.ParameterValue, ...]:
    cited = {row.parameter: row for row in store.parameter_values(assessor.system) if row.check_id == check.id}
    values = resolve_parameters(check, assessor.settings.get(check.id))
    return tuple(
        poam.ParameterValue(name, str(value), cited[name].approver, f"{cited[name].document}, {cited[name].section}")
        if name in cited
        else poam.ParameterValue(name, str(value))
        for name, value in values.items()
    )


def _not_scanned(system: System, check_id: str) -> Iterable[str]:
    """The assets in scope of which the check says nothing."""
    in_scope = Asset.objects.filter(system=system, retired_at=None).exclude(category="out_of_scope")
    return in_scope.exclude(results__check_id=check_id).order_by("name").values_list("name", flat=True)
