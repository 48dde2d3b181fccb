// Foreign texts: titles and names as they were received. Each has an element of its own, so that whatever
// turns its direction ends with it; a very long one takes a few lines, and its tooltip has all of it.
const LONG = 60;
const UNSEEN = /[\s\p{Z}\p{Cc}\p{Cf}\u034f\u115f\u1160\u2800\u3164\uffa0]/gu;
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text, or words in its place where it has nothing visible. */
const named = (text, words) => (text && text.replace(UNSEEN, "") ? text : words);
/** The text for sentences, drawings and tooltips, where no element separates it from the rest. */
const unturned = (text) => text.replace(TURNING, "");
const isLong = (text) => text.length > LONG;
const classes = (...names) => names.filter(Boolean).join(" ") || null;

function foreign(text, name) {
  return h("bdi", { class: classes(name, isLong(text) && "long"), title: isLong(text) ? unturned(text) : null }, text);
}
/** A button within text: it wraps like words, which a button element can't. */
function pressable(text, act, { class: name, ...attributes } = {}) {
  const pressed = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act();
  };
  return filled(foreign(text, classes("plain", name)), { role: "button", tabindex: "0", on: { click: act, keydown: pressed }, ...attributes }, []);
}
/** The parts that aren't empty, with a dot between them. */
const dotted = (...parts) => parts.flat().filter(Boolean).flatMap((part, place) => (place ? [" · ", part] : [part]));
