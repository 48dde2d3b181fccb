// Finding songs and artists as one types, on this week's chart and in earlier weeks.

// Letters that no decomposition turns into the ones that other keyboards have.
const PLAIN_LETTERS = { ø: "o", æ: "ae", å: "a", œ: "oe", ß: "ss", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };
const OWN_LETTERS = new RegExp(`[${Object.keys(PLAIN_LETTERS).join("")}]`, "g");
const folded = (text) => (text || "").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
  .replace(OWN_LETTERS, (letter) => PLAIN_LETTERS[letter]);

const foldedTracks = new Map();
function foldedTrack(number) {
  if (!foldedTracks.has(number)) foldedTracks.set(number, folded(`${titleOf(number)}\n${byline(number)}`));
  return foldedTracks.get(number);
}
/** Whether the title or the artists' names contain every word that was typed. */
function matches(number) {
  const text = foldedTrack(number);
  return folded(state.query).split(/\s+/).every((word) => text.includes(word));
}

/** Songs that match but aren't on this week's chart, with a link to their last week. */
function elsewhere() {
  const here = new Set((chosen() || { t: [] }).t.map((number) => track(number)[TRACK.song]));
  const found = new Map();
  for (const week of rowsToDate())
    for (const number of week.t)
      if (!here.has(track(number)[TRACK.song]) && matches(number)) found.set(track(number)[TRACK.song], [number, week.w]);
  const songs = [...found.values()].sort((a, b) => b[1] - a[1]);
  if (!songs.length) return null;
  return [h("p", { class: "note" }, `Earlier on ${chart().name}, the most recent first:`),
    h("ul", { class: "found" }, ...songs.slice(0, 8).map(([number, week]) => h("li", null,
      pressable(titleOf(number), () => chooseFromTable({ week, song: track(number)[TRACK.song] }, true), { class: "title" }),
      " ", h("span", { class: "by" }, ...dotted(by(number), `left after ${DATA.ends[week]}`))))),
    songs.length > 8 ? h("p", { class: "note" }, `and ${songs.length - 8} more`) : null];
}
