// What people listen to: each genre's share over time, as areas that add up to the whole chart.
const GENRES = { height: 340, left: 42, top: 6, bottom: 26 };
const WEEKS_FOR_SHARES = 4;
const GENRES_DRAWN = 6;

/** The genres that are drawn: the largest, and the rest as part of the others. */
function largest(of) {
  if (!of) return of;
  const rest = of.shares.slice(GENRES_DRAWN, -1);
  return { ...of, names: of.names.slice(0, GENRES_DRAWN), shares: [...of.shares.slice(0, GENRES_DRAWN),
    ...(rest.length ? [of.week.map((_, at) => rest.reduce((sum, shares) => sum + shares[at], 0))] : []), of.shares[of.shares.length - 1]] };
}
function drawGenres() {
  const of = largest(chart().genres);
  const entries = chosen() ? chosen().t.length : null;
  const unknown = of ? of.shares[of.shares.length - 1] : [];
  const latest = of ? of.week.filter((week) => week <= state.week).length - 1 : -1;
  $("genres-card").hidden = !areGenresKnown();
  if (!areGenresKnown()) return;
  $("genres-note").textContent =
    `Share of the ${entries ? `${entries} ` : ""}places by the lead artist's first genre, mean of 4 weeks.` +
    (latest < 0 ? "" : ` The genre is known for ${percent(1 - unknown[latest])} of places this week.`) +
    (genreSources() ? ` Where Spotify doesn't say, it is ${genreSources()}'s.` : "");
  if (of.week.length < WEEKS_FOR_SHARES)
    return put("genres", empty(`A share over time needs ${WEEKS_FOR_SHARES} weeks; ${counted(of.week.length, "week")} ${of.week.length === 1 ? "is" : "are"} on file so far.`));
  const names = [...of.names, "other", "unknown"];
  const colours = names.map((_, place) => `f${place < of.names.length ? place + 1 : place - of.names.length + 7}`);
  const smooth = of.shares.map((shares) => means(of.week, shares));
  const width = widthOf("genres");
  const [first, last] = [of.week[0], of.week[of.week.length - 1]];
  const x = timeScale(of.week, GENRES.left, width - 4);
  const y = scale(0, 1, GENRES.height - GENRES.bottom, GENRES.top);
  const bottoms = of.week.map(() => 0);
  const areas = [];
  for (let band = names.length - 1; band >= 0; band--) { // the first genre ends on top
    const points = of.week.map((week, place) => [week, [bottoms[place], (bottoms[place] += smooth[band][place])]]);
    const paths = runsOf(points).map((run) => {
      const upper = straight(run.map(([week, value]) => [week, value[1]]), x, y);
      const lower = [...run].reverse().map(([week, value]) => `L${at(x(week))} ${at(y(value[0]))}`).join("");
      return `${upper}${lower}Z`;
    });
    areas.push(s("path", { class: `area ${colours[band]}`, d: paths.join("") }, s("title", null, unturned(names[band]))));
  }
  const grid = [0, 0.2, 0.4, 0.6, 0.8, 1].map((share) => [
    s("line", { class: "grid", x1: GENRES.left, x2: width - 4, y1: y(share), y2: y(share) }),
    s("text", { x: GENRES.left - 6, y: y(share) + 4, "text-anchor": "end" }, percent(share))]);
  const svg = s("svg", { ...sized(width, GENRES.height), role: "img", "aria-label": "Share of chart places by genre over time" },
    ...grid.flat(), ...drawnBreaks(x, y(1), y(0)), ...areas, ...timeAxis(x, first, last, y(0), width / 90).flat(), ...chosenWeek(x, last, y(1), y(0)));
  const say = h("p", { class: "readout" });
  const tell = (week) => {
    const place = of.week.indexOf(week ?? of.week[Math.max(latest, 0)]);
    const parts = names.map((name, band) => `${unturned(name)} ${percent(smooth[band][place])}`);
    say.textContent = `${DATA.labels[of.week[place]]}: ${parts.join(" · ")}`;
  };
  readable(svg, x, of.week, y(1), y(0), tell);
  tell(null);
  const legend = h("ul", { class: "legend" }, ...names.map((name, band) => h("li", null, h("i", { class: colours[band] }), foreign(name))));
  put("genres", legend, svg, say);
}

const genreSources = () => [DATA.sources.includes("wikidata") && "Wikidata", DATA.sources.includes("musicbrainz genres") && "MusicBrainz"].filter(Boolean).join(" or ");

/** The chosen week's place in a drawing, with later weeks faded. */
function chosenWeek(x, last, top, bottom) {
  if (state.week >= last) return [];
  return [s("rect", { class: "after", x: x(state.week), width: Math.max(0, x(last) - x(state.week)) + 1, y: top - 4, height: bottom - top + 4 }),
    s("line", { class: "mark", x1: x(state.week), x2: x(state.week), y1: top, y2: bottom })];
}
