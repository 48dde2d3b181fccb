// What is chosen, and what the data says about it. The state is part of the address, after the #.
const PERIODS = [["This week", 1], ["13 weeks", 13], ["52 weeks", 52], ["All", 0]];
const TRACK = { song: 0, name: 1, artists: 2, link: 3, explicit: 4, credits: 5, album: 6 };
const state = { chart: 0, week: 0, song: null, artist: null, period: 13, all: false, theme: "", query: "",
  view: "", span: "year", kind: "songs", from: null, to: null, other: null, rival: null };

const chart = () => DATA.charts[state.chart];
const track = (number) => DATA.tracks[number];
const titleOf = (number) => named(track(number)[TRACK.name], "(without a title)");
const artistName = (number) => named(DATA.artists[number][0], "(without a name)");
const rankOf = (week, place) => (week.r ? week.r[place] : place + 1);
const latestOf = (of) => of.weeks[of.weeks.length - 1];

for (const each of DATA.charts) {
  each.byWeek = new Map(each.rows.map((week) => [week.w, week]));
  each.collected = new Set(each.weeks);
  const held = DATA.held.filter(([, , , , slug]) => slug === null || slug === each.slug).map((one) => one[5]);
  each.held = new Set(held.filter((week) => !each.collected.has(week)));
  each.older = new Set(held.filter((week) => each.collected.has(week)));
}
const chosen = () => chart().byWeek.get(state.week);
/** The rows up to the chosen week, in order. */
const rowsToDate = () => chart().rows.filter((week) => week.w <= state.week);
const weeksToDate = () => chart().weeks.filter((week) => week <= state.week);
/** The collected week before, or undefined. */
const weekBefore = (week) => chart().weeks.filter((each) => each < week).pop();

/** By song, where it stood in this chart: [week, rank, place in the week's columns], in order. */
function historyOf(of) {
  if (!of.history) {
    of.history = new Map();
    for (const week of of.rows)
      week.t.forEach((number, place) => {
        const song = track(number)[TRACK.song];
        if (!of.history.has(song)) of.history.set(song, []);
        of.history.get(song).push([week.w, rankOf(week, place), place]);
      });
  }
  return of.history;
}
/** A song's stay in the chart up to the chosen week. */
const stayOf = (song) => (historyOf(chart()).get(song) || []).filter((each) => each[0] <= state.week);

// The address uses Spotify's ids, because numbers change from page to page.
const songKey = (of) => of[TRACK.link] || of[TRACK.name] || "";

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const slug = given.get("chart");
  state.chart = Math.max(0, DATA.charts.findIndex((each) => each.slug === slug));
  const week = DATA.weeks.indexOf(given.get("week"));
  state.week = week < 0 ? latestOf(chart()) : week;
  state.period = PERIODS.some((each) => String(each[1]) === given.get("period")) ? Number(given.get("period")) : 13;
  const [artist, song] = [given.get("artist"), given.get("song")];
  const numberOf = (keys, key) => (key === null || keys.indexOf(key) < 0 ? null : keys.indexOf(key));
  const artistKeys = DATA.artists.map(([name, id]) => id || name);
  state.artist = numberOf(artistKeys, artist);
  const named = song === null ? undefined : DATA.tracks.find((each) => songKey(each) === song);
  state.song = named ? named[TRACK.song] : null;
  const one = (name, known, otherwise) => (known.includes(given.get(name)) ? given.get(name) : otherwise);
  state.view = one("view", ["period", "compare", "song", "artist"], "");
  if (state.week < firstWeek()) state.week = latestOf(chart());
  state.span = one("span", SPANS.map((each) => each[0]), "year");
  state.kind = one("kind", KINDS.map((each) => each[0]), "songs");
  [state.from, state.to] = ["from", "to"].map((name) => numberOf(DATA.weeks, given.get(name)));
  state.other = numberOf(DATA.charts.map((each) => each.slug), given.get("with"));
  state.rival = numberOf(artistKeys, given.get("rival"));
  state.all = given.get("all") === "1";
  state.theme = ["light", "dark"].includes(given.get("theme")) ? given.get("theme") : "";
  state.query = given.get("find") || "";
}
/** Write what is chosen into the address, optionally as a step that the Back button returns from. */
function writeAddress(step = false) {
  const says = new URLSearchParams({ chart: chart().slug });
  if (state.week !== latestOf(chart())) says.set("week", DATA.weeks[state.week]);
  if (state.period !== 13) says.set("period", state.period);
  const artistKey = (artist) => DATA.artists[artist][1] || artistName(artist);
  if (state.artist !== null) says.set("artist", artistKey(state.artist));
  if (state.song !== null) says.set("song", songKey(DATA.tracks.find((each) => each[TRACK.song] === state.song)));
  if (state.view) says.set("view", state.view);
  if (state.view === "period") {
    says.set("span", state.span);
    if (state.span === "own") for (const name of ["from", "to"]) says.set(name, DATA.weeks[periodOf(state.week)[name === "from" ? 0 : 1]]);
    if (state.kind !== "songs") says.set("kind", state.kind);
  }
  if (state.view === "compare" && state.other !== null) says.set("with", DATA.charts[state.other].slug);
  if (state.view === "compare" && state.rival !== null) says.set("rival", artistKey(state.rival));
  if (state.all) says.set("all", "1");
  if (state.theme) says.set("theme", state.theme);
  if (state.query) says.set("find", state.query);
  if (step && location.hash !== `#${says}`) history.pushState(null, "", `#${says}`);
  else history.replaceState(null, "", `#${says}`);
}
