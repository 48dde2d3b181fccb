// The start, and drawing everything again: what is read first is drawn first.
function nothingYet() {
  $("subtitle").textContent = "No charts yet";
  const code = (text) => h("code", null, text);
  put("notices", $("notices").firstChild, h("div", { class: "card none" },
    h("h2", null, "There is nothing to show yet"),
    h("p", null, "Download weekly charts as CSV from ", h("a", { href: "https://charts.spotify.com", rel: "noreferrer" }, "charts.spotify.com"),
      ", drop the files into the inbox, ", code("raw/to_be_processed/"), " in your base, and run ", code("spotify-assets update"), "."),
    h("p", null, "Or try it with made-up charts first: ", code("spotify-assets demo"), ".")));
  put("foot", `Built ${DATA.built}.`);
}

const LATER = [drawRoad, drawArtist, drawLeaders, drawGenres, drawTrends];
const SECOND = { period: drawPeriod, compare: drawCompare, song: drawSong, artist: drawArtistPanel };
let later = 0;
function drawAll() {
  const focused = document.activeElement.id;
  drawBar();
  drawFoot();
  drawUnknown();
  put("views", choice("View", "view", VIEWS, state.view, (view) => choose({ view, all: false }, true)));
  const second = SECOND[state.view];
  $("page").hidden = Boolean(second);
  $("second").hidden = !second;
  if (second) second();
  else {
    drawHeadlines();
    drawTable();
  }
  if (focused && $(focused)) $(focused).focus({ preventScroll: true }); // what had it has been made again
  reached("readable");
  clearTimeout(later);
  later = setTimeout(() => {
    for (const draw of second ? [] : LATER) draw();
    reached("complete");
  });
}
/** Record how far the drawing is, for tests and benchmarks. */
function reached(point) {
  document.documentElement.dataset.drawn = point;
  performance.mark(point);
}

readAddressWhenThereIsData();
function readAddressWhenThereIsData() {
  const any = DATA.charts.length > 0;
  if (any) readAddress();
  applyTheme();
  drawNotices();
  if (!any) {
    nothingYet();
    reached("complete");
    return;
  }
  $("views").hidden = false;
  setUpBar();
  drawAll();
  addEventListener("hashchange", () => {
    readAddress();
    $("find").value = state.query;
    applyTheme();
    drawAll();
  });
  let wait = 0;
  addEventListener("resize", () => {
    clearTimeout(wait);
    wait = setTimeout(drawAll, 150);
  });
}
