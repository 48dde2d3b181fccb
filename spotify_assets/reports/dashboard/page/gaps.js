// Weeks in which a chart isn't shown: nobody collected them, or checks hold them back.

/** The weeks between two others in which the chart isn't shown. */
function missingBetween(of, first, last) {
  const missing = [];
  for (let week = first + 1; week < last; week++) if (!of.collected.has(week)) missing.push(week);
  return missing;
}
/** How many of these weeks were not collected, and how many are held back, in words. */
function whyMissing(of, weeks, where = "") {
  const held = weeks.filter((week) => of.held.has(week)).length;
  const missed = weeks.length - held;
  const says = [];
  if (missed) says.push(`${counted(missed, "week")}${where} ${missed === 1 ? "was" : "were"} not collected`);
  if (held) says.push(`${missed ? held : `${counted(held, "week")}${where}`} ${held === 1 ? "is" : "are"} held back`);
  return says.join(" and ");
}
/** The weeks after the last one of this chart that other charts have. */
const weeksBehind = (of) => missingBetween(of, latestOf(of), DATA.weeks.length);
/** The same for one week. */
const whyNot = (of, week) => (of.held.has(week) ? "is held back" : "was not collected");
/** Whether the chart shown is from another file, because the one that comes first is held back. */
const isOlderState = (week) => chart().older.has(week);

const HELD_LISTED = 3;
function heldBack() {
  if (!DATA.held.length) return null;
  const groups = [["Not on this page:", DATA.held.filter((each) => !each[3])],
    ["Shown here from another file:", DATA.held.filter((each) => each[3])]].filter((group) => group[1].length);
  const reason = ([says, check]) => [foreign(says, "reason"), " ", check && h("small", { class: "code" }, `(${check})`), check && " "];
  const item = ([week, name, reasons]) => h("li", null, h("strong", null, week, ...(name ? [", ", foreign(name)] : []), ": "), ...reasons.flatMap(reason));
  const list = (held) => h("ul", null, ...held.map(item));
  const listed = ([says, held]) => [h("p", null, says), list(held.slice(0, HELD_LISTED)),
    held.length > HELD_LISTED ? h("details", null, h("summary", null, `and ${held.length - HELD_LISTED} more`), list(held.slice(HELD_LISTED))) : null];
  const weeks = new Set(DATA.held.map((each) => each[0])).size;
  return h("div", { class: "notice", id: "held" },
    h("p", null, h("strong", null, `Charts from ${counted(weeks, "week")} are held back`), " because checks found errors in them."),
    ...groups.flatMap(listed));
}
