// The sequence of events: kept here, newest first, with a sign in front that says what kind it is.

import { $, element, say } from "./words.js";

const MOST = 3000;
const LATEST = 8;

// [sign, word for a screen reader, class]
function kindOf(event) {
  if (["trip", "86", "background task died"].includes(event.what) || event.text.startsWith("ALARM")) return ["!", "alarm:", "alarm"];
  if (event.what === "state") return ["\u25b8", "state:", "state"];
  if (event.what === "person" || event.what === "settings changed") return ["\u263a", "person:", "person"];
  return ["", "", ""];
}

export class Events {
  constructor() {
    this.rows = [];
    this.last = 0;
    for (const radio of document.querySelectorAll("input[name=kind]")) radio.addEventListener("change", () => this.draw());
    $("event-search").addEventListener("input", () => this.draw());
  }

  command() {
    return this.last ? `events after ${this.last} json` : "events 300 json";
  }

  add(rows) {
    if (!rows.length) return;
    this.last = rows[rows.length - 1].number;
    this.rows = [...rows.reverse(), ...this.rows].slice(0, MOST);
    const alarms = rows.filter((row) => kindOf(row)[2] === "alarm");
    if (alarms.length && this.read) say("spoken", alarms.map((row) => row.text).join(". "));
    this.read = true;
    this.draw();
  }

  draw() {
    const search = $("event-search").value.trim().toLowerCase();
    const main = document.querySelector("input[name=kind]:checked").value === "main";
    const wanted = this.rows.filter((row) => (!main || kindOf(row)[2]) && (!search || row.text.toLowerCase().includes(search)));
    say("event-count", `${wanted.length} shown of ${this.rows.length} read`);
    $("event-list").replaceChildren(...wanted.slice(0, 500).map(item));
    $("latest").replaceChildren(...this.rows.filter((row) => kindOf(row)[2]).slice(0, LATEST).map(item));
  }
}

function item(event) {
  const [sign, word, kind] = kindOf(event);
  const when = event.clock_s ? new Date(event.clock_s * 1000).toISOString().slice(0, 19).replace("T", " ") : `${event.time_s} s`;
  return element("li", { class: kind },
    element("span", { class: "sign", "aria-hidden": "true" }, sign),
    element("time", { title: `event ${event.number}, ${event.time_s} s after start ${event.start}` }, when),
    element("span", { class: "text" }, element("span", { class: "unseen" }, word ? `${word} ` : ""), event.text));
}
