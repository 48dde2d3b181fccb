// Periods, and what songs, artists and albums come to in them. What the views song_totals, artist_totals and
// year_charts say of all weeks and of years is worked out here for any weeks, in the same way.
const SPANS = [["week", "Week"], ["four", "4 weeks"], ["quarter", "Quarter"], ["year", "Year"], ["all", "All"], ["own", "Own range"]];
const KEYS = {
  songs: (of) => [of[TRACK.song]],
  artists: (of) => of[TRACK.credits],
  albums: (of) => (of[TRACK.album] !== null && DATA.albums[of[TRACK.album]][0] && DATA.albums[of[TRACK.album]][2] === 1 ? [of[TRACK.album]] : []),
};
const DAY_IN_MS = 24 * 3600 * 1000;

// A week belongs to the year, and to the quarter, of its last day, which is a Thursday.
const yearOf = (week) => Number(DATA.ends[week].slice(-4));
const quarterOf = (week) => Math.floor(MONTHS.indexOf(DATA.ends[week].split(" ")[1]) / 3);
const lastDay = (week) => new Date(Date.parse(DATA.weeks[week]) + 6 * DAY_IN_MS).toISOString().slice(0, 10);
const dayLabel = (iso) => `${Number(iso.slice(8))} ${MONTHS[Number(iso.slice(5, 7)) - 1]} ${iso.slice(0, 4)}`;
/** Whether the chosen week decides which period is shown. */
const followsWeek = () => !["all", "own"].includes(state.span);
/** How many Thursdays a number of months has: the first day of 1970 was one. */
const thursdays = (year, month, months) =>
  Math.ceil(Date.UTC(year, month + months) / DAY_IN_MS / 7) - Math.ceil(Date.UTC(year, month) / DAY_IN_MS / 7);

/** The first and last week of the period that this week is in, of those between the first and last on file. */
function periodOf(week, span = state.span) {
  const end = DATA.weeks.length - 1;
  if (span === "all") return [0, end];
  if (span === "own") return [state.from ?? 0, state.to ?? end].sort((a, b) => a - b);
  if (span === "week") return [week, week];
  if (span === "four") return [Math.max(0, week - 3), week];
  const key = (each) => (span === "year" ? yearOf(each) : yearOf(each) * 4 + quarterOf(each));
  let [first, last] = [week, week];
  while (first > 0 && key(first - 1) === key(week)) first--;
  while (last < end && key(last + 1) === key(week)) last++;
  return [first, last];
}
function periodName(week, span = state.span) {
  const [first, last] = periodOf(week, span);
  if (span === "year") return String(yearOf(week));
  if (span === "quarter") return `${["January–March", "April–June", "July–September", "October–December"][quarterOf(week)]} ${yearOf(week)}`;
  if (span === "week") return DATA.labels[week];
  if (span === "four") return `4 weeks to ${DATA.ends[last]}`;
  return `${span === "all" ? "all weeks, " : ""}${dayLabel(DATA.weeks[first])} to ${DATA.ends[last]}`;
}
/** How many weeks the period has, whether they are on file or not. */
function weeksIn(week, span = state.span) {
  if (span === "year") return thursdays(yearOf(week), 0, 12);
  if (span === "quarter") return thursdays(yearOf(week), quarterOf(week) * 3, 3);
  if (span === "four") return 4;
  const [first, last] = periodOf(week, span);
  return last - first + 1;
}

const rowsBetween = (of, first, last) => of.rows.filter((week) => week.w >= first && week.w <= last);
/** Streams where they are known for every entry, else points, 201 - rank each: the two are never mixed. */
const measureOf = (rows) => (rows.length && rows.every((week) => week.s && !week.s.includes(null)) ? "streams" : "points");

/** What each thing did in these weeks, by its key; `keysOf` gives those of a track. */
function totalsOf(rows, keysOf) {
  const totals = new Map();
  let before = null;
  for (const week of rows) {
    week.t.forEach((number, place) => {
      const rank = rankOf(week, place);
      for (const key of keysOf(track(number))) {
        if (!totals.has(key))
          totals.set(key, { key, streams: null, streamsWeeks: 0, points: 0, places: 0, songs: new Set(), weeks: 0, atOne: 0, topTen: 0,
            best: Infinity, bestWeek: null, atBest: 0, most: 0, debut: week.w, debutRank: rank, firstCount: week.n[place], last: null, run: 0, longest: 0,
            returns: -1, peak: Infinity, counted: 0, isSinceStart: false });
        const one = totals.get(key);
        if (one.last !== week.w) { // the first entry of a week is the best
          one.run = one.last !== null && one.last === before ? one.run + 1 : 1;
          if (one.run === 1) one.returns++;
          one.longest = Math.max(one.longest, one.run);
          one.weeks++;
          one.atOne += rank === 1;
          one.topTen += rank <= 10;
          if (rank < one.best) Object.assign(one, { best: rank, bestWeek: week.w, atBest: 0 });
          one.atBest += rank === one.best;
          Object.assign(one, { last: week.w, lastRank: rank, number, inWeek: 0 });
          one.streamsWeeks += Boolean(week.s && week.s[place] !== null);
        }
        one.places++;
        one.points += Math.max(201 - rank, 0);
        if (week.s && week.s[place] !== null) one.streams += week.s[place];
        one.songs.add(track(number)[TRACK.song]);
        one.most = Math.max(one.most, ++one.inWeek);
        // What Spotify counts besides, in weeks that nobody collected or that this page leaves out.
        one.peak = Math.min(one.peak, week.k[place] ?? rank);
        one.counted = Math.max(one.counted, week.n[place]);
        one.isSinceStart ||= week === rows[0] || isSinceStart(week, place);
      }
    });
    before = week.w;
  }
  return totals;
}
/** The totals in order, with their places: by the measure, then by weeks and by the best rank; equals share one. */
function ranked(totals, measure) {
  const order = (a, b) => b[measure] - a[measure] || b.weeks - a.weeks || a.best - b.best;
  const all = [...totals.values()].sort((a, b) => order(a, b) || a.key - b.key);
  all.forEach((one, at) => { one.place = at && !order(all[at - 1], one) ? all[at - 1].place : at + 1; });
  return all;
}
