from datetime import UTC, datetime

import pytest

from collector.bundle import read_bundle
from collector.facts import Unknown
from collector.read import read_facts
from collector.windows.identity import CLOCK, IDENTITY, PROBES
from tests.support.windows import bundle_text, pack

NOW = datetime(2026, 11, 23, 13, 51, tzinfo=UTC)

SAID = "WS-014\n9F0C1A2B-0000-4000-8000-00000000000a\nTrue\nS-1-5-18\n5.1.20348.1850"


def test_a_host_says_who_it_is() -> None:
    facts = read_facts(read_bundle(pack(bundle_text({IDENTITY.name: SAID, CLOCK.name: "1795441860"}))))
    assert facts.host == {"name": "WS-014", "machine_id": "9f0c1a2b-0000-4000-8000-00000000000a", "platform": "windows"}
    assert facts.lookup("host.elevated")[0].value is True
    assert facts.lookup("host.clock")[0].value == "2026-11-23T13:51:00.000000Z"


@pytest.mark.parametrize("said", ["", "WS-014", SAID.replace("True", "Wahr"), SAID + "\nmore"])
def test_an_answer_that_is_not_whole_is_unknown(said: str) -> None:
    chosen = PROBES[0].sources
    facts = read_facts(read_bundle(bundle_text({IDENTITY.name: said, CLOCK.name: "1795441860"}, chosen).encode()), observed_at=NOW)
    assert isinstance(facts.lookup("host.elevated")[0].value, Unknown)
