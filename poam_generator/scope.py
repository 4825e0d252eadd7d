"""What an asset is to the assessment (32 CFR 170.19(c)(1)), and what each category asks for.

CUI assets are judged by all objectives and security protection assets by those chosen; what nobody has categorised counts as CUI.
Contractor risk managed and specialized assets may stand in items, and are documented in the SSP in place of being proven.
What is out of scope is not looked at.
"""

from collections.abc import Iterator
from typing import Final, Literal

Category = Literal["uncategorised", "cui", "security_protection", "contractor_risk_managed", "specialized", "out_of_scope"]
ASSESSED: Final[tuple[Category, ...]] = ("uncategorised", "cui", "security_protection")
DOCUMENTED: Final[tuple[Category, ...]] = ("contractor_risk_managed", "specialized")


def category_faults(category: str, because: str, ssp_section: str) -> tuple[str, ...]:
    """What a category lacks, one sentence each; empty when an asset may be put into it."""
    return tuple(_category_faults(category, because, ssp_section))


def _category_faults(category: str, because: str, ssp_section: str) -> Iterator[str]:
    if category == "out_of_scope" and not because.strip():
        yield "say why it can neither handle CUI nor protect what does; out of scope needs a justification (32 CFR 170.19(c)(1))"
    if category in DOCUMENTED and not ssp_section.strip():
        yield f"name the section of the SSP that documents it; {category.replace('_', ' ')} assets need one (32 CFR 170.19(c)(1))"
