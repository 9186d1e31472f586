// The state, the warning, and the one-line diagram. Nothing here ever says that something is safe to touch.

import { $, element, hertz, isLive, kilowatts, lasted, percent, say, svg, volts } from "./words.js";

// state: how it is marked, and a word for it that stands beside the colour
const KINDS = {
  GRID: ["normal", "on the grid"], PARALLEL: ["normal", "on the grid"], ISLAND: ["island", "on its own source"],
  LOCKOUT_86: ["stop", "locked out"], OUT_OF_SERVICE: ["rest", "out of service"], SERVICE: ["rest", "in service work"],
  BYPASSED: ["rest", "bypassed"], DARK: ["dark", "house without a source"],
};
const SIGNS = { normal: "\u25cf", island: "\u25b2", stop: "\u2716", rest: "\u25a0", dark: "\u25cb", moving: "\u21c4", unknown: "?" };

const FRESH_MS = 3000; // a charger's word older than this is shown with its age

let spokenState = "";

export function showStatus(status, why, settings) {
  const [kind, word] = KINDS[status.state] || ["moving", "in between"];
  $("state-card").dataset.kind = kind;
  say("state-tag", `${SIGNS[kind]} ${word}`);
  say("state", status.state.replaceAll("_", " "));
  say("since", `for ${lasted(status.in_state_ms)}`);
  say("doing", status.doing);
  say("reason", status.reason);
  say("next", status.next);
  list($("when"), status.when);
  if (why) say("trip", why.element ? `${why.text} (${why.count} since the start)` : why.text);
  list($("alarms"), [...lockout(status), ...status.alarms]);
  wait(status, settings);
  touch(status.touch);
  diagram(status);
  if (status.state !== spokenState) {
    spokenState = status.state;
    say("spoken", `${status.state.replaceAll("_", " ")}: ${status.reason}. ${status.touch}`);
  }
}

function lockout(status) {
  if (!status.cause_86) return [];
  return [`LOCKED OUT by: ${status.cause_86}. First: ${status.do}. Then, on site: reset 86 on the console with the service key turned, or the button for 1 s.`];
}

// What is on the screen is old, or was never read.
export function showNothing(why) {
  for (const id of ["state-card"]) $(id).dataset.kind = "unknown";
  say("state-tag", "? not known");
  say("since", "what stands below is old");
  if (why) say("state", "no connection");
  $("touch").dataset.kind = "unknown";
  say("touch-head", "TREAT EVERYTHING AS LIVE");
  say("touch-words", why ? `Nothing is known: ${why}` : "Nothing is known: this page is not connected.");
  $("oneline").classList.add("old");
  spokenState = "";
}

function list(place, texts) {
  const had = [...place.children].map((one) => one.textContent);
  if (had.length === texts.length && had.every((text, i) => text === texts[i])) return;
  place.replaceChildren(...texts.map((text) => element("li", {}, text)));
}

function wait(status, settings) {
  const left = status.enter_service_left_ms;
  const whole = settings?.get("es_delay_ms")?.value || 300000;
  const waits = left > 0 && ["ISLAND", "GRID", "OUT_OF_SERVICE"].includes(status.state) && isLive(status.grid_mv);
  $("wait").hidden = !waits;
  if (waits) {
    $("wait-bar").value = Math.max(0, Math.min(1, 1 - left / whole));
    say("wait-words", `the grid must stay good for ${lasted(left)} more`);
  }
}

function touch(words) {
  const live = words.startsWith("NO");
  const [, rest] = words.split(/: (.*)/s);
  $("touch").dataset.kind = live ? "live" : "unproven";
  say("touch-head", live ? "DO NOT TOUCH" : "NOT PROVEN DEAD");
  say("touch-words", rest ?? words);
}

function diagram(status) {
  const grid = isLive(status.grid_mv), house = isLive(status.house_mv);
  const fed = house && status.k2 === "closed";
  const place = $("oneline");
  place.classList.remove("old");
  if (!place.children.length) build(place);
  side(place.children[0], status.grid_mv, status.grid_mhz, grid);
  contactor(place.children[1], status.k1, grid, house, "grid", "house");
  side(place.children[2], status.house_mv, status.house_mhz, house);
  contactor(place.children[3], status.k2, house, fed, "house", "house");
  charger(place.children[4], status);
}

function build(place) {
  for (const [kind, name] of [["grid", "Grid"], ["k1", "K1"], ["house", "House"], ["k2", "K2"], ["charger", "Charger"]]) {
    const one = element("li", { class: kind.startsWith("k") ? "contactor" : `place ${kind}` });
    if (kind.startsWith("k")) {
      const drawing = svg("svg", { viewBox: "0 0 120 44", "aria-hidden": "true" });
      drawing.append(
        svg("line", { class: "wire left", x1: 0, y1: 22, x2: 36, y2: 22 }),
        svg("line", { class: "wire right", x1: 84, y1: 22, x2: 120, y2: 22 }),
        svg("line", { class: "blade", x1: 40, y1: 22, x2: 80, y2: 22 }),
        svg("circle", { cx: 40, cy: 22, r: 4.5 }),
        svg("circle", { cx: 80, cy: 22, r: 4.5 }),
        svg("text", { x: 60, y: 18, class: "doubt" }, "?"),
      );
      one.append(element("b", {}, name), drawing, element("span", { class: "position" }));
    } else {
      one.append(element("b", {}, name), element("span", { class: "flag" }), element("div", { class: "figures" }));
    }
    place.append(one);
  }
}

function side(place, legs, mhz, live) {
  place.dataset.live = live;
  say(place.children[1], live ? "\u26a1 LIVE" : "reads dead");
  const rows = [...legs.slice(0, 3).map((mv, i) => `L${i + 1} ${volts(mv)}`), hertz(mhz)];
  figures(place.children[2], rows);
}

function charger(place, status) {
  const speaks = status.charger_bits !== 0;
  place.dataset.live = speaks;
  say(place.children[1], speaks ? "speaks" : "silent");
  const flow = status.charger_w > 50 ? "to the house" : status.charger_w < -50 ? "charging" : "idle";
  const age = status.charger_age_ms ?? null;
  const old = speaks && age > FRESH_MS;
  place.dataset.old = old;
  if (old) say(place.children[1], `OLD: ${lasted(age)} ago`);
  figures(place.children[2], [speaks ? kilowatts(status.charger_w) : "\u2013", speaks ? flow : "", `car ${percent(status.car_soc_e1)}`]);
}

function figures(place, rows) {
  while (place.children.length < rows.length) place.append(element("span"));
  rows.forEach((text, i) => say(place.children[i], text));
}

function contactor(place, position, leftLive, rightLive, left, right) {
  place.dataset.position = position;
  const [, drawing, word] = place.children;
  drawing.children[0].setAttribute("class", `wire left ${leftLive ? left : "dead"}`);
  drawing.children[1].setAttribute("class", `wire right ${rightLive ? right : "dead"}`);
  say(word, position === "unproven" ? "not proven" : `proven ${position}`);
}
