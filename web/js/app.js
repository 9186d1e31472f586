// Wires the page: connects, reads over and over, shows, and says so when it no longer can.

import { BridgePort, simulationRuns } from "./bridge.js";
import { Events } from "./events.js";
import { Line } from "./line.js";
import { showNothing, showStatus } from "./now.js";
import { showPhasors } from "./phasors.js";
import { Settings } from "./settings.js";
import { Trends } from "./trends.js";
import { Waves } from "./waves.js";
import { $, say } from "./words.js";

const EVERY_MS = 500;
let line = null;
let why = null;
const events = new Events();
const trends = new Trends();
const settings = new Settings(ask);
const waves = new Waves(ask);

// Something a person asked for; what goes wrong is said in words.
async function ask(what) {
  if (!line) return trouble("Not connected: press Connect first.");
  settings.line = line;
  try {
    await what(line);
    trouble("");
  } catch (wrong) {
    trouble(wrong.message);
  }
}

function trouble(text) {
  $("trouble").hidden = !text;
  say("trouble", text);
}

function link(kind, words) {
  $("link").dataset.kind = kind;
  say("link-words", words);
  say("connect", line ? "Disconnect" : "Connect");
}

async function connect(port, name) {
  if (line) return disconnect("");
  trouble("");
  const mine = new Line(port, () => disconnect("the line has gone: unplugged, or the simulation has ended."));
  line = mine;
  link("busy", "connecting");
  try {
    await mine.open();
    const version = await mine.json("version json");
    say("version", `Controller ${version.firmware}, ${version.grid_code}.`);
    await settings.read(mine);
  } catch (wrong) {
    return disconnect(wrong.message);
  }
  link("on", name);
  $("connect-sim").hidden = true;
  await readOn(mine);
}

async function disconnect(reason) {
  const old = line;
  line = null;
  why = null;
  link("off", "not connected");
  trouble(reason);
  showNothing(reason);
  $("connect-sim").hidden = !(await simulationRuns());
  await old?.close();
}

async function readOn(mine) {
  let trips = -1, state = "";
  while (line === mine) {
    const began = performance.now();
    try {
      const status = await mine.json("status json");
      const meter = await mine.json("meter json");
      events.add(await mine.rows(events.command()));
      if (events.last !== trips || status.state !== state) why = await mine.json("why json");
      [trips, state] = [events.last, status.state];
      if (line !== mine) return;
      showStatus(status, why, settings);
      showPhasors(meter, settings);
      trends.add(status, meter);
      link("on", $("link-words").textContent);
      $("link").dataset.beat = $("link").dataset.beat === "1" ? "0" : "1";
    } catch (wrong) {
      if (line !== mine) return;
      try {
        link("busy", "trying again");
        showNothing(wrong.message);
        await mine.greet();
        link("on", "connected");
      } catch (gone) {
        if (line === mine) await disconnect(gone.message);
        return;
      }
    }
    await new Promise((done) => setTimeout(done, Math.max(50, EVERY_MS - (performance.now() - began))));
  }
}

function tabs() {
  const all = [...document.querySelectorAll("[role=tab]")];
  const choose = (tab, focus) => {
    for (const one of all) {
      const chosen = one === tab;
      one.setAttribute("aria-selected", chosen);
      one.tabIndex = chosen ? 0 : -1;
      $(one.getAttribute("aria-controls")).hidden = !chosen;
    }
    if (focus) tab.focus();
    if (tab.id === "tab-waves" && line && !$("records").children.length) ask((now) => waves.list(now));
  };
  all.forEach((tab, i) => {
    tab.addEventListener("click", () => choose(tab, false));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: all.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(all[(to + all.length) % all.length], true);
    });
  });
}

function theme() {
  const order = ["system", "light", "dark"];
  const set = (name) => {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    $("theme").setAttribute("aria-label", `Colours: ${name === "system" ? "as the system" : name}. Press to change`);
    say("theme", { system: "Theme", light: "Light", dark: "Dark" }[name]);
    localStorage.setItem("theme", name);
  };
  let now = localStorage.getItem("theme") ?? "system";
  set(order.includes(now) ? now : "system");
  $("theme").addEventListener("click", () => {
    now = order[(order.indexOf(now) + 1) % order.length];
    set(now);
  });
}

$("connect").addEventListener("click", async () => {
  if (line) return disconnect("");
  if (!("serial" in navigator)) return trouble("This browser has no Web Serial: use Chromium, Chrome or Edge on a computer, on https or localhost.");
  let port;
  try {
    port = await navigator.serial.requestPort();
  } catch {
    return trouble("No port was chosen. Plug the controller's USB cable in, press Connect, and choose its port.");
  }
  await connect(port, "connected over USB");
});
$("connect-sim").addEventListener("click", () => connect(new BridgePort(), "connected to the simulation"));
tabs();
theme();
simulationRuns().then((runs) => { $("connect-sim").hidden = !runs; });
