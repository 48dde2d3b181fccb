"""Rules about where a table's rows come from: are they those that were derived, and of what?

What is noted when they are written is in `table_origins`.
"""

from __future__ import annotations

from spotify_assets.checks.verdicts import Rule, StoredWeek, Verdict
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.tables.origins import ILLEGIBLE, rows_digest


def as_derived_rule(table: str) -> Rule:
    """The stored rows are those that were derived, from raw files as they were received.

    Where nothing was noted of any table of the week, there is nothing to compare with.
    """

    def rule(week: StoredWeek, _: Thresholds) -> Verdict:
        origin = week.origins.get(table)
        if origin is None and not week.origins:  # not written by us, none of the week's tables
            return Verdict("rows as derived", "nothing was noted when they were written")
        if origin is None or origin == ILLEGIBLE:
            return Verdict(
                "rows as derived",
                "nobody can tell",
                (
                    f"what was noted as {table} was derived is gone or illegible: materialize {table} "
                    f"for {week.week} again",
                ),
            )
        findings = [
            f"{path} was gone from the archive or not as it was received when {table} was derived: drop "
            f"the good file again or take it from a backup, then materialize {table} for {week.week} "
            "again; if the chart is to go without it, take its line out of raw/checksums/ first"
            for path in origin.altered
        ]
        is_as_written = rows_digest(week.tables[table]) == origin.rows
        if not is_as_written:
            findings.insert(
                0,
                f"the rows of {table} aren't those that were derived: somebody changed the file, so "
                f"materialize {table} for {week.week} again",
            )
        rows = "rows as derived" if is_as_written else "other rows than derived"
        files = f"{len(origin.altered)} altered files" if origin.altered else "files as received"
        return Verdict(
            "rows as derived, from files as received", f"{rows}, from {files}", tuple(findings)
        )

    return rule
