"""The songs that are shown of weeks, as the weeks beside them are held against them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from spotify_assets.checks.stored_weeks import comparable, decoded
from spotify_assets.checks.verdicts import EarlierWeek
from spotify_assets.layout import published_key
from spotify_assets.publishing.audit import Neighbours, content_or_none
from spotify_assets.publishing.ledger import Decision, shown_before, shown_next
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import SONGS


@dataclass
class ShownSongs:
    """What is shown, read once; what has just been decided is put here before it is copied."""

    storage: Storage
    table_format: TableFormat
    _weeks: dict[date, EarlierWeek | None] = field(default_factory=dict)

    def put(self, week: date, songs: bytes | None) -> None:
        """From now on this is shown of the week, or nothing."""
        rows = decoded(songs, SONGS.name, self.table_format, week) if songs is not None else None
        self._weeks[week] = comparable(week, rows) if isinstance(rows, pa.Table) else None

    def beside(
        self,
        week: date,
        decisions: Mapping[date, Decision],
        changing: Collection[date],
    ) -> Neighbours:
        """What a week is held against by these decisions: the weeks before that are shown, and the next.

        A next week that is changing itself is held against this one in its turn, not the other way.
        """
        before = shown_before(decisions, week)
        following = shown_next(decisions, week)
        wanted = [*before, *([following] if following and following not in changing else [])]
        self._read([one for one in wanted if one not in self._weeks])
        for old in [one for one in self._weeks if one < week and one not in before]:
            del self._weeks[old]
        found = {one: self._weeks[one] for one in wanted}
        return Neighbours(
            [earlier for one in before if (earlier := found[one])],
            found.get(following) if following else None,
        )

    def _read(self, weeks: list[date]) -> None:
        keys = {published_key(SONGS.name, week, self.table_format): week for week in weeks}
        contents = self.storage.together(lambda key: content_or_none(self.storage, key), keys)
        for key, content in contents:
            self.put(keys[key], content)
