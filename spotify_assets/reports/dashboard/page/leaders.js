// Who leads: artists by their share of places, albums by chart-weeks, songs by weeks on the chart.
const LEADERS_SHOWN = 12;

/** The rows of the chosen period, and the totals of earlier weeks that aren't on the page. */
function periodRows() {
  const first = state.period ? state.week - state.period + 1 : 0;
  const rows = rowsToDate().filter((week) => week.w >= first);
  const earlier = !state.period && chart().earlier ? chart().earlier : null;
  return [rows, earlier];
}
function tally(rows, keysOf, start) {
  const counts = new Map(start || []);
  for (const week of rows)
    for (const number of week.t) for (const key of keysOf(track(number))) counts.set(key, (counts.get(key) || 0) + 1);
  return [...counts];
}

function drawLeaders() {
  if (!$("periods").children.length)
    put("periods", ...PERIODS.map(([label, weeks]) => button(label, () => choose({ period: weeks }))));
  PERIODS.forEach(([, weeks], place) => $("periods").children[place].setAttribute("aria-pressed", String(state.period === weeks)));
  const [rows, earlier] = periodRows();
  drawArtists(rows, earlier);
  drawAlbums(rows, earlier);
  drawLongest();
}

function drawArtists(rows, earlier) {
  const lacking = state.period > 1 && rows.length < state.period ? ` ${rows.length} of these ${state.period} weeks ${rows.length === 1 ? "is" : "are"} on file.` : "";
  const period = PERIODS.find((each) => each[1] === state.period)[0];
  $("artists-note").replaceChildren(`Share of chart places, features included.${lacking}`, h("span", { class: "paper" }, ` Period: ${period.toLowerCase()}.`));
  const places = rows.reduce((sum, week) => sum + week.t.length, 0) + (earlier ? earlier.places : 0);
  const artists = tally(rows, (of) => of[TRACK.credits], earlier && earlier.artists)
    .sort((a, b) => b[1] - a[1] || artistName(a[0]).localeCompare(artistName(b[0]), "en"));
  if (!artists.length) return put("artists", empty("Nothing is on file for this period."));
  put("artists", bars(artists.map(([artist, count]) => ({
    value: count, text: percentFine(count / places),
    label: [pressable(artistName(artist), () => chooseArtist(artist))],
  }))));
}

function drawAlbums(rows, earlier) {
  $("albums-note").textContent = "Weeks on the chart, added up over an album's songs, in the same period. Singles are left out.";
  $("albums-card").hidden = !areAlbumsKnown();
  if (!areAlbumsKnown()) return;
  const albums = tally(rows, (of) => (of[TRACK.album] === null ? [] : [of[TRACK.album]]), earlier && earlier.albums)
    .filter(([album]) => DATA.albums[album][0] && DATA.albums[album][2] === 1)
    .sort((a, b) => b[1] - a[1] || DATA.albums[a[0]][0].localeCompare(DATA.albums[b[0]][0], "en"));
  if (!albums.length) return put("albums", empty("No song in this period is known to be from an album."));
  put("albums", bars(albums.map(([album, count]) => ({
    value: count, text: grouped(count),
    label: [foreign(named(DATA.albums[album][0], "(without a title)")), " ", foreign(named(DATA.albums[album][1], ""), "by")],
  }))));
}

function drawLongest() {
  const songs = new Map();
  for (const [number, count, week] of chart().earlier ? chart().earlier.songs : [])
    songs.set(track(number)[TRACK.song], { number, count, week, more: "" });
  for (const week of rowsToDate())
    week.t.forEach((number, place) =>
      songs.set(track(number)[TRACK.song], { number, count: week.n[place], week: week.w, more: plus(week, place) }));
  const longest = [...songs.values()].sort((a, b) => b.count - a.count || b.week - a.week || a.number - b.number);
  if (!longest.length || longest[0].count < 2) return put("longest", empty("Runs appear from the second week on."));
  put("longest", bars(longest.map((song) => ({
    value: song.count, text: `${song.count}${song.more}`,
    label: [songButton(song.number), " ", foreign(byline(song.number), "by"), song.week < state.week ? h("span", { class: "by" }, " (left)") : null],
  }))));
}

function bars(items, most = items[0].value, shown = LEADERS_SHOWN) {
  return h("ol", { class: "bars" }, ...items.slice(0, shown).map((item, place) => {
    const fill = h("span", { class: "fill" });
    fill.style.width = `${at((item.value / most) * 100)}%`;
    return h("li", null, h("span", { class: "place" }, String(place + 1)),
      h("div", { class: "track" }, fill, h("div", { class: "label" }, ...item.label.filter(Boolean))), h("span", { class: "value" }, item.text));
  }));
}
