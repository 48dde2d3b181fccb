"""What the audit found, as sentences for those who read charts: the check's code stands apart.

A finding says `table.check: what is wrong`; how it is laid out on the page is the page's business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

REASONS_SHOWN = 3
FINDING = re.compile(r"(?P<code>[a-z_]+\.[a-z0-9_]+): (?P<says>.+)", re.DOTALL)
IDS_AT_THE_END = re.compile(r": [A-Za-z0-9]{22}(, [A-Za-z0-9]{22})*( and \d+ more)?$")


def told(findings: Sequence[str]) -> list[list[str | None]]:
    """The first findings as a sentence and the code of its check, if any; how many more there are."""
    reasons = [_reason(finding) for finding in findings[:REASONS_SHOWN]]
    if more := len(findings) - len(reasons):
        reasons.append([f"{more} more finding{'' if more == 1 else 's'}.", None])
    return reasons


def _reason(finding: str) -> list[str | None]:
    found = FINDING.fullmatch(finding)
    return [_sentence(found["says"]), found["code"]] if found else [_sentence(finding), None]


def _sentence(text: str) -> str:
    """With a capital and a full stop; ids say nothing to a reader, and the check report has them."""
    says = IDS_AT_THE_END.sub("", text.strip())
    if "_" not in says.split(" ", 1)[0]:  # the name of a column stays as it is
        says = says[:1].upper() + says[1:]
    return says + ("" if says.endswith((".", "!", "?", "…")) else ".")
