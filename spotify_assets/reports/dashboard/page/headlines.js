// The headlines: number one, biggest climber, highest new entry, turnover, longest on the chart.
function drawHeadlines() {
  const week = chosen();
  if (!week) return put("headlines");
  const cards = [numberOne(week), ...moves(week), longest(week)];
  put("headlines", headlines(cards.filter(Boolean)));
}
const headlines = (cards) => cards.map(([label, title, ...notes]) =>
  h("div", { class: "headline" }, h("p", null, label), h("strong", null, foreign(title)), h("p", null, ...dotted(...notes))));
const byline = (number) => named(track(number)[TRACK.artists], "");
const by = (number) => byline(number) && foreign(byline(number));
/** Songs that were there when tracking began may have more weeks; in that first week no mark says so. */
const isSinceStart = (week, place) => Boolean(week.b) && week.b[place] === "1";
const plus = (week, place) => (isSinceStart(week, place) && week.w !== chart().weeks[0] ? "+" : "");

function numberOne(week) {
  const place = week.t.findIndex((_, each) => rankOf(week, each) === 1);
  if (place < 0) return null;
  const stay = stayOf(track(week.t[place])[TRACK.song]);
  const weeks = new Set(stay.filter((each) => each[1] === 1).map((each) => each[0]));
  const more = week.n[place] > stay.length || isSinceStart(week, place) ? "+" : ""; // counts weeks that nobody collected, too
  return ["Number one", titleOf(week.t[place]), by(week.t[place]), `${weeks.size}${more} wk at the top`];
}

/** Whether no move is known, as in the first week of a chart. */
const isUnmoved = (week) => [...week.m].every((move) => move === "-");

function moves(week) {
  if (isUnmoved(week)) return [["First week on file", "Moves start next week", "New, re-entry, up and down need an earlier week."]];
  const cards = [];
  const climbs = week.t.map((number, place) => [(week.p[place] || 0) - rankOf(week, place), place]);
  const [climb, place] = climbs.filter((_, each) => week.m[each] === "u").sort((a, b) => b[0] - a[0] || a[1] - b[1])[0] || [];
  if (climb)
    cards.push(["Biggest climber", titleOf(week.t[place]), `${week.p[place]} → ${rankOf(week, place)} (▲ ${climb})`, by(week.t[place])]);
  const fresh = week.m.indexOf("n");
  cards.push(fresh < 0
    ? ["Highest new entry", "None this week"]
    : ["Highest new entry", titleOf(week.t[fresh]), `In at ${rankOf(week, fresh)}`, by(week.t[fresh])]);
  const count = (move) => [...week.m].filter((each) => each === move).length;
  const [news, back, seen] = [count("n"), count("r"), count("f")];
  cards.push(["Turnover", `${news} new, ${back} back${seen ? `, ${seen} first seen` : ""}`,
    `${news + back + seen} of ${week.t.length} places changed hands`]);
  return cards;
}

function longest(week) {
  const most = Math.max(...week.n);
  const place = week.n.indexOf(most);
  return ["Longest on the chart", titleOf(week.t[place]), `${most}${plus(week, place)} wk`,
    `now ${rankOf(week, place)}`, by(week.t[place])];
}
