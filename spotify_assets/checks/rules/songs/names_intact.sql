-- asserts: No name of a song, artist or label was spoilt by a wrong encoding or by a spreadsheet.
-- severity: WARN
-- why: The chart is true, but people read its names, and songs are followed by them over weeks.
-- U+FFFD stands for what couldn't be decoded; what begins with # is a spreadsheet's error value.
WITH names AS (
    SELECT week, chart, rank, song_id, unnest([song_name, artist_names, label]) AS name FROM songs
),
spoilt AS (
    SELECT week, chart, rank, song_id, format('rank {} "{}"', rank, min(name)) AS said
    FROM names
    WHERE regexp_matches(name, '\x{FFFD}|[a-z]\?[a-z]|&(amp|quot|apos|lt|gt|#x?[0-9A-Fa-f]+);|\\u[0-9a-f]{4}'
            || '|^#(N/?[ADV]|I/T|GETTING_DATA|(NAME|NAVN|NAMN|NOM|NOMBRE|NOME|NAAM|NIMI)\?'
            || '|¡?(REF|BEZUG|VALUE|VALOR|VALORE|VALEUR|VERDI|WERT|DIV/0|NUM|ZAHL|NULL|NULO|SPILL|CALC)!)$')
       OR (strlen(name) > length(name) AND is_mojibake(name))
    GROUP BY week, chart, rank, song_id
)
SELECT
    week,
    chart,
    format('{} with spoilt names: {}{}. Download the file again, and don''t open it in a spreadsheet or '
           || 'editor before you drop it', counted(count(*), 'row'),
           array_to_string(list(said ORDER BY rank)[:5], ', '), CASE WHEN count(*) > 5 THEN ', …' ELSE '' END
    ) AS finding,
    arg_min(song_id, rank) AS song_id
FROM spoilt
GROUP BY week, chart
