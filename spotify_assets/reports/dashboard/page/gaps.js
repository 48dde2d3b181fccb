// Weeks of which a chart isn't shown: nobody collected them, or the audit holds them back.

/** Of the weeks between two, those of which the chart isn't shown. */
function missingBetween(of, first, last) {
  const missing = [];
  for (let week = first + 1; week < last; week++) if (!of.collected.has(week)) missing.push(week);
  return missing;
}
/** How many of these weeks were not collected and how many are held back, in words. */
function whyMissing(of, weeks, where = "") {
  const held = weeks.filter((week) => of.held.has(week)).length;
  const missed = weeks.length - held;
  const says = [];
  if (missed) says.push(`${counted(missed, "week")}${where} ${missed === 1 ? "was" : "were"} not collected`);
  if (held) says.push(`${missed ? held : `${counted(held, "week")}${where}`} ${held === 1 ? "is" : "are"} held back`);
  return says.join(" and ");
}
/** The weeks that other charts have after the last one of this chart. */
const weeksBehind = (of) => missingBetween(of, latestOf(of), DATA.weeks.length);
/** The same of one week. */
const whyNot = (of, week) => (of.held.has(week) ? "is held back" : "was not collected");
/** Whether a week was made again and is held back, so that what is shown of it is its state before. */
const isOlderState = (week) => DATA.held.some((each) => each[2] === week);

const HELD_LISTED = 3;
function heldBack() {
  if (!DATA.held.length) return null;
  const groups = [["Not on this page:", DATA.held.filter((each) => each[2] === null)],
    ["Shown here as they were before:", DATA.held.filter((each) => each[2] !== null)]].filter((group) => group[1].length);
  const item = ([week, reasons]) => h("li", null, h("strong", null, `${week}: `), ...reasons.flatMap(([says, code]) => [foreign(says, "reason"), " ", code && h("small", { class: "code" }, `(${code})`), code && " "]));
  const list = (weeks) => h("ul", null, ...weeks.map(item));
  const listed = ([says, weeks]) => [h("p", null, says), list(weeks.slice(0, HELD_LISTED)),
    weeks.length > HELD_LISTED ? h("details", null, h("summary", null, `and ${counted(weeks.length - HELD_LISTED, "more week")}`), list(weeks.slice(HELD_LISTED))) : null];
  return h("div", { class: "notice", id: "held" },
    h("p", null, h("strong", null, `${counted(DATA.held.length, "week")} held back`), ", for the audit found something wrong."),
    ...groups.flatMap(listed));
}
