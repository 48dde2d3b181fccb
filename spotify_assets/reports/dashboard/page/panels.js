// A song's and an artist's own panel: all of their weeks on the page, whichever week is chosen.
const OVER = { height: 260, left: 58, top: 10, bottom: 26 };
const RANKS = [1, 10, 25, 50, 100, 150, 200];

/** Lines over the weeks: each {name, points: [week, value]}; the first four have colours. Ranks have 1 on top. */
function drawLines(id, title, lines, text, isRank = false) {
  const width = widthOf(id);
  const weeks = lines.flatMap((line) => line.points.map((point) => point[0]));
  if (!weeks.length) return put(id, empty("There is nothing to draw on this chart."));
  const [first, last] = [Math.min(...weeks), Math.max(...weeks)];
  const high = Math.max(...lines.flatMap((line) => line.points.map((point) => point[1])));
  const [bottom, right] = [OVER.height - OVER.bottom, width - 30];
  const x = timeScale(weeks, OVER.left, right);
  const y = isRank ? scale(1, Math.max(high, 2), OVER.top, bottom) : scale(0, high || 1, bottom, OVER.top);
  const ticks = isRank ? [...RANKS.filter((rank) => rank < high * 0.9), high] : niceTicks({ text }, 0, high);
  const svg = s("svg", { ...sized(width, OVER.height), role: "img", "aria-label": title },
    ...ticks.flatMap((tick) => [s("line", { class: "grid", x1: OVER.left, x2: right, y1: y(tick), y2: y(tick) }),
      s("text", { x: OVER.left - 6, y: y(tick) + 4, "text-anchor": "end" }, text(tick))]),
    ...drawnBreaks(x, OVER.top, bottom), ...timeAxis(x, first, last, bottom + 2, width / 90).flat(),
    ...lines.map((line, place) => s("g", { class: place < 4 ? `c${place + 1}` : null },
      ...runsOf(line.points).map((run) => s("path", { class: `way${place < 4 ? " thick" : ""}`, d: visible(straight(run, x, y), run), "stroke-linecap": "round" })))).reverse());
  const values = lines.map((line) => new Map(line.points));
  const say = h("p", { class: "readout" });
  readable(svg, x, [...new Set(weeks)], OVER.top, bottom, (week) => {
    const parts = lines.flatMap((line, place) => (values[place].has(week) ? [`${unturned(line.name)} ${text(values[place].get(week))}`] : []));
    say.textContent = week === null ? "" : `${DATA.labels[week]}: ${parts.join(" · ")}`;
  });
  const legend = lines.length > 1 ? h("ul", { class: "legend" }, ...lines.slice(0, 4).map((line, place) => h("li", null, h("i", { class: `f${place + 1}` }), foreign(line.name)))) : null;
  put(id, legend, svg, say);
}

/** By chart, the chosen one first, what a song or an artist did there: [number of the chart, totals]. */
function acrossCharts(isOne, isSong) {
  const all = DATA.charts.map((of, number) => [number, totalsOf(of.rows, (each) => (isOne(each) ? [0] : [])).get(0)]);
  const found = all.filter((each) => each[1]);
  // What Spotify counts, it counts for songs.
  if (!isSong) for (const [, one] of found) Object.assign(one, { peak: one.best, counted: one.weeks, isSinceStart: one.isSinceStart || DATA.from > 0 });
  return found.sort((a, b) => (b[0] === state.chart) - (a[0] === state.chart) || a[1].debut - b[1].debut || a[1].debutRank - b[1].debutRank);
}
const mayBeOlder = (one) => one.isSinceStart || one.firstCount > 1;
const since = (one) => `${DATA.ends[one.debut]}${mayBeOlder(one) ? " or before" : ""}`;
const where = () => (DATA.from > 0 ? "on this page" : "on file");

/** The figures that a song and an artist have both, as headlines. */
function figures(one) {
  return [
    one.streams === null ? null : ["Streams", grouped(one.streams), one.streamsWeeks < one.weeks ? `known for ${one.streamsWeeks} of ${counted(one.weeks, "week")}` : `in ${counted(one.weeks, "week")}`],
    ["Weeks on the chart", String(one.weeks), one.counted > one.weeks ? `${one.counted} with those not ${where()}` : null, one.topTen && `${one.topTen} in the top 10`, one.atOne && `${one.atOne} at number one`],
    ["Peak", String(Math.min(one.best, one.peak)), one.peak < one.best ? `in a week that isn't ${where()}` : `${counted(one.atBest, "week")}, first ${DATA.ends[one.bestWeek]}`],
    [mayBeOlder(one) ? `First ${where()}` : "Debut", `${mayBeOlder(one) ? "At" : "In at"} ${one.debutRank}`, DATA.ends[one.debut]],
    [one.last === latestOf(chart()) ? "Now" : "Last seen", `At ${one.lastRank}`, DATA.ends[one.last]],
    ["Longest run", counted(one.longest, "week"), one.returns ? `${one.returns} re-entr${one.returns === 1 ? "y" : "ies"}` : "no re-entries"],
  ].filter(Boolean);
}
function chartsCard(across, ...children) {
  if (DATA.charts.length < 2) return null;
  const first = Math.min(...across.map((each) => each[1].debut));
  const isKnown = !across.some(([, one]) => one.debut === first && mayBeOlder(one));
  const after = (one) => (isKnown && !mayBeOlder(one) ? h("div", { class: "by" }, one.debut === first ? "first" : `${counted((one.debut - first) * 7, "day")} later`) : null);
  const columns = [["song", "Chart"], ["since", "Since"], ["best", "Peak"], ["weeks", "Weeks"], ["value", "Streams"]];
  const rows = [...across].sort((a, b) => a[1].debut - b[1].debut || a[1].debutRank - b[1].debutRank).map(([number, one]) => [
    pressable(DATA.charts[number].name, () => chooseChart(number), { class: "title", id: `at-${number}` }),
    [since(one), after(one)].filter(Boolean),
    String(Math.min(one.best, one.peak)), String(one.weeks), one.streams === null ? DASH : [amount(one.streams), one.streamsWeeks < one.weeks ? h("div", { class: "by" }, `of ${counted(one.streamsWeeks, "week")}`) : null].flat().filter(Boolean)]);
  return card("By chart", grid("By chart", columns, rows), ...children);
}
const panelNote = () => h("p", { class: "note" }, DATA.from > 0 ? `Weeks since ${DATA.labels[DATA.from]}: earlier ones aren't on this page.` : `All weeks on file, ${DATA.ends[chart().weeks[0]]} to ${DATA.ends[latestOf(chart())]}.`);
const notHere = (name) => empty(`${unturned(name)} is in none of the ${chart().name} charts on this page.`);

function drawSong() {
  const isOne = (each) => each[TRACK.song] === state.song;
  const across = acrossCharts(isOne, true);
  if (!across.length) return put("second", empty("This song isn't on this page."));
  const here = across.find((each) => each[0] === state.chart);
  const number = (here || across[0])[1].number;
  const points = (of) => [...new Map([...(historyOf(of).get(state.song) || [])].reverse().map(([week, rank]) => [week, rank]))].reverse();
  const weeks = here ? rowsBetween(chart(), here[1].debut, here[1].last).flatMap((week) => week.t.flatMap((each, place) =>
    (isOne(track(each)) ? [[DATA.labels[week.w], String(rankOf(week, place)), week.s && week.s[place] !== null ? grouped(week.s[place]) : DASH]] : []))).reverse() : [];
  put("second", h("h2", { class: "of" }, "Song: ", foreign(titleOf(number)), explicitMark(number), spotifyLink(number)), credits(number), panelNote(),
    here ? h("div", { class: "headlines" }, ...headlines(figures(here[1]))) : notHere(titleOf(number)),
    card("Rank by week", h("div", { id: "over" })),
    h("div", { class: "two" }, here ? card(`Every week on ${chart().name}`, h("details", null, h("summary", null, counted(weeks.length, "week")),
      grid("Every week", [["song", "Week"], ["rank", "#"], ["value", "Streams"]], weeks))) : null, chartsCard(across)));
  drawLines("over", "Rank by week", across.map(([chartNumber]) => ({ name: DATA.charts[chartNumber].name, points: points(DATA.charts[chartNumber]) })), String, true);
}

function drawArtistPanel() {
  const isOne = (each) => each[TRACK.credits].includes(state.artist);
  const across = state.artist === null ? [] : acrossCharts(isOne, false);
  if (!across.length) return put("second", empty("This artist isn't on this page."));
  const here = across.find((each) => each[0] === state.chart);
  const rows = chart().rows;
  const measure = measureOf(rows);
  const songs = ranked(totalsOf(rows, (each) => (isOne(each) ? [each[TRACK.song]] : [])), measure);
  const leads = songs.filter((one) => track(one.number)[TRACK.credits][0] === state.artist).length;
  const id = DATA.artists[state.artist][1];
  put("second", h("h2", { class: "of" }, "Artist: ", foreign(artistName(state.artist)), id && h("a", { class: "out", href: `https://open.spotify.com/artist/${id}`, rel: "noreferrer", "aria-label": "Open in Spotify" }, "↗")), panelNote(),
    here ? [h("div", { class: "headlines" }, ...headlines([["Songs", String(songs.length), `lead artist of ${leads}`, `${here[1].most} at once`], ...figures(here[1]).slice(0, -1)])),
      card(measure === "streams" ? "Streams by week" : "Chart places by week", h("div", { id: "over" }))] : notHere(artistName(state.artist)),
    h("div", { class: "two" }, here ? card("Songs", ...songTable(songs, measure)) : null, chartsCard(across)));
  if (here) drawLines("over", "By week", [{ name: artistName(state.artist), points: byWeek(rows, isOne, measure) }], measure === "streams" ? millions : String);
}
function songTable(songs, measure) {
  const columns = [["song", "Song"], ["value", measure === "streams" ? "Streams" : "Points"], ["weeks", "Weeks"], ["ones", "At no. 1"], ["best", "Peak"], ["since", "Since"]];
  const rows = (state.all ? songs : songs.slice(0, ENTRIES_SHOWN)).map((one) => [openSong(one.number), amount(one[measure]), String(one.weeks), String(one.atOne || DASH), String(Math.min(one.best, one.peak)), since(one)]);
  return [grid("Songs", columns, rows), moreButton(songs)];
}
/** What these entries have each week: streams, or places where streams aren't known for all. */
function byWeek(rows, isOne, measure) {
  return rows.flatMap((week) => {
    const places = [...week.t.keys()].filter((place) => isOne(track(week.t[place])));
    return places.length ? [[week.w, measure === "streams" ? places.reduce((sum, place) => sum + week.s[place], 0) : places.length]] : [];
  });
}
