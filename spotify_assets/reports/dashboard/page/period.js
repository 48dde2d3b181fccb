// The second level: the period's songs, artists, albums, genres and labels, and what it will be remembered for.
const VIEWS = [["", "Week by week"], ["period", "Years and periods"], ["compare", "Compare"]];
const ENTRIES_SHOWN = 20;
const KINDS = [["songs", "Songs"], ["artists", "Artists"], ["albums", "Albums"]];

/** Buttons of which one is chosen; their ids let the focus stay when all is drawn again. */
function choice(label, name, options, chosenValue, act) {
  return h("div", { class: "choice", role: "group", "aria-label": label }, ...options.map(([value, text]) =>
    button(text, () => act(value), { id: `${name}-${value}`, "aria-pressed": String(value === chosenValue) })));
}
/** A table of rows of cells; a column is [class, heading]. */
function grid(label, columns, rows) {
  return h("table", { "aria-label": label },
    h("thead", null, h("tr", null, ...columns.map(([name, title]) => h("th", { class: name, scope: "col" }, title)))),
    h("tbody", null, ...rows.map((cells) => h("tr", null, ...cells.map((cell, at) => h("td", { class: columns[at][0] }, cell))))));
}
const card = (title, ...children) => h("section", { class: "card", "aria-label": title }, h("h2", null, title), ...children);

/** A large number, short on a phone. */
const amount = (number) => [h("span", { class: "full" }, grouped(number)), h("span", { class: "short" }, millions(number))];

/** Go to a song's or an artist's own panel. */
function open(view, change) {
  choose({ view, ...change, query: "", all: false }, true);
  $("second").focus({ preventScroll: true });
  scrollTo(0, 0);
}
const openSong = (number) => pressable(titleOf(number), () => open("song", { song: track(number)[TRACK.song] }), { class: "title" });
const openArtist = (artist) => pressable(artistName(artist), () => open("artist", { artist }), { class: "title" });

/** What the rows on this page can't say about weeks from `first` on, and what can. */
function leftOut(first) {
  return first >= DATA.from ? null : h("p", { class: "notice" },
    `The charts before ${DATA.labels[DATA.from]} aren't on this page, so what is added up here begins there. ` +
    "The views song_totals, artist_totals and year_charts have all weeks: ",
    h("code", null, `spotify-assets query "SELECT * FROM year_charts WHERE chart = '${chart().slug}'"`));
}

function drawPeriod() {
  const of = chart();
  const [first, last] = periodOf(state.week);
  const rows = rowsBetween(of, first, last);
  const year = (state.span === "year" && first < DATA.from && of.years[yearOf(state.week)]) || null;
  const measure = year ? year.measure : measureOf(rows);
  const kind = state.kind === "albums" && !areAlbumsKnown() ? "songs" : state.kind;
  const listOf = (name) => ranked(year ? leadersOfYear(name, year) : totalsOf(rows, KEYS[name]), measure);
  const songs = listOf("songs");
  const before = earlierPeriod(first, rows.length);
  put("second", periodBar(first, last),
    h("h2", { class: "of" }, foreign(of.name), `, ${periodName(state.week)}`), h("p", { class: "note" }, periodNote(first, last, measure)),
    year ? h("p", { class: "note" }, "The leaders of all of its weeks. The weeks themselves aren't all on this page.") : leftOut(first),
    rows.length > 1 && !year ? h("div", { class: "headlines" }, ...headlines(remembered(rows, songs, measure))) : null,
    h("div", { class: "two" },
      card("Who led", choice("Kind", "kind", KINDS.filter((each) => each[0] !== "albums" || areAlbumsKnown()), kind, (value) => choose({ kind: value, all: false })),
        ...leadersOf(kind, kind === "songs" ? songs : listOf(kind), measure, before)),
      h("div", { class: "side" }, sharesCard("Genres", of.genres, first, last, before), sharesCard("Labels", of.labels, first, last, before))));
}

function periodBar(first, last) {
  const change = (event) => {
    const { id, value } = event.target;
    if (!value) return;
    const range = { from: first, to: last, [id]: Math.max(0, DATA.weeks.filter((each) => each <= value).length - 1) };
    choose({ from: Math.min(range.from, range.to), to: Math.max(range.from, range.to) });
  };
  const date = (label, id, value) => h("label", null, label,
    h("input", { type: "date", id, value, min: DATA.weeks[0], max: lastDay(DATA.weeks.length - 1), on: { change } }));
  return h("div", { class: "spans" },
    choice("Period", "span", SPANS, state.span, (span) => choose({ span, ...(span === "own" ? { from: first, to: last } : {}), all: false })),
    state.span === "own" ? h("span", null, date("From ", "from", DATA.weeks[first]), date(" to ", "to", lastDay(last))) : null);
}

function periodNote(first, last, measure) {
  const of = chart();
  const weeks = of.weeks.filter((week) => week >= first && week <= last);
  const all = weeksIn(state.week);
  const missing = missingBetween(of, Math.max(first, of.weeks[0]) - 1, Math.min(last, latestOf(of)) + 1);
  const says = [`${weeks.length} of ${counted(all, "week")} on file${missing.length ? `; ${whyMissing(of, missing)}` : ""}.`];
  if (weeks.length && measure === "streams") says.push("Ranked by streams.");
  else if (weeks.length) says.push("Ranked by points, because streams aren't known for every entry: 200 for rank 1 down to 1 for rank 200.");
  return says.join(" ");
}

/** The leaders of a year that isn't wholly on this page, like totals. */
const leadersOfYear = (kind, year) => new Map((year[kind] || []).map(([number, value, weeks, atOne, best]) => {
  const key = kind === "songs" ? track(number)[TRACK.song] : number;
  return [key, { key, number, [year.measure]: value, weeks, atOne, best }];
}));
/** The period before this one, if the page has most of it: at least half as many weeks. */
function earlierPeriod(first, weeks) {
  const at = first - 1;
  if (at < DATA.from || !followsWeek()) return null;
  const [from, to] = periodOf(at);
  const rows = rowsBetween(chart(), from, to);
  return rows.length && rows.length * 2 >= weeks && from >= DATA.from ? { rows, name: periodName(at), first: from, last: to } : null;
}

function leadersOf(kind, list, measure, before) {
  const matching = list.filter((one) => !state.query || foundBy(kind, one));
  const shown = state.all || state.query ? matching : matching.slice(0, ENTRIES_SHOWN);
  const places = before && new Map(ranked(totalsOf(before.rows, KEYS[kind]), measureOf(before.rows)).map((one) => [one.key, one.place]));
  const columns = [["rank", "#"], ["song", { songs: "Song", artists: "Artist", albums: "Album" }[kind]], ["value", measure === "streams" ? "Streams" : "Points"],
    ["weeks", "Weeks"], ["ones", "At no. 1"], ["best", "Peak"], ...(places ? [["before", "Before"]] : [])];
  const rows = shown.map((one) => [String(one.place), nameOf(kind, one), amount(one[measure]), String(one.weeks), String(one.atOne || DASH), String(one.best),
    ...(places ? [String(places.get(one.key) || DASH)] : [])]);
  const notes = [kind === "artists" ? "Each song counts in full for every artist it credits." : kind === "albums" ? "All songs of an album together; singles are left out." : "",
    places ? `Before: the place in ${before.name}.` : ""].filter(Boolean);
  return [h("p", { class: "note" }, notes.join(" ")),
    rows.length ? grid(`${periodName(state.week)}: ${kind}`, columns, rows) : empty(state.query ? "Nothing in this period matches." : "Nothing of this period is on this page."),
    state.query ? null : moreButton(matching)];
}
const moreButton = (list) => (list.length <= ENTRIES_SHOWN ? null : button(state.all ? `Show the first ${ENTRIES_SHOWN}` : `Show all ${grouped(list.length)}`,
  () => choose({ all: !state.all }), { class: "more", id: "more", "aria-expanded": String(state.all) }));
function nameOf(kind, one) {
  if (kind === "artists") return openArtist(one.key);
  if (kind === "songs") return [h("div", { class: "name" }, openSong(one.number), explicitMark(one.number), spotifyLink(one.number)), credits(one.number)];
  const [title, artists] = DATA.albums[one.key];
  return [foreign(named(title, "(without a title)"), "title"), " ", foreign(named(artists, ""), "by")];
}
function foundBy(kind, one) {
  if (kind === "songs") return matches(one.number);
  const text = folded(kind === "artists" ? artistName(one.key) : DATA.albums[one.key].slice(0, 2).join("\n"));
  return folded(state.query).split(/\s+/).every((word) => text.includes(word));
}

/** What a period is remembered for, as headlines. */
function remembered(rows, songs, measure) {
  const cards = [["Biggest song", titleOf(songs[0].number), `${grouped(songs[0][measure])} ${measure}`, by(songs[0].number)]];
  const atOne = songs.filter((one) => one.atOne).sort((a, b) => b.atOne - a.atOne || a.place - b.place);
  if (atOne.length)
    cards.push(["Longest at number one", titleOf(atOne[0].number), `${atOne[0].atOne} wk`, `${counted(atOne.length, "song")} got there`, by(atOne[0].number)]);
  const debuts = rows.flatMap((week) => week.t.map((number, place) => ({ number, week, place, rank: rankOf(week, place) }))
    .filter((each) => week.m[each.place] === "n"));
  const plays = (each) => (each.week.s ? each.week.s[each.place] || 0 : 0);
  const [debut] = debuts.sort((a, b) => a.rank - b.rank || plays(b) - plays(a));
  if (debut) cards.push(["Biggest debut", titleOf(debut.number), `In at ${debut.rank}, ${DATA.ends[debut.week.w]}`, by(debut.number)]);
  const { week, new: fresh } = chart().trends;
  const most = week.reduce((top, each, at) => (each >= rows[0].w && each <= rows[rows.length - 1].w && fresh[at] > (top < 0 ? 0 : fresh[top]) ? at : top), -1);
  if (most >= 0) cards.push(["Most new songs in a week", counted(fresh[most], "song"), DATA.labels[week[most]]]);
  const [longest] = [...songs].sort((a, b) => b.weeks - a.weeks || a.place - b.place);
  cards.push(["Longest on the chart", titleOf(longest.number), `${longest.weeks} of ${counted(rows.length, "week")}`, by(longest.number)]);
  return cards;
}

/** Genres' or labels' shares of all places of the period, and of its streams, with the change since the one before. */
function sharesCard(title, of, first, last, before) {
  if (!of || !of.names.length) return null;
  const names = title === "Genres" ? [...of.names, "other", "unknown"] : of.names;
  const { week, entries, streams } = chart().trends;
  const mean = (shares, weights, from, to) => {
    let [sum, all] = [0, 0];
    of.week.forEach((each, at) => {
      const weight = each >= from && each <= to ? weights[week.indexOf(each)] : null;
      if (weight && shares[at] !== null) [sum, all] = [sum + shares[at] * weight, all + weight];
    });
    return all ? sum / all : null;
  };
  const bands = names.map((name, at) => ({ name, share: mean(of.shares[at], entries, first, last),
    played: of.streams ? mean(of.streams[at], streams, first, last) : null, past: before ? mean(of.shares[at], entries, before.first, before.last) : null }));
  const known = bands.filter((band) => band.share).sort((a, b) => (a.name === "unknown") - (b.name === "unknown") || (a.name === "other") - (b.name === "other") || b.share - a.share);
  if (!known.length) return null;
  const most = Math.max(...known.map((band) => band.share));
  const note = `Share of chart places by ${title === "Genres" ? "the lead artist's first genre" : "label group; “other” is every label that names none of the three majors"}.` + (before ? ` ▲▼: change since ${before.name}.` : "");
  return card(title, h("p", { class: "note" }, note), bars(known.map((band) => ({
    value: band.share, text: percentFine(band.share),
    label: [foreign(band.name), " ", h("span", { class: "by" }, ...dotted(band.played === null ? null : `${percentFine(band.played)} of streams`,
      band.past === null || Math.abs(band.share - band.past) < 0.005 ? null : `${band.share > band.past ? "▲" : "▼"} ${points(band.share - band.past)}`))],
  })), most, known.length));
}
