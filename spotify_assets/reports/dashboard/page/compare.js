// Two charts and two artists side by side.
/** By year, and with the key "" for all of them: how alike two charts are, and which has songs first, as in the view chart_pairs. */
function pairOf(one, other) {
  const years = new Map();
  const of = (key) => years.get(key) || years.set(key, { weeks: 0, shares: 0, here: 0, there: 0, same: 0, days: 0 }).get(key);
  const songsOf = (week) => new Set(week.t.map((number) => track(number)[TRACK.song]));
  const points = [];
  for (const week of one.rows) {
    if (!other.byWeek.has(week.w)) continue;
    const [songs, theirs] = [songsOf(week), songsOf(other.byWeek.get(week.w))];
    const share = [...songs].filter((song) => theirs.has(song)).length / songs.size;
    points.push([week.w, share]);
    for (const sum of [of(""), of(yearOf(week.w))]) [sum.weeks, sum.shares] = [sum.weeks + 1, sum.shares + share];
  }
  const [debuts, theirs] = [debutsOf(one), debutsOf(other)];
  for (const [song, week] of debuts) {
    if (!theirs.has(song) || week <= other.rows[0].w || theirs.get(song) <= one.rows[0].w) continue;
    const after = theirs.get(song) - week;
    const year = yearOf(Math.min(week, theirs.get(song)));
    for (const sum of years.has(year) ? [of(""), of(year)] : []) {
      sum[after > 0 ? "here" : after < 0 ? "there" : "same"]++;
      sum.days += after * 7;
    }
  }
  return { years, points };
}
/** By song, the week in which it came into the chart; without those that were there when counting begins. */
function debutsOf(of) {
  const debuts = new Map();
  for (const [song, [[week, , place]]] of historyOf(of)) {
    const isDebut = week > of.rows[0].w && (DATA.from === 0 || of.byWeek.get(week).n[place] === 1);
    if (isDebut) debuts.set(song, week);
  }
  return debuts;
}

function drawCompare() {
  const numbers = DATA.charts.map((_, number) => number).filter((number) => number !== state.chart);
  const other = numbers.includes(state.other) ? state.other : numbers[0];
  const artists = ranked(totalsOf(chart().rows, KEYS.artists), measureOf(chart().rows));
  const one = state.artist ?? (artists.length ? artists[0].key : null);
  const rival = state.rival ?? (artists.find((each) => each.key !== one) || { key: null }).key;
  put("second", leftOut(0), other === undefined ? null : chartsCompared(other, numbers), rival === null ? null : artistsCompared(artists, one, rival),
    other === undefined && rival === null ? empty("There is nothing to compare: one chart is on file, and no two artists.") : null);
  if (other !== undefined && $("alike")) drawLines("alike", "Share of songs that both have", [{ name: DATA.charts[other].name, points: pairOf(chart(), DATA.charts[other]).points }], percent);
  if (rival === null) return;
  const rows = chart().rows;
  const measure = measureOf(rows);
  drawLines("rivals", "By week", [one, rival].map((artist) => ({ name: artistName(artist), points: byWeek(rows, (each) => each[TRACK.credits].includes(artist), measure) })), measure === "streams" ? millions : String);
}

function chartsCompared(other, numbers) {
  const [name, theirs] = [chart().name, DATA.charts[other].name].map(unturned);
  const { years, points } = pairOf(chart(), DATA.charts[other]);
  const select = h("select", { id: "other", "aria-label": "Compare with" }, ...numbers.map((number) => h("option", { value: number, selected: number === other }, DATA.charts[number].name)));
  select.addEventListener("change", () => choose({ other: Number(select.value) }));
  const head = h("div", { class: "spans" }, h("label", null, `${name} with `, select));
  if (!points.length) return card("Two charts", head, empty(`No week is on this page with both ${name} and ${theirs}.`));
  const columns = [["song", "Year"], ["weeks", "Weeks of both"], ["value", "Shared"], ["value", `First on ${name}`], ["value", `First on ${theirs}`], ["ones", "In the same week"], ["before", `Mean days to ${theirs}`]];
  const rows = [...years].sort((a, b) => (a[0] === "") - (b[0] === "") || a[0] - b[0]).map(([year, sum]) => {
    const travelled = sum.here + sum.there + sum.same;
    const days = travelled ? Math.round(sum.days / travelled) : 0;
    return [year === "" ? "All" : String(year), String(sum.weeks), percent(sum.shares / sum.weeks), String(sum.here), String(sum.there), String(sum.same),
      travelled ? (days < 0 ? MINUS : "") + Math.abs(days) : DASH];
  });
  return card("Two charts", head, h("p", { class: "note" }, `Shared: of ${name}'s songs, those on ${theirs} in the same week; mean over the weeks that both have. ` +
    "Songs that came new into both are counted in the year in which they came into the first one."), grid("Two charts", columns, rows),
    h("h3", { class: "over" }, `Share of ${name}'s songs that are on ${theirs}`), h("div", { id: "alike" }));
}

function artistsCompared(artists, one, rival) {
  const field = (id, artist, label) => {
    const input = h("input", { id, list: "names", value: unturned(artistName(artist)), "aria-label": label, autocomplete: "off", spellcheck: "false" });
    input.addEventListener("change", () => {
      const found = DATA.artists.findIndex((_, number) => folded(unturned(artistName(number))) === folded(input.value.trim()));
      if (found < 0) input.value = unturned(artistName(artist));
      else choose(id === "rival" ? { rival: found } : { artist: found });
    });
    return input;
  };
  const measure = measureOf(chart().rows);
  const both = [one, rival].map((artist) => artists.find((each) => each.key === artist));
  const row = (label, value) => [label, ...both.map((each) => (each ? value(each) : DASH))];
  const together = chart().rows.flatMap((week) => week.t).filter((number) => [one, rival].every((artist) => track(number)[TRACK.credits].includes(artist)));
  const rows = [row(measure === "streams" ? "Streams" : "Points", (each) => amount(each[measure])), row("Songs", (each) => String(each.songs.size)), row("Chart places", (each) => grouped(each.places)),
    row("Most at once", (each) => String(each.most)), row("Weeks", (each) => String(each.weeks)), row("Weeks at number one", (each) => String(each.atOne)), row("Weeks in the top 10", (each) => String(each.topTen)),
    row("Peak", (each) => `${each.best}, ${DATA.ends[each.bestWeek]}`), ...(DATA.from > 0 ? [] : [row("Since", since)])];
  const songs = new Set(together.map((number) => track(number)[TRACK.song])).size;
  return card("Two artists", h("div", { class: "spans" }, h("span", null, field("first", one, "First artist"), " and ", field("rival", rival, "Second artist"))),
    h("datalist", { id: "names" }, ...artists.map((each) => h("option", { value: unturned(artistName(each.key)) }))),
    h("p", { class: "note" }, `On ${chart().name}, features included.`, songs ? ` ${counted(songs, "song")} together.` : ""),
    grid("Two artists", [["what", h("span", { class: "hidden" }, "Figure")], ["value", openArtist(one)], ["value", openArtist(rival)]], rows),
    h("h3", { class: "over" }, measure === "streams" ? "Streams by week" : "Chart places by week"), h("div", { id: "rivals" }));
}
