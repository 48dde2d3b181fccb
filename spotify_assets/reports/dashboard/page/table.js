// This week's chart: every entry with its move, last rank, peak, weeks, and the last 16 weeks as a line.
const FIRST_ROWS = 20;
const SPARK = { weeks: 16, width: 66, height: 22 };
const HEADS = [["#", "rank"], ["Move", "move"], ["Song", "song"], ["Last", "last"], ["Peak", "peak"], ["Weeks", "weeks"]];

function drawTable() {
  const week = chosen();
  $("table-note").textContent = tableNote(week);
  if (!week) return put("table", notCollected(), state.query ? elsewhere() : null);
  const places = [...week.t.keys()].filter((place) => !state.query || matches(week.t[place]));
  const shown = state.all || state.query ? places : places.slice(0, FIRST_ROWS);
  const heads = [...HEADS, ...(week.s ? [["Streams", "streams"]] : []), ["16 weeks", "spark"]];
  const lowest = Math.max(...chart().rows.map((each) => rankOf(each, each.t.length - 1)));
  const table = h("table", { "aria-label": `Chart for ${DATA.labels[state.week]}` },
    h("thead", null, h("tr", null, ...heads.map(([label, name]) => h("th", { class: name, scope: "col" }, label)))),
    h("tbody", null, ...shown.map((place) => tableRow(week, place, lowest))));
  const more = !state.query && places.length > FIRST_ROWS
    ? button(state.all ? `Show the first ${FIRST_ROWS}` : `Show all ${places.length}`, () => {
        choose({ all: !state.all });
        $("table").querySelector(".more").focus();
      }, { class: "more", "aria-expanded": String(state.all) })
    : null;
  const nothing = state.query && !places.length ? h("p", { class: "note" }, "Nothing on this week's chart matches.") : null;
  put("table", places.length ? table : null, nothing, more, state.query ? elsewhere() : null);
}

function tableNote(week) {
  const of = chart();
  const before = weekBefore(state.week);
  if (!week) return "";
  const says = [];
  const counting = `Counts run from ${DATA.ends[of.weeks[0]]}, when tracking began` +
    (week.b ? "; “+” marks songs already on the chart then." : ".");
  if (before === undefined && week.c && isUnmoved(week)) says.push("The chart's history starts here: moves, peaks and weeks build up from this week on.");
  else if (week.c) says.push("Last, peak and weeks are Spotify's own figures.");
  else if (before === undefined) says.push("First week on file: moves, peaks and weeks build up from this week on.");
  else says.push(counting);
  if (before !== undefined && state.week - before > 1) {
    const missing = missingBetween(of, before, state.week);
    const which = missing.length === 1 ? `The week of ${DATA.labels[missing[0]]} ${whyNot(of, missing[0])}` : whyMissing(of, missing, " before this one");
    says.push(`${which}; ` + (week.c ? "moves are Spotify's own." : `moves are relative to the week of ${DATA.labels[before]}.`));
  }
  const behind = state.week === latestOf(of) ? weeksBehind(of) : [];
  if (behind.length === 1) says.push(`The next week, ${DATA.labels[behind[0]]}, which other charts have, ${whyNot(of, behind[0])}.`);
  else if (behind.length) says.push(`Of the later weeks that other charts have, ${whyMissing(of, behind)}.`);
  if (week.m.includes("f")) says.push("“First seen”: released more than 90 days before, so it may have been on the chart before tracking began.");
  if (isOlderState(week.w)) says.push("A file for this week is held back, so another is shown instead.");
  if (week.r) says.push("Some ranks are missing from the source file.");
  return says.join(" ");
}

function notCollected() {
  const of = chart();
  const [before, after] = [neighbour(-1), neighbour(1)];
  const what = !of.rows.length ? `All of ${of.name}'s charts on file are from before the weeks on this page.`
    : before === undefined ? `${of.name} is on file from ${DATA.labels[of.weeks[0]]} on.`
    : of.held.has(state.week) ? `${of.name}'s chart for ${DATA.labels[state.week]} was collected but is held back because checks found errors in it.`
    : `${of.name}'s chart for ${DATA.labels[state.week]} was not collected.`;
  const near = [["Previous week", before], ["Next week", after]].filter((each) => each[1] !== undefined);
  return [empty(what), ...near.map(([label, week]) =>
    button(`${label} on file: ${DATA.labels[week]}`, () => chooseFromTable({ week }), { class: "more" }))];
}

/** Choose by something in the table that goes away with it: the focus moves to the table. */
function chooseFromTable(change, step = false) {
  choose(change, step);
  $("table").focus();
}

function tableRow(week, place, lowest) {
  const number = week.t[place];
  const song = track(number)[TRACK.song];
  return h("tr", { class: state.song === song ? "followed" : null },
    h("td", { class: "rank" }, String(rankOf(week, place))),
    h("td", { class: "move" }, moveMark(week, place)),
    h("td", { class: "song" }, h("div", { class: "name" }, songButton(number), explicitMark(number), spotifyLink(number)), credits(number)),
    h("td", { class: "last" }, week.p[place] === null ? DASH : String(week.p[place])),
    h("td", { class: "peak" }, String(week.k[place] ?? DASH)),
    h("td", { class: "weeks" }, `${week.n[place]}${plus(week, place)}`),
    week.s ? h("td", { class: "streams" }, week.s[place] === null ? DASH : grouped(week.s[place])) : null,
    h("td", { class: "spark" }, sparkline(song, lowest)));
}

function moveMark(week, place) {
  const step = Math.abs((week.p[place] || 0) - rankOf(week, place));
  const marks = {
    n: () => h("span", { class: "tag" }, "NEW"),
    r: () => h("span", { class: "tag again" }, "BACK"),
    f: () => h("span", { class: "by" }, "first seen"),
    u: () => h("span", { class: "up", role: "img", "aria-label": `up ${step}` }, `▲ ${step}`),
    d: () => h("span", { class: "down", role: "img", "aria-label": `down ${step}` }, `▼ ${step}`),
    s: () => h("span", { role: "img", "aria-label": "unchanged" }, DASH),
    "-": () => h("span", { role: "img", "aria-label": "not known" }, DASH),
  };
  return marks[week.m[place]]();
}
const explicitMark = (number) =>
  track(number)[TRACK.explicit] ? h("span", { class: "explicit", role: "img", "aria-label": "explicit", title: "explicit" }, "E") : null;
function songButton(number) {
  const song = track(number)[TRACK.song];
  return pressable(titleOf(number), () => follow(song), { class: "title", "data-song": song, "aria-pressed": String(state.song === song) });
}
function spotifyLink(number) {
  const id = track(number)[TRACK.link];
  return id && h("a", { class: "out", href: `https://open.spotify.com/track/${id}`, rel: "noreferrer",
    "aria-label": `Open ${unturned(titleOf(number))} in Spotify` }, "↗");
}
/** The artists' names as received; each known artist is a button. */
function credits(number) {
  const parts = [];
  const all = byline(number);
  let rest = all;
  for (const artist of track(number)[TRACK.credits]) {
    const name = artistName(artist);
    const at = rest.indexOf(name);
    if (at < 0) continue;
    parts.push(foreign(rest.slice(0, at)), pressable(name, () => chooseArtist(artist)));
    rest = rest.slice(at + name.length);
  }
  const attributes = { class: classes("by", isLong(all) && "long"), title: isLong(all) ? unturned(all) : null };
  return h("div", attributes, ...parts, foreign(rest));
}
