"""Chart files: both formats as they are downloaded, and every way in which one can be damaged."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from spotify_assets.errors import UnreadableRawFile
from spotify_assets.raw.chart_csv import ChartRow, read_chart_csv
from spotify_assets_tests.raw_samples import chart_csv, legacy_csv, spotify_id

HEADER = "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams"
SONG = "spotify:track:" + "a" * 22
URL = "https://open.spotify.com/track/" + "a" * 22


def one_line(line: str, header: str = HEADER) -> ChartRow:
    (row,) = read_chart_csv(f"{header}\n{line}\n".encode()).rows
    return row


def reason(content: bytes) -> str:
    with pytest.raises(UnreadableRawFile) as error:
        read_chart_csv(content)
    return str(error.value)


def test_a_weekly_file_is_read_line_by_line() -> None:
    file = read_chart_csv(chart_csv(["Fjordlys", "Snø i mai"], artists="Ida Nord, Kalle"))
    assert file.kind == "chart_csv"
    assert file.rows[1] == ChartRow(
        rank=2,
        song_id=spotify_id("Snø i mai"),
        song_url=f"https://open.spotify.com/track/{spotify_id('Snø i mai')}",
        song_name="Snø i mai",
        artist_names="Ida Nord, Kalle",
        label="Nord Records",
        streams=999_998,
        peak_rank=2,
        previous_rank=None,
        weeks_on_chart=1,
    )


@pytest.mark.parametrize("note", [False, True])
def test_a_legacy_file_is_read_with_and_without_the_note_above_it(note: bool) -> None:
    file = read_chart_csv(legacy_csv(["Fjordlys"], note=note))
    song_id = spotify_id("Fjordlys")
    url = f"https://open.spotify.com/track/{song_id}"
    assert file.kind == "legacy_csv"
    assert file.rows == [ChartRow(1, song_id, url, "Fjordlys", "Ida Nord", streams=999_999)]


@pytest.mark.parametrize(
    "content",
    [
        chart_csv(),
        chart_csv().removeprefix("\ufeff".encode()),
        chart_csv().replace(b"\n", b"\r\n"),
        chart_csv() + b"\n\n",
        chart_csv().replace(b"\n", b"\n,,,,,,,,\n", 1),
        chart_csv().replace(b"1,", b'"1",', 1),
        chart_csv().replace(b",1,", b",1 ,"),
    ],
)
def test_the_ways_of_writing_a_file_make_no_difference(content: bytes) -> None:
    assert read_chart_csv(content) == read_chart_csv(chart_csv())


def saved(content: bytes, separator: str, **options: Any) -> bytes:
    """The file as a program writes it that separates cells otherwise."""
    lines = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    text = io.StringIO()
    csv.writer(text, delimiter=separator, **options).writerows(lines)
    return text.getvalue().encode()


@pytest.mark.parametrize("content", [chart_csv(artists="Ida; Nord\tEast, Kalle"), legacy_csv()])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_file_that_a_spreadsheet_saved_is_read_as_the_original(
    content: bytes, separator: str
) -> None:
    original = read_chart_csv(content)
    again = saved(content, separator)
    assert read_chart_csv(again) == original
    assert read_chart_csv(saved(content, separator, quoting=csv.QUOTE_ALL)) == original
    assert read_chart_csv(b"sep=" + separator.encode() + b"\r\n" + again) == original
    assert read_chart_csv(again.replace(b"\r\n", 2 * separator.encode() + b"\n")) == original
    for encoding in ("utf-16", "utf-16-be"):
        text = ("" if encoding == "utf-16" else "\ufeff") + again.decode()
        assert read_chart_csv(text.encode(encoding)) == original


@pytest.mark.parametrize("index", ["", "Unnamed: 0"])
def test_the_index_that_pandas_writes_is_no_column(index: str) -> None:
    first, *lines = chart_csv().decode("utf-8-sig").splitlines()
    numbered = [f"{number},{line}" for number, line in enumerate(lines)]
    content = "\n".join([f"{index},{first}", *numbered]).encode()
    assert read_chart_csv(content) == read_chart_csv(chart_csv())


def figures(separator: str, *streams: str, other: str = "1") -> list[int | None]:
    """The streams of a file with one line for each of these."""
    lines = [
        [str(rank), SONG, "Ida", "Song", "Nord", other, "-1.0", "nan", cell]
        for rank, cell in enumerate(streams, start=1)
    ]
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([HEADER.split(","), *lines])
    return [row.streams for row in read_chart_csv(text.getvalue().encode()).rows]


@pytest.mark.parametrize(
    ("separator", "streams", "meant"),
    [
        (
            ",",
            ["43729841.0", "7.00", "7,0", "nan", "None", " "],
            [43729841, 7, 7, None, None, None],
        ),
        (",", ["1,234,567", "987,654", "999"], [1234567, 987654, 999]),
        (",", ["987,654", "12,000"], [987654, 12000]),
        (",", ["1.234.567", "987.654"], [1234567, 987654]),
        (";", ["1.234.567", "987.000"], [1234567, 987000]),
        (";", ["1,234,567", "987,654"], [1234567, 987654]),
        (";", ["1 234 567", "987\xa0654", "1\u202f000", "2'000"], [1234567, 987654, 1000, 2000]),
        ("\t", ["43729841,0", "7,00"], [43729841, 7]),
    ],
)
def test_a_whole_number_is_read_however_it_is_written(
    separator: str, streams: list[str], meant: list[int | None]
) -> None:
    assert figures(separator, *streams) == meant


@pytest.mark.parametrize(
    ("separator", "cell", "says"),
    [
        (",", "987.654", "'.' can be a decimal point as well as a mark of thousands"),
        (",", "1.000", "'.' can be a decimal point"),
        (";", "987,654", "',' can be a decimal point as well as a mark of thousands"),
        (";", "1.000", "'.' can be a decimal point"),
        (";", "1,5", "not a whole number"),
        (",", "1,23,456", "not a whole number"),
        (",", "1234,567", "not a whole number"),
        (",", "4.37E+07", "a spreadsheet has rounded it, and its last digits are lost"),
        (";", "4,37E+07", "a spreadsheet has rounded it"),
        (",", "1e7", "a spreadsheet has rounded it"),
    ],
)
def test_a_number_that_was_rounded_or_can_be_two_is_refused(
    separator: str, cell: str, says: str
) -> None:
    with pytest.raises(UnreadableRawFile) as error:
        figures(separator, cell)
    assert f"Line 2: streams is {cell!r}" in str(error.value)
    assert says in str(error.value)
    assert "as it was downloaded" in str(error.value)


def test_only_streams_have_thousands() -> None:
    assert figures(",", "1", other="3.0") == [1]
    with pytest.raises(UnreadableRawFile, match="peak_rank is '1,000'"):
        figures(",", "1,234,567", other="1,000")


def test_columns_count_by_name_in_any_order_and_new_ones_are_ignored() -> None:
    row = one_line(f"Fjordlys,7,new,{SONG},", "track_name,rank,mood,uri,artist_names")
    assert row == ChartRow(7, "a" * 22, URL, "Fjordlys", None)
    local = "spotify:local:Ida:Album:Song:200"
    assert one_line(f"1,{local},,,,,,,") == ChartRow(1, local, None, None, None)


@pytest.mark.parametrize(
    ("cell", "figure"), [("-1", None), ("0", None), ("3", 3), ("", None), (" 3 ", 3)]
)
def test_ranks_and_numbers_of_weeks_count_from_1(cell: str, figure: int | None) -> None:
    assert one_line(f"1,{SONG},Ida,Song,Nord,1,{cell},1,5").previous_rank == figure
    if cell != "-1":
        row = one_line(f"1,{SONG},Ida,Song,Nord,{cell},2,{cell},0")
        assert (row.peak_rank, row.weeks_on_chart, row.streams) == (figure, figure, 0)


@pytest.mark.parametrize(
    "link",
    [SONG, f"{URL}?si=abc", f" {SONG} ", URL.replace(".com/", ".com/intl-de/")],
)
def test_a_song_is_known_by_the_id_in_its_link(link: str) -> None:
    row = one_line(f'1,{link},"Ida ""I"" Nord, Kalle","So\r\nng",Nord,1,1,1,3000000000')
    assert (row.artist_names, row.song_name) == ('Ida "I" Nord, Kalle', "So\r\nng")
    assert (row.song_id, row.song_url, row.streams) == ("a" * 22, URL, 3_000_000_000)


@pytest.mark.parametrize(
    ("line", "says"),
    {
        f"x,{SONG},Ida,Song,Nord,1,1,1,5": "Line 2: rank is 'x', not a whole number",
        f"0,{SONG},Ida,Song,Nord,1,1,1,5": "Line 2 has no rank: '0'",
        f"-1,{SONG},Ida,Song,Nord,1,1,1,5": "rank is '-1', not a whole number from 0",
        f"1.5,{SONG},Ida,Song,Nord,1,1,1,5": "rank is '1.5'",
        f"2147483648,{SONG},Ida,Song,Nord,1,1,1,5": "from 0 to 2147483647",
        f"1,{SONG},Ida,Song,Nord,1,1,1,9223372036854775808": "streams is '9223372036854775808'",
        f"1,{SONG},Ida,Song,Nord,1,1,1,1_000": "streams is '1_000'",
        f"1,{SONG},Ida,Song,Nord,1,1,1,{'9' * 5000}": f"streams is '{'9' * 40}'",
        f"1,{SONG},Ida,Song,Nord,1,-2,1,5": "previous_rank is '-2'",
        "1,,Ida,Song,Nord,1,1,1,5": "Line 2 doesn't say which song it is: its link is ''",
        "1,spotify:episode:x,Ida,Song,Nord,1,1,1,5": "its link is 'spotify:episode:x'",
        f"1,{SONG},Ida,Song": "Line 2 has 4 columns where the header has 9",
        f'1,{SONG},Ida,"So': "Line 2 can't be read as CSV",
        f"1,{SONG},Ida,Song,Nord,1,1,1,5\n1,{SONG},Ida,Song,Nord,1,1,1,5": "Line 3 has rank 1 a",
    }.items(),
)
def test_a_line_that_cannot_be_read_is_named(line: str, says: str) -> None:
    message = reason(f"{HEADER}\n{line}\n".encode())
    assert says in message
    assert "download" in message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "It is not a chart file: its first line is ''"),
        (HEADER.encode(), "It has a header but no chart rows"),
        (b"name,age\nIda,30\n", "begins with rank,uri,artist_names,track_name"),
        (HEADER.replace(",", "|").encode() + b"\n1|2|3", "separated by commas, semicolons or tabs"),
        (chart_csv().decode().encode("utf-16")[:-1], "It begins as UTF-16 text, but can't be read"),
        (b"\xff\xfe" + b"\x00\xd8" * 9, "It begins as UTF-16 text, but can't be read"),
        ((HEADER + ", rank").encode() + b"\n", "has the column rank more than once"),
        (chart_csv().decode("utf-8-sig").encode("latin-1"), "It is not UTF-8 text"),
        (chart_csv()[: chart_csv().index("ø".encode()) + 1], "it was cut off"),
        (chart_csv() + b"\0\0", "It contains binary data"),
        (b'"' + b"x" * 200_000 + b'"', "Line 1 can't be read as CSV: field larger than"),
    ],
)
def test_a_file_that_is_no_chart_is_told_apart(content: bytes, says: str) -> None:
    message = reason(content)
    assert says in message
    assert "ownload" in message


def test_a_file_cut_off_within_a_line_is_never_taken_for_whole() -> None:
    content = legacy_csv()
    last_line = content.rstrip().rfind(b"\r\n") + 3
    for end in range(last_line, len(content.rstrip())):
        assert reason(content[:end])
