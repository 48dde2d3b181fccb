"""The page of questions: every query answers on made-up charts, without an error and without silence."""

from __future__ import annotations

import pytest

from spotify_assets_tests.chart_frames import Row, chart, made_up, select, views_over
from spotify_assets_tests.commands import PROJECT
from spotify_assets_tests.trino_statements import Statement, documented

QUESTIONS = documented(PROJECT / "docs" / "questions.md")


def test_there_are_twenty() -> None:
    assert len(QUESTIONS) == 20


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.place)
def test_every_question_has_an_answer(question: Statement) -> None:
    rows = made_up(1)
    went_elsewhere: list[Row] = [*chart(8, "Kite"), *chart(10, "Kite", chart="global")]
    rows["songs"] += [row | {"rank": 30} for row in went_elsewhere]
    assert select(views_over(rows), question.sql)
