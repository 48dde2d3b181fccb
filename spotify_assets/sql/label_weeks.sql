-- Entries by the family of their label: one row per week, chart and family.
--
-- Labels come as the chart file names them, often several: "Bad Boy / Interscope". The family is that of
-- the last name in it that belongs to one of the three majors; labels that name none are "other", whether
-- they are independent or not.
--
-- Columns:
--   songs.week
--   songs.chart
--   label_family: Universal, Sony, Warner, other, or unknown where there is no label
--   labels: Different labels as received
--   songs: Entries of that family
--   place_share: songs as a share of the chart's entries
--   streams: Plays of those entries; null where the source has none
--   stream_share: streams as a share of those of all entries; null where none are known
WITH families AS (
    SELECT name, family
    FROM (
        VALUES
        ('aftermath', 'Universal'),
        ('astralwerks', 'Universal'),
        ('capitol', 'Universal'),
        ('cash money', 'Universal'),
        ('decca', 'Universal'),
        ('def jam', 'Universal'),
        ('emi', 'Universal'),
        ('geffen', 'Universal'),
        ('idj', 'Universal'),
        ('interscope', 'Universal'),
        ('island', 'Universal'),
        ('isr', 'Universal'),
        ('mca', 'Universal'),
        ('mercury', 'Universal'),
        ('motown', 'Universal'),
        ('polydor', 'Universal'),
        ('republic', 'Universal'),
        ('ume', 'Universal'),
        ('umgri', 'Universal'),
        ('umle', 'Universal'),
        ('umod', 'Universal'),
        ('universal', 'Universal'),
        ('virgin', 'Universal'),
        ('vmg', 'Universal'),
        ('young money', 'Universal'),
        ('arista', 'Sony'),
        ('columbia', 'Sony'),
        ('epic', 'Sony'),
        ('jive', 'Sony'),
        ('kemosabe', 'Sony'),
        ('rca', 'Sony'),
        ('sony', 'Sony'),
        ('syco', 'Sony'),
        ('asylum', 'Warner'),
        ('atlantic', 'Warner'),
        ('big beat', 'Warner'),
        ('elektra', 'Warner'),
        ('fueled by ramen', 'Warner'),
        ('parlophone', 'Warner'),
        ('reprise', 'Warner'),
        ('rhino', 'Warner'),
        ('roadrunner', 'Warner'),
        ('spinnin', 'Warner'),
        ('warner', 'Warner'),
        ('wea', 'Warner'),
        ('wm', 'Warner')
    ) AS majors (name, family)
),

-- Each label once, in small letters and without punctuation: " bad boy interscope ".
labels AS (
    SELECT DISTINCT label, ' ' || translate(lower(label), '/,.-()*&''', '         ') || ' ' AS folded
    FROM songs
    WHERE label <> ''
),

known AS (
    SELECT l.label, max_by(f.family, strpos(l.folded, ' ' || f.name || ' ')) AS family
    FROM labels AS l
    INNER JOIN families AS f ON strpos(l.folded, ' ' || f.name || ' ') > 0
    GROUP BY l.label
),

entries AS (
    SELECT
        s.week,
        s.chart,
        s.label,
        s.streams,
        coalesce(k.family, CASE WHEN s.label <> '' THEN 'other' ELSE 'unknown' END) AS label_family
    FROM songs AS s
    LEFT JOIN known AS k ON k.label = s.label
),

totals AS (
    SELECT week, chart, count(*) AS entries, sum(streams) AS streams
    FROM songs
    GROUP BY week, chart
),

sums AS (
    SELECT
        week,
        chart,
        label_family,
        count(DISTINCT label) AS labels,
        count(*) AS songs,
        sum(streams) AS streams
    FROM entries
    GROUP BY week, chart, label_family
)

SELECT
    s.week,
    s.chart,
    s.label_family,
    s.labels,
    s.songs,
    CAST(s.songs AS double) / t.entries AS place_share,
    CAST(s.streams AS bigint) AS streams,
    CAST(s.streams AS double) / nullif(t.streams, 0) AS stream_share
FROM sums AS s
INNER JOIN totals AS t ON t.week = s.week AND t.chart = s.chart
