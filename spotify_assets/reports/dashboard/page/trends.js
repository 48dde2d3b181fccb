// How the chart is changing: a number, its change over a year, and a line with those of other charts.
const WEEKS_FOR_TRENDS = 4;
const WEEKS_FOR_YEAR = 56;
const OTHERS_DRAWN = 6;
const TREND = { height: 118, left: 38, top: 8, bottom: 22 };
const SECOND_WEEK = "Known from the second week on, unless Spotify reports it";

const points = (change) => `${signed(String(Math.abs(Math.round(change * 100))), change)} pp`;
const seconds = (change) => `${signed(String(Math.abs(Math.round(change / 1000))), change)} s`;
const tenths = (change) => signed(Math.abs(change).toFixed(1), change);
const CARDS = [
  { name: "new", title: "New songs a week", says: "Songs never on this chart before", text: rounded, change: tenths, lacking: SECOND_WEEK },
  { name: "fresh", known: "fresh_known", title: "Fresh releases", says: "Places held by songs out for 4 weeks or less", text: percent, change: points },
  { name: "catalogue", known: "catalogue_known", title: "Catalogue", says: "Places held by songs older than 18 months", text: percent, change: points },
  { name: "length", known: "length_known", title: "Song length", says: "Median of the chart", text: length, change: seconds },
  { name: "explicit", known: "explicit_known", title: "Explicit", says: "Places with an explicit song", text: percent, change: points },
  { name: "variety", known: "lead_known", title: "Variety of artists", says: "How many artists with equal shares would be as varied (1 ÷ HHI)", text: rounded, change: tenths, lacking: "No artist is known" },
  { name: "shared", title: "Shared", says: "Songs on both charts in the same week", text: percent, change: points, lacking: "No week has both charts" },
  { name: "turnover", title: "Turnover", says: "Places with a song that was not there the week before", text: percent, change: points, lacking: SECOND_WEEK },
  { name: "home", known: "home_known", title: "Recordings", says: "Recording codes (ISRC) registered in that country: a stand-in for local artists", text: percent, change: points },
  { name: "local", known: "local_known", title: "Artists", says: "Places whose lead artist is from that country", text: percent, change: points },
];
const STREAMS = { name: "streams", title: "Streams a week", says: "Plays of all songs on the chart", text: millions, change: (change) => signed(millions(Math.abs(change)), change), lacking: "" };

/** A trend of a chart as {week, value}, the mean of four weeks at each. */
function trendOf(of, name) {
  if (name === "shared") return of.shared ? { week: of.shared.week, value: means(of.shared.week, of.shared.share) } : { week: [], value: [] };
  return { week: of.trends.week, value: means(of.trends.week, of.trends[name]) };
}

function drawTrends() {
  const others = DATA.charts.filter((each) => each !== chart()).slice(0, OTHERS_DRAWN);
  $("trends-note").textContent = `Mean of 4 weeks. Bold line: ${chart().name}` +
    (others.length ? `; grey: ${listed(others.map((each) => each.name))}.` : ".") +
    (weeksToDate().length >= WEEKS_FOR_YEAR ? " Change is from the same weeks a year earlier." : ` The change over a year appears after ${WEEKS_FOR_YEAR} weeks.`);
  const cards = CARDS.filter((card) => (card.name === "shared" ? DATA.charts.length > 1
    : (!isOfCountry(card) || chart().trends.home) && (card.lacking || isTrendKnown(card.name))));
  if (chart().trends.streams.some((value) => value !== null)) cards.push(STREAMS);
  $("trends").className = `four ${{ 3: "nine", 5: "ten", 6: "nine", 9: "nine", 10: "ten" }[cards.length] || ""}`;
  put("trends", ...cards.map((card) => h("section", { class: "card", id: `trend-${card.name}` }, ...trendCard(card, others))));
}

function trendCard(card, others) {
  const of = chart();
  const title = isOfCountry(card) ? `${card.title} from ${of.name}`
    : card.name === "shared" && of.shared ? `Shared with ${DATA.charts[of.shared.with].name}` : card.title;
  const head = [h("h3", null, title), h("p", { class: "note" }, card.says)];
  const trend = trendOf(of, card.name);
  const upTo = trend.week.filter((week) => week <= state.week).length;
  const latest = lastKnown(trend.value, upTo);
  const place = latest >= 0 && state.week - trend.week[latest] < OLDEST_OF_MEAN ? latest : -1;
  if (!trend.value.some((value) => value !== null)) return [...head, empty(`${card.lacking}.`)];
  const value = place < 0 ? null : trend.value[place];
  const line = h("p", { class: "value-line" }, h("span", { class: "big" }, value === null ? DASH : card.text(value)), yearChange(card, trend, place) || (value === null ? h("span", { class: "by" }, "not known around this week") : null));
  const known = coverage(card, of);
  if (weeksToDate().length < WEEKS_FOR_TRENDS) return [...head, line, known, empty(`A line needs ${WEEKS_FOR_TRENDS} weeks.`)];
  const lines = card.name === "home" ? abroad(of) : card.name === "local" || card.name === "shared" || card === STREAMS ? [] : others.map((other) => trendOf(other, card.name));
  return [...head, line, known, trendLines(card, trend, lines, title, place)];
}
const isOfCountry = (card) => card.name === "home" || card.name === "local";
/** This country's share in the chart that all are compared with. */
const abroad = (of) => (of.abroad ? [{ week: of.abroad.week, value: means(of.abroad.week, of.abroad.share) }] : []);
function lastKnown(values, end) {
  for (let place = end - 1; place >= 0; place--) if (values[place] !== null) return place;
  return -1;
}

function yearChange(card, trend, place) {
  if (place < 0 || weeksToDate().length < WEEKS_FOR_YEAR) return null;
  const before = trend.week.indexOf(trend.week[place] - 52);
  if (before < 0 || trend.value[before] === null) return null;
  const change = trend.value[place] - trend.value[before];
  const says = card.change(change);
  const moved = /[1-9]/.test(says); // what rounds to zero has no direction
  return h("span", { class: "by" }, moved ? `${change < 0 ? "▼" : "▲"} ${says} in a year` : "unchanged in a year");
}

/** How much of the chart the figure covers, where that isn't all of it. */
function coverage(card, of) {
  const place = of.trends.week.indexOf(state.week);
  if (!card.known || place < 0) return null;
  const [known, entries] = [of.trends[card.known][place], of.trends.entries[place]];
  return known < entries ? h("p", { class: "note" }, `Known for ${known} of ${entries} songs this week.`) : null;
}

function trendLines(card, trend, others, title, now) {
  const width = Math.max(150, Math.floor($("trends").clientWidth / columns()) - 16 * (columns() - 1) / columns() - 40);
  const values = [trend, ...others].flatMap((each) => each.value).filter((value) => value !== null);
  const weeks = [trend, ...others].flatMap((each) => each.week);
  const [first, last] = [Math.min(...weeks), Math.max(...weeks)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  const x = timeScale(weeks, TREND.left, width - 5);
  const y = scale(low - room, high + room, TREND.height - TREND.bottom, TREND.top);
  const ticks = niceTicks(card, low, high);
  const draw = (each, name) => runsOf(each.week.map((week, place) => [week, each.value[place]]))
    .map((run) => s("path", { class: name, d: visible(straight(run, x, y), run), "stroke-linecap": "round" }));
  const svg = s("svg", { ...sized(width, TREND.height), role: "img", "aria-label": `${title} over time` },
    ...ticks.flatMap((tick) => [s("line", { class: "grid", x1: TREND.left, x2: width - 5, y1: y(tick), y2: y(tick) }),
      s("text", { x: TREND.left - 5, y: y(tick) + 4, "text-anchor": "end" }, card.text(tick).replace(/\.0(?=\D|$)/, ""))]),
    ...drawnBreaks(x, TREND.top, TREND.height - TREND.bottom),
    ...timeAxis(x, first, last, TREND.height - TREND.bottom + 2, width / 65).flat(),
    ...others.flatMap((other) => draw(other, "theirs")), ...draw(trend, "ours"), ...chosenWeek(x, last, TREND.top, TREND.height - TREND.bottom),
    now < 0 ? null : s("circle", { class: "ours-dot", cx: x(trend.week[now]), cy: y(trend.value[now]), r: 3.5 }));
  const say = h("p", { class: "readout" });
  const valueAt = new Map(trend.week.map((week, place) => [week, trend.value[place]]));
  readable(svg, x, trend.week, TREND.top, TREND.height - TREND.bottom, (week) => {
    const value = week === null ? null : valueAt.get(week);
    say.textContent = value === null || value === undefined ? "" : `${DATA.ends[week]}: ${card.text(value)}`;
  });
  return h("div", null, svg, say);
}
const columns = () => getComputedStyle($("trends")).gridTemplateColumns.split(" ").length;

/** Two or three round values within the range. */
function niceTicks(card, low, high) {
  const steps = card.text === length ? [1, 2, 5, 10, 15, 20, 30, 60].map((each) => each * 1000) : [1, 2, 5].flatMap((each) => [...Array(16).keys()].map((power) => each * 10 ** (power - 3))).sort((a, b) => a - b);
  const of = (step) => {
    const found = [];
    for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-6; tick += step) found.push(tick);
    return found;
  };
  const fine = card.text === percent ? steps.filter((step) => step >= 0.01) : steps;
  const step = fine.find((each) => (high - low) / each < 3.2);
  const ticks = step ? of(step) : [];
  return ticks.length ? ticks : [(low + high) / 2];
}
