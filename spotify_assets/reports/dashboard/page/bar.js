// The bar: chart, week, search, light or dark.
const dark = matchMedia("(prefers-color-scheme: dark)");
function applyTheme() {
  document.documentElement.dataset.theme = state.theme || (dark.matches ? "dark" : "light");
}
dark.addEventListener("change", applyTheme);

function choose(change, step = false) {
  Object.assign(state, change);
  if (state.week < firstWeek()) state.week = latestOf(chart());
  writeAddress(step);
  drawAll();
}
function chooseChart(number) {
  const keep = state.view === "period" || (DATA.charts[number].collected.has(state.week) && state.week !== latestOf(chart()));
  choose({ chart: number, week: keep ? state.week : latestOf(DATA.charts[number]), ...(state.view ? {} : { artist: null, song: null }), all: false }, true);
}

function setUpBar() {
  const names = DATA.charts.map((each) => each.name);
  if (DATA.charts.length <= 4) {
    const buttons = names.map((name, number) => button(name, () => chooseChart(number)));
    put("charts", h("div", { class: "choice", role: "group", "aria-label": "Chart" }, ...buttons));
  } else {
    const options = names.map((name, number) => h("option", { value: number }, name));
    const list = h("select", { "aria-label": "Chart" }, ...options);
    list.addEventListener("change", () => chooseChart(Number(list.value)));
    put("charts", list);
  }
  $("slider").max = DATA.weeks.length - 1;
  $("slider").addEventListener("input", () => choose({ week: Number($("slider").value) }));
  whenOffered("before", () => choose({ week: neighbour(-1) }));
  whenOffered("after", () => choose({ week: neighbour(1) }));
  whenOffered("latest", () => choose({ week: latestOf(chart()) }));
  $("find").addEventListener("input", () => {
    state.query = $("find").value.trim();
    writeAddress();
    if (state.view) SECOND[state.view]();
    else drawTable();
  });
  $("theme").addEventListener("click", () => {
    state.theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    writeAddress();
    applyTheme();
  });
  $("controls").hidden = false;
}

// A disabled button loses the focus. So one that leads no further says so and stays enabled.
function offer(id, is) {
  $(id).setAttribute("aria-disabled", String(!is));
}
function whenOffered(id, act) {
  $(id).addEventListener("click", () => {
    if ($(id).getAttribute("aria-disabled") !== "true") act();
  });
}

/** Only periods go further back than the charts on this page do. */
const firstWeek = () => (state.view === "period" ? 0 : DATA.from);
/** The nearest collected week before or after what is chosen; undefined if there is none. */
function neighbour(direction) {
  const [first, last] = state.view === "period" ? periodOf(state.week) : [state.week, state.week];
  const weeks = chart().weeks.filter((week) => week >= firstWeek() && (direction < 0 ? week < first : week > last));
  return direction < 0 ? weeks[weeks.length - 1] : weeks[0];
}

function drawBar() {
  const buttons = [...$("charts").querySelectorAll("button")];
  buttons.forEach((each, number) => each.setAttribute("aria-pressed", number === state.chart));
  const list = $("charts").querySelector("select");
  if (list) list.value = state.chart;
  const [isPeriod, isPanel] = [state.view === "period", !["", "period"].includes(state.view)];
  const when = isPanel ? `${DATA.ends[chart().weeks[0]]} to ${DATA.ends[latestOf(chart())]}` : isPeriod ? periodName(state.week) : DATA.labels[state.week];
  $("subtitle").textContent = `Spotify Top Songs ${chart().name} · ${state.view ? "" : "week of "}${when}`;
  const about = state.view === "song" && state.song !== null ? titleOf(DATA.tracks.findIndex((each) => each[TRACK.song] === state.song))
    : state.view === "artist" && state.artist !== null ? artistName(state.artist) : chart().name;
  document.title = `${unturned(about)}, ${when} – Chart Tracker`;
  for (const id of ["stepper", "slider", "latest"]) $(id).hidden = isPanel || (isPeriod && !followsWeek());
  $("find").hidden = isPanel;
  for (const [id, says] of [["before", "Previous"], ["after", "Next"]]) $(id).setAttribute("aria-label", `${says} ${isPeriod ? "period" : "week"} on file`);
  $("slider").min = firstWeek();
  $("slider").value = state.week;
  $("slider").setAttribute("aria-valuetext", DATA.labels[state.week]);
  $("slider").disabled = DATA.weeks.length - DATA.from < 2;
  $("week").textContent = isPeriod ? periodName(state.week) : DATA.labels[state.week];
  offer("before", neighbour(-1) !== undefined);
  offer("after", neighbour(1) !== undefined);
  offer("latest", state.week !== latestOf(chart()));
  if (document.activeElement !== $("find")) $("find").value = state.query;
}

function drawNotices() {
  const notices = [heldBack()];
  if (DATA.from > 0 && DATA.charts.length)
    notices.push(h("p", { class: "notice", id: "left-out" },
      `To stay small, this page shows charts only from ${DATA.labels[DATA.from]} on. Trends, genres, labels, the leaders of each year and all-time totals ` +
      `go back to ${DATA.labels[0]}; older charts are in the tables.`));
  put("notices", notices);
}

/** The sources besides Spotify, as their licences ask; MusicBrainz' genres may not be used commercially. */
function creditsOfSources() {
  const link = (address, text) => h("a", { href: address, rel: "noreferrer" }, text);
  const has = (source) => DATA.sources.includes(source);
  const says = [];
  if (has("musicbrainz"))
    says.push(" Albums, lengths, recording codes and artists that Spotify doesn't tell: ", link("https://musicbrainz.org", "MusicBrainz"), " (", link("https://creativecommons.org/publicdomain/zero/1.0/", "CC0"), ").");
  if (has("wikidata"))
    says.push(" Genres: ", link("https://www.wikidata.org", "Wikidata"), " (", link("https://creativecommons.org/publicdomain/zero/1.0/", "CC0"), ").");
  if (has("musicbrainz genres"))
    says.push(" Genres: ", link("https://musicbrainz.org", "MusicBrainz"), ", for non-commercial use only (", link("https://creativecommons.org/licenses/by-nc-sa/3.0/", "CC BY-NC-SA 3.0"), ").");
  return says;
}

function drawFoot() {
  const of = chart();
  const first = DATA.ends[of.weeks[0]];
  const range = of.weeks.length === 1 ? `ending ${first}` : `${first} to ${DATA.ends[latestOf(of)]}`;
  const missing = missingBetween(of, of.weeks[0], latestOf(of));
  const behind = weeksBehind(of);
  put("foot",
    `${counted(of.weeks.length, "week")} of ${of.name} on file, ${range}` +
      (missing.length ? `; ${whyMissing(of, missing, " in between")}` : "") +
      (behind.length ? `; ${whyMissing(of, behind, " after that")}` : "") +
      `. Weeks run Friday to Thursday and are dated by the Thursday. Built ${DATA.built}. Source of all chart data: `,
    h("a", { href: "https://charts.spotify.com", rel: "noreferrer" }, "Spotify"),
    ". Shares count chart places, not streams.", ...creditsOfSources());
}
