// How the top ten got here: their ranks over 26 weeks, four of them coloured, each named at its end.
const ROAD = { weeks: 26, songs: 10, coloured: 4, lowest: 20, shortest: 5, height: 440, left: 30, top: 14, bottom: 26, gap: 20 };

function follow(song) {
  state.song = state.song === song ? null : song;
  writeAddress();
  for (const row of $("table").querySelectorAll("tbody tr")) {
    const title = row.querySelector(".title");
    const followed = title && state.song !== null && title.dataset.song === String(state.song);
    row.classList.toggle("followed", followed);
    title.setAttribute("aria-pressed", String(followed));
  }
  drawRoad();
}

function drawRoad() {
  put("followed", state.song === null ? null : button("All about this song", () => open("song", { song: state.song }), { class: "more" }));
  const of = chart();
  const week = chosen();
  const first = Math.max(state.week - ROAD.weeks + 1, DATA.from, of.weeks[0]);
  const weeks = of.weeks.filter((each) => each >= first && each <= state.week);
  if (!week) {
    $("road-note").textContent = "";
    return put("road", empty(`This week ${whyNot(of, state.week)}, so there are no lines to draw.`));
  }
  $("road-note").textContent = `Rank by week, last ${ROAD.weeks} weeks. Point at a line for its ranks; click a song in the table to follow it.`;
  if (weeks.length < 2)
    return put("road", empty(of.weeks.length < 2
      ? "Lines need at least two weeks. The first ones appear with next week's chart."
      : `Lines need at least two weeks, and only one of the last ${ROAD.weeks} is on file.`));
  const lines = roadLines(week, first);
  const length = Math.max(ROAD.shortest, ...of.rows.map((each) => each.t.length));
  const lowest = Math.max(Math.min(ROAD.lowest, length), ...lines.filter((each) => each.followed).map((each) => each.rank));
  const width = widthOf("road");
  const right = width - Math.min(205, width * 0.42);
  const x = scale(first, state.week, ROAD.left, right);
  const y = scale(1, lowest, ROAD.top, ROAD.height - ROAD.bottom);
  const clip = s("clipPath", { id: "road-clip" },
    s("rect", { x: 0, y: 0, width: right + 6, height: ROAD.height - ROAD.bottom + 8 }));
  const grid = [1, 5, 10, 15, 20, ...(lowest > 20 ? [lowest] : [])].filter((rank) => rank <= lowest).map((rank) =>
    [s("line", { class: "grid", x1: ROAD.left, x2: right, y1: y(rank), y2: y(rank) }),
      s("text", { x: ROAD.left - 8, y: y(rank) + 4, "text-anchor": "end" }, String(rank))]);
  const missing = missingBetween(of, first, state.week);
  const missed = missing.map((each) => s("rect", { class: "missed", x: x(each - 0.5), width: x(each + 0.5) - x(each - 0.5), y: ROAD.top, height: y(lowest) - ROAD.top },
    s("title", null, `The week of ${DATA.labels[each]} ${whyNot(of, each)}`)));
  const svg = s("svg", { ...sized(width, ROAD.height), role: "img", "aria-label": `Ranks of the top ten over ${weeks.length} weeks` },
    s("defs", null, clip), ...missed, ...grid.flat(), ...timeAxis(x, first, state.week, y(lowest) + 6, (right - ROAD.left) / 65).flat(),
    ...lines.sort((a, b) => Boolean(a.colour) - Boolean(b.colour)).map((line) => roadLine(line, x, y, right)));
  const gaps = missing.length ? h("p", { class: "note" }, `${whyMissing(of, missing, " (in grey)")}.`) : null;
  put("road", svg, gaps);
  shortenLabels(svg, width);
}

/** The lines: the top ten and the followed song; that one is coloured first, then the best ranks. */
function roadLines(week, first) {
  const places = [...week.t.keys()].filter((place) => rankOf(week, place) <= ROAD.songs);
  const lines = places.map((place) => lineOf(week.t[place], rankOf(week, place)));
  const stay = state.song === null ? [] : stayOf(state.song);
  if (stay.length && !lines.some((line) => line.song === state.song)) {
    const [at, rank, place] = stay[stay.length - 1];
    if (at >= first) lines.push(lineOf(chart().byWeek.get(at).t[place], rank));
  }
  const front = [...lines].sort((a, b) => (b.song === state.song) - (a.song === state.song) || a.rank - b.rank);
  front.slice(0, ROAD.coloured).forEach((line, place) => { line.colour = `c${place + 1}`; });
  return lines;

  function lineOf(number, rank) {
    const song = track(number)[TRACK.song];
    return { number, song, rank, followed: song === state.song, points: stayOf(song).filter((each) => each[0] >= first) };
  }
}

function roadLine(line, x, y, right) {
  const [week, rank] = line.points[line.points.length - 1];
  const left = week < state.week ? ` (left after ${DATA.ends[week]})` : "";
  const runs = runsOf(line.points).map((run) => visible(level(run, x, y), run));
  const group = s("g", { class: `one ${line.colour || ""}`, on: { click: () => follow(line.song) } },
    s("title", null, `${unturned(titleOf(line.number))} – ${unturned(byline(line.number))}: ${line.points.map((each) => each[1]).join(", ")}${left}`),
    ...runs.map((d) => s("path", { class: `way${line.colour ? " thick" : ""}`, d, "clip-path": "url(#road-clip)", "stroke-linecap": "round" })),
    ...runs.map((d) => s("path", { class: "near", d, "clip-path": "url(#road-clip)" })),
    s("circle", { class: "end", cx: x(week), cy: y(rank), r: 4 }),
    s("text", { class: "name", x: right + 11, y: y(rank) + 4 }, `${rank} ${unturned(titleOf(line.number))}${left}`));
  return group;
}

/** Names are cut where the drawing ends; the tooltip has the whole name. */
function shortenLabels(svg, width) {
  for (const text of svg.querySelectorAll(".name")) {
    const room = width - Number(text.getAttribute("x"));
    let letters = [...text.textContent];
    while (text.getComputedTextLength() > room && letters.length > 4) {
      letters = letters.slice(0, -2);
      text.textContent = `${letters.join("").trimEnd()}…`;
    }
  }
}
