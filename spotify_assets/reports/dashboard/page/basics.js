// What every part of the page uses: the data, elements, and how numbers are written.
// Text is only ever set as text: titles are foreign, and none of them may become markup.
const DATA = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}
const h = (tag, attributes, ...children) => filled(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

function button(label, act, attributes) {
  return h("button", { type: "button", on: { click: act }, ...attributes }, label);
}
function empty(...sentences) {
  return h("div", { class: "empty" }, h("span", null, sentences.join(" ")));
}
function put(id, ...children) {
  $(id).replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}

const DASH = "–";
const MINUS = "−";
const percent = (share) => `${Math.round(share * 100)}%`;
const percentFine = (share) => (share < 0.0995 ? `${(share * 100).toFixed(1)}%` : percent(share));
const length = (ms) => {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};
const grouped = (number) => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ",");
const rounded = (number) => (number >= 20 ? grouped(number) : number.toFixed(1));
const millions = (number) =>
  number >= 1e9 ? `${(number / 1e9).toFixed(2)} bn` : number >= 1e6 ? `${(number / 1e6).toFixed(1)} m` : grouped(number);
const signed = (text, number) => (number < 0 ? MINUS : "+") + text.replace("-", "");
const counted = (number, what) => `${grouped(number)} ${what}${number === 1 ? "" : "s"}`;
const listed = (words) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
