"""Which spellings of titles and artists are folded into one."""

from __future__ import annotations

from spotify_assets.titles import fold, identity, names_in, parse_title


def test_letters_of_all_scripts_count_and_marks_that_spell() -> None:
    assert fold("Él Niño – ＯＫ!") == "elninook"
    assert fold("が") != fold("か")
    assert fold("कि") != fold("का")
    assert fold("ø") == "ø"
    assert names_in("Sun & Moon, Ada feat. Bo") == ["sun", "moon", "ada", "bo"]


def test_a_songs_identity_is_the_same_over_spellings() -> None:
    same = identity("North (feat. Nils Fjord)", "Ada Brook, Nils Fjord")
    assert identity("NORTH (Ft. Nils Fjord) - Remastered 2011", "Ada Brook, Nils Fjord") == same
    assert identity("North - Remix", "Ada Brook, Nils Fjord") != same
    assert parse_title("North - Kolo Remix").version == {"kolo", "remix"}
