"""Start a check file: complete in its shape, judged by its own cases, with marks where only its author knows what belongs there."""

import re
from pathlib import Path
from typing import Final

from checks.errors import ContentError
from checks.framework import Framework, load_framework

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

TEMPLATE: Final = """\
# The id is the file's name: words in lower case joined by hyphens.
id: {name}
# The good condition in one line, as in: Accounts lock after repeated failed logons
title: "FILL IN: the good condition"
# {summary}
# supports: bears on the objective; member: one of the checks that the framework file names as its proof set.
assesses: {{"{objective}": supports}}
# low, medium or high: how urgent this weakness is. Points belong to the requirement.
severity: medium
# The sentence that becomes the weakness of the POA&M item.
weakness: "FILL IN: what is wrong where this fails."
# In business terms: what can happen, to whom.
rationale: "FILL IN: why it matters."
# Values that the organization defines, with bounds that keep the check worth something; used below as $name:
# parameters:
#   max_days: {{label: Days until it ends, type: integer, default: 60, minimum: 1, maximum: 365, unit: days}}
platforms:
  linux:
    # when: and unless: (lists like expect) say where the check applies at all.
    # Every condition must hold. Paths: closeout facts --paths linux. Operators: equals not_equals one_of at_least at_most
    # contains excludes matches set. FILL IN the path and what is expected of it instead of this example.
    expect:
      - {{path: host.uid, equals: 0}}
    # The exact commands, for each family of distributions where they differ.
    remediation: |
      FILL IN: the commands that mend it
    # Minutes of work on one host.
    effort: 15
    # At least one case that passes and one that fails; then the mess of real life. Give every path that the check reads.
    tests:
      - {{name: "FILL IN: as it should be", facts: {{host: {{uid: 0}}}}, status: pass}}
      - {{name: "FILL IN: as it should not be", facts: {{host: {{uid: 1000}}}}, status: fail}}
      - {{name: it could not be read, errors: {{host.uid: permission denied}}, status: error}}
# Equal rules elsewhere, only where you are sure: cac, stig, cci, cis, cce.
# references: {{cac: name_of_the_rule}}
"""


def new_check(name: str, objective: str, directory: Path, framework: Framework | None = None) -> Path:
    """The path of a new check file in a directory (made where it is missing), which loads and whose only problems are its marks.

    Raises ContentError on a name that is no check id, an objective that the framework has not or that only a person can
    attest, and a file that is there already.
    """
    path = directory / f"{name}.yml"
    if not _NAME.fullmatch(name):
        raise ContentError(
            str(path), 1, ("id",), f"{name!r} is no check id; write words in lower case joined by hyphens, as in ssh-root-login"
        )
    found = (framework or load_framework()).objective(objective)
    if found.linux == found.windows == "attested":
        raise ContentError(str(path), 1, ("assesses", objective), "facts of a host do not bear on it, a person attests it; choose another")
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE.format(name=name, objective=objective, summary=found.summary))
    except FileExistsError as error:
        raise ContentError(str(path), 1, (), "the file is there already; choose another name, or edit it") from error
    return path
