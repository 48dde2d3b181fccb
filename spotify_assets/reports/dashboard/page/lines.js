// Drawing by weeks: the time scale with its labels, lines with gaps, and values under the pointer.
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 48];

const widthOf = (id) => Math.max(240, $(id).clientWidth);
const scale = (from, to, start, end) => (value) => (to === from ? end : start + ((value - from) / (to - from)) * (end - start));

/** A drawing's size; on paper, which may be narrower, it shrinks. */
const sized = (width, height) => ({ width, height, viewBox: `0 0 ${width} ${height}` });

const LONGEST_GAP = 13;
const GAP_DRAWN = 4;
/** The time scale over years: a long run of weeks that nobody collected is drawn as a short break. */
function timeScale(weeks, start, end) {
  const collected = [...new Set(weeks)].sort((a, b) => a - b);
  const steps = [[collected[0], 0]];
  const breaks = [];
  for (let place = 1; place < collected.length; place++) {
    const gap = collected[place] - collected[place - 1];
    if (gap > LONGEST_GAP) breaks.push([collected[place - 1], collected[place]]);
    steps.push([collected[place], steps[place - 1][1] + (gap > LONGEST_GAP ? GAP_DRAWN : gap)]);
  }
  const whole = scale(0, steps[steps.length - 1][1], start, end);
  const x = (week) => {
    const after = steps.findIndex((step) => step[0] >= week);
    if (after < 0) return end;
    if (after === 0) return whole(0);
    const [[from, a], [to, b]] = [steps[after - 1], steps[after]];
    return whole(a + ((week - from) / (to - from)) * (b - a));
  };
  const held = new Map();
  const remembered = (week) => {
    if (!held.has(week)) held.set(week, x(week));
    return held.get(week);
  };
  return Object.assign(remembered, { breaks });
}
function drawnBreaks(x, top, bottom) {
  return x.breaks.map(([from, to]) => s("rect", { class: "missed", x: x(from), width: x(to) - x(from), y: top, height: bottom - top },
    s("title", null, `After ${DATA.ends[from]}, ${whyMissing(chart(), missingBetween(chart(), from, to))}`)));
}

/** The weeks in which a month begins, few enough for the width: [week, label]. */
function monthTicks(first, last, most) {
  const starts = [];
  for (let week = first + 1; week <= last; week++) {
    const [year, month] = DATA.weeks[week].split("-").map(Number);
    if (Number(DATA.weeks[week - 1].split("-")[1]) !== month) starts.push([week, year * 12 + month - 1]);
  }
  const step = MONTH_STEPS.find((each) => starts.filter((start) => start[1] % each === 0).length <= most) || 48;
  return starts.filter((start) => start[1] % step === 0).map(([week, month]) =>
    [week, step >= 12 ? String(Math.floor(month / 12)) : `${MONTHS[month % 12]} ${Math.floor(month / 12)}`]);
}
function timeAxis(x, first, last, y, most) {
  const breaks = x.breaks || [];
  let before = -Infinity;
  const shown = monthTicks(first, last, most).filter(([week, label]) => {
    if (breaks.some(([from, to]) => week > from && week < to) || x(week) - before < (label.length > 4 ? 60 : 40)) return false;
    before = x(week);
    return true;
  });
  return shown.map(([week, label]) =>
    [s("line", { class: "grid", x1: x(week), x2: x(week), y1: y, y2: y + 4 }),
      s("text", { x: x(week), y: y + 17, "text-anchor": "middle" }, label)]);
}

/** The points [week, value] in runs without a missed week; a null value breaks a run as well. */
function runsOf(points) {
  const runs = [];
  let before = null;
  for (const point of points) {
    if (point[1] === null || point[1] === undefined) { before = null; continue; }
    if (before === null || point[0] - before > 1) runs.push([]);
    runs[runs.length - 1].push(point);
    before = point[0];
  }
  return runs;
}
const at = (number) => Math.round(number * 10) / 10;
const straight = (run, x, y) => run.map(([week, value], place) => `${place ? "L" : "M"}${at(x(week))} ${at(y(value))}`).join("");
/** A line that is level at every point, so that it never overshoots to a rank that the song didn't have. */
function level(run, x, y) {
  return run.map(([week, value], place) => {
    if (!place) return `M${at(x(week))} ${at(y(value))}`;
    const [xb, yb] = [x(run[place - 1][0]), y(run[place - 1][1])];
    const middle = at((xb + x(week)) / 2);
    return `C${middle} ${at(yb)} ${middle} ${at(y(value))} ${at(x(week))} ${at(y(value))}`;
  }).join("");
}
/** A run of a single point would draw nothing, so it gets a length. */
const visible = (path, run) => (run.length > 1 ? path : `${path}h0.1`);

function sparkline(song, lowest) {
  const first = state.week - SPARK.weeks + 1;
  const x = scale(first, state.week, 3, SPARK.width - 4);
  const y = scale(1, Math.sqrt(Math.max(lowest, 2)), 4, SPARK.height - 3);
  const points = stayOf(song).filter((each) => each[0] >= first).map((each) => [each[0], Math.sqrt(each[1])]);
  const runs = runsOf(points);
  const [week, value] = points[points.length - 1];
  return s("svg", { width: SPARK.width, height: SPARK.height, "aria-hidden": "true" },
    ...runs.map((run) => s("path", { d: visible(straight(run, x, y), run), "stroke-linecap": "round" })),
    s("circle", { cx: at(x(week)), cy: at(y(value)), r: 2.2 }));
}

const WEEKS_OF_MEAN = 4;
const OLDEST_OF_MEAN = 6;
/** The mean of the last four collected weeks at each, none older than six; null where nothing is known. */
function means(weeks, values) {
  return values.map((value, place) => {
    const last = values.slice(Math.max(0, place - WEEKS_OF_MEAN + 1), place + 1)
      .filter((each, back, all) => each !== null && weeks[place] - weeks[place - all.length + 1 + back] < OLDEST_OF_MEAN);
    return value === null || !last.length ? null : last.reduce((a, b) => a + b, 0) / last.length;
  });
}
/** Let the pointer read a drawing: calls `say` with the nearest week, or with null once it leaves. */
function readable(svg, x, weeks, top, bottom, say) {
  const line = s("line", { class: "mark", y1: top, y2: bottom, visibility: "hidden" });
  svg.append(line);
  svg.addEventListener("pointermove", (event) => {
    const place = event.clientX - svg.getBoundingClientRect().left;
    const week = weeks.reduce((a, b) => (Math.abs(x(b) - place) < Math.abs(x(a) - place) ? b : a));
    filled(line, { x1: x(week), x2: x(week), visibility: "visible" }, []);
    say(week);
  });
  svg.addEventListener("pointerleave", () => {
    line.setAttribute("visibility", "hidden");
    say(null);
  });
}
