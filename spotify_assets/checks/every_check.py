"""Every check there is, asset by asset, as reports and documentation show them.

What each asserts is declared where its rules are: `raw_rules`, `declared`, `catalog_rules`.
"""

from __future__ import annotations

from spotify_assets.checks.catalog_rules import CATALOG_CHECKS, COLUMN_TYPES
from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.raw_rules import OF_ALL, RAW_CHECKS
from spotify_assets.checks.verdicts import CheckMeaning
from spotify_assets.tables.schemas import TABLES

_OF_TABLES = sorted(TABLE_CHECKS, key=lambda check: list(TABLES).index(check.asset))
EVERY_CHECK: tuple[CheckMeaning, ...] = (*RAW_CHECKS, *_OF_TABLES, *CATALOG_CHECKS)
OF_THE_WHOLE: tuple[CheckMeaning, ...] = (*OF_ALL, COLUMN_TYPES)
"""Those that aren't about single weeks."""
