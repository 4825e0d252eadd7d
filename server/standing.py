"""How an item stands: why it is still open, and what would close it. The pages and the command line say the same."""

from datetime import datetime
from uuid import UUID

from checks.load import Content
from poam_generator.explain import what_would_close, why_open
from poam_generator.final_word import why_open_word
from poam_generator.model import LIVE
from server.assess import make_assessor
from server.models import Item
from server.store.closing import word_context
from server.store.observations import Question, findings
from server.store.policies import closing_rules_of
from server.store.results import judgement_of
from server.store.seam import read_item
from server.words import informing_checks


def whys(item: Item, content: Content, now: datetime) -> tuple[list[str], list[str]]:
    """Why the item is still open, and what would close it; both empty for one that has ended. item: as store.find_item gives it."""
    if item.state not in LIVE:
        return [], []
    value = read_item(item, item.system)
    if item.source != "check":
        pairs = why_open_word(value, word_context(item, informing_checks(item, content)), now.date())
        return [why for why, _ in pairs], [wish for _, wish in pairs if wish]
    check = content.checks.get(item.source_key)
    if check is None:
        gone = f"The check {item.source_key} is not among the checks in use, so no scan decides on it."
        return [gone], [f"The check {item.source_key} is put back (closeout checks list), and every host passes."]
    assessor = make_assessor(item.system, content)
    hosts = frozenset(UUID(host.host) for host in value.hosts)
    rules = closing_rules_of(item.system, check.severity, now)
    here = findings(item.system, [Question(check.id, assessor.sources(check.id), rules, hosts)])[check.id]
    judgement = judgement_of(item.system, check.id, assessor.judgements(check))
    return why_open(value, here, rules.default, now, judgement), what_would_close(value, here, rules.default, now, judgement)
