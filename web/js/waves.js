// The list of wave records, and the viewer: volts of grid and house, contacts and coils below, one cursor through all.

import { Record, comtrade } from "./record.js";
import { $, element, say, svg } from "./words.js";

const TRIES = 5;
const WIDE = 1000, HIGH = 200, ROW = 16;
const ALWAYS = ["K1", "K1_52A", "K1_52B", "ISLAND_REQUEST"];

export class Waves {
  constructor(ask) {
    this.kept = new Map();
    $("wave-list").addEventListener("click", () => ask((line) => this.list(line)));
    this.ask = ask;
  }

  async list(line) {
    const heads = await line.rows("wave list json");
    say("wave-note", heads.length ? `${heads.length} on the controller, newest first` : "no wave was recorded yet");
    $("records").replaceChildren(...heads.reverse().map((head) => {
      const button = element("button", {}, "Show");
      button.setAttribute("aria-label", `Show record ${head.wave}`);
      button.addEventListener("click", () => this.ask((now) => this.show(now, head)));
      const ms = Math.round((1000 * head.frames) / head.sample_hz);
      return element("li", {}, button, element("span", {}, element("b", {}, `Record ${head.wave}`), ` ${head.cause.join(", ")}`),
        element("small", {}, `${ms} ms, ${head.uptime_s}.${String(head.tenths).padStart(4, "0")} s after start ${head.start}${head.short ? ", ended early" : ""}`));
    }));
  }

  async show(line, head) {
    const key = `${head.wave}-${head.start}-${head.crc}`;
    const record = this.kept.get(key) ?? new Record();
    this.kept.set(key, record);
    const bar = $("wave-progress");
    bar.hidden = false;
    try {
      for (let i = 0; i < TRIES && record.missing() !== null; i += 1) {
        await line.ask(`wave get ${head.wave} from ${record.missing()}`, (text) => {
          record.take(text);
          bar.value = record.share();
          say("wave-note", `reading record ${head.wave}: ${Math.round(100 * record.share())} %`);
        });
      }
    } finally {
      bar.hidden = true;
    }
    if (record.missing() !== null) throw new Error(`record ${head.wave} did not arrive whole (${record.bad} broken lines): press Show again, what came is kept`);
    say("wave-note", `record ${head.wave} read, its checksums are right`);
    new Viewer(record.whole());
  }
}

class Viewer {
  constructor(wave) {
    this.wave = wave;
    this.frames = wave.head.frames;
    this.from = 0;
    this.to = this.frames;
    this.cursor = wave.head.trigger_frame;
    this.rows = wave.head.digital.map((name, bit) => ({ name, bit })).filter(({ name, bit }) => this.wanted(name, bit));
    this.build();
    this.draw();
    $("viewer").hidden = false;
    this.figure.focus({ preventScroll: true });
  }

  wanted(name, bit) {
    if (name.startsWith("STATE_")) return false;
    const first = (this.wave.bits[0] >>> bit) & 1;
    return ALWAYS.includes(name) || this.wave.bits.some((word) => ((word >>> bit) & 1) !== first);
  }

  build() {
    const { head } = this.wave;
    const button = (text, label, done) => {
      const made = element("button", { "aria-label": label, class: "quiet" }, text);
      made.addEventListener("click", done);
      return made;
    };
    const high = 2 * HIGH + 30 + ROW * this.rows.length;
    this.drawing = svg("svg", { viewBox: `0 0 ${WIDE} ${high}`, preserveAspectRatio: "none", style: `aspect-ratio: ${WIDE} / ${high}`, "aria-hidden": "true" });
    this.readout = element("p", { class: "readout", role: "status" });
    this.legend = element("div", { class: "legend" });
    this.scale = element("div", { class: "scale", "aria-hidden": "true" });
    this.figure = element("figure", { class: "wave", tabindex: "0", role: "group",
      "aria-label": `Record ${head.wave}: ${head.cause.join(", ")}. Left and right move the cursor, plus and minus zoom.` }, element("div", { class: "bench" }, this.labels(high), this.drawing, this.scale), this.legend);
    this.figure.addEventListener("keydown", (event) => this.key(event));
    this.drawing.addEventListener("pointermove", (event) => this.point(event));
    this.drawing.addEventListener("pointerdown", (event) => this.point(event));
    this.drawing.addEventListener("wheel", (event) => { event.preventDefault(); this.point(event); this.zoom(event.deltaY < 0 ? 0.7 : 1.4); }, { passive: false });
    const tools = element("div", { class: "controls" },
      button("\u2212", "Zoom out", () => this.zoom(2)), button("+", "Zoom in", () => this.zoom(0.5)),
      button("whole", "Show the whole record", () => { this.from = 0; this.to = this.frames; this.draw(); }),
      button("trigger", "Cursor to the trigger", () => { this.cursor = head.trigger_frame; this.zoom(1); }),
      button("Save COMTRADE", "Save as COMTRADE files", () => this.save()));
    $("viewer").replaceChildren(element("h3", {}, `Record ${head.wave}: ${head.cause.join(", ")}`), tools, this.readout, this.figure);
  }

  // Beside the drawing, in its own proportions.
  labels(high) {
    const label = (text, y, kind = "") => element("span", { class: kind, style: `top: ${(100 * y) / high}%` }, text);
    return element("div", { class: "labels", "aria-hidden": "true" }, label("grid V", HIGH / 2, "g"), label("house V", HIGH / 2 + HIGH + 10, "h"),
      ...this.rows.map(({ name }, n) => label(name.replaceAll("_", " "), 2 * HIGH + 34 + n * ROW)));
  }

  key(event) {
    const step = Math.max(1, Math.round((this.to - this.from) / (event.shiftKey ? 20 : 200)));
    const done = { ArrowLeft: () => this.move(-step), ArrowRight: () => this.move(step), "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2),
      Home: () => this.move(-this.frames), End: () => this.move(this.frames) }[event.key];
    if (!done) return;
    event.preventDefault();
    done();
  }

  move(by) {
    this.cursor = Math.max(0, Math.min(this.frames - 1, this.cursor + by));
    if (this.cursor < this.from || this.cursor >= this.to) this.zoom(1);
    this.draw();
  }

  point(event) {
    const box = this.drawing.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    this.cursor = Math.min(this.frames - 1, Math.round(this.from + share * (this.to - this.from)));
    this.draw();
  }

  // Around the cursor.
  zoom(by) {
    const wide = Math.max(64, Math.min(this.frames, Math.round((this.to - this.from) * by)));
    this.from = Math.max(0, Math.min(this.frames - wide, Math.round(this.cursor - wide / 2)));
    this.to = this.from + wide;
    this.draw();
  }

  x(frame) {
    return ((frame - this.from) / (this.to - this.from)) * WIDE;
  }

  ms(frame) {
    return ((frame - this.wave.head.trigger_frame) * 1000) / this.wave.head.sample_hz;
  }

  draw() {
    const { head, volts } = this.wave;
    const peak = Math.max((head.nominal_mv / 1000) * 1.6, ...volts.map((part) => part.reduce((most, v) => Math.max(most, Math.abs(v)), 0)));
    const parts = [];
    for (const [n, side] of [["G", "grid"], ["H", "house"]].entries()) {
      const middle = HIGH / 2 + n * (HIGH + 10);
      parts.push(svg("line", { x1: 0, x2: WIDE, y1: middle, y2: middle, class: "ring" }));
      head.channels.forEach((name, channel) => {
        if (name[0] === side[0]) parts.push(svg("path", { class: `wave ${side[1]} leg${name[1]}`, d: this.path(volts[channel], middle, (HIGH / 2 - 4) / peak, (channel * head.skew_ns * head.sample_hz) / 1e9) }));
      });
    }
    this.rows.forEach(({ bit }, n) => parts.push(...this.track(bit, 2 * HIGH + 34 + n * ROW)));
    const high = 2 * HIGH + 30 + ROW * this.rows.length;
    for (const [frame, kind] of [[head.trigger_frame, "trigger"], [this.cursor, "mark"]]) {
      if (frame >= this.from && frame <= this.to) parts.push(svg("line", { x1: this.x(frame), x2: this.x(frame), y1: 0, y2: high, class: kind }));
    }
    this.drawing.replaceChildren(...parts);
    this.words();
  }

  path(values, middle, scale, skew) {
    const step = Math.max(1, Math.floor((this.to - this.from) / 2400));
    let d = "";
    for (let i = this.from; i < this.to; i += step) d += `${d ? "L" : "M"}${this.x(i + skew).toFixed(1)} ${(middle - values[i] * scale).toFixed(1)}`;
    return d;
  }

  track(bit, y) {
    const { bits, head } = this.wave;
    const parts = [svg("line", { x1: 0, x2: WIDE, y1: y, y2: y, class: "ring" })];
    for (let tick = 0, start = null; tick <= bits.length; tick += 1) {
      const on = tick < bits.length && (bits[tick] >>> bit) & 1;
      if (on && start === null) start = tick;
      if (!on && start !== null) {
        const a = Math.max(0, this.x(start * head.tick_frames)), b = Math.min(WIDE, this.x(tick * head.tick_frames));
        if (b > a) parts.push(svg("line", { x1: a, x2: b, y1: y, y2: y, class: "on" }));
        start = null;
      }
    }
    return parts;
  }

  words() {
    const { head, volts, bits } = this.wave;
    const word = bits[Math.floor(this.cursor / head.tick_frames)];
    const at = this.ms(this.cursor);
    const values = head.channels.map((name, i) => `${name[0] === "G" ? "grid" : "house"} L${name[1]} ${volts[i][this.cursor].toFixed(1)} V`);
    say(this.readout, `${at < 0 ? "\u2212" : "+"}${Math.abs(at).toFixed(2)} ms from the trigger: ${values.join(", ")}`);
    const share = [0, 0.25, 0.5, 0.75, 1].map((part) => `${this.ms(this.from + part * (this.to - this.from)).toFixed(1)} ms`);
    this.scale.replaceChildren(...share.map((text) => element("span", {}, text)));
    const rows = this.rows.map(({ name, bit }) => element("li", {}, `${name.replaceAll("_", " ")} `, element("b", {}, (word >>> bit) & 1 ? "on" : "off")));
    this.legend.replaceChildren(element("p", {}, "full line: leg 1, dashed: leg 2; dashed upright: the trigger. At the cursor:"), element("ul", {}, ...rows));
  }

  save() {
    const { cfg, dat } = comtrade(this.wave);
    const name = `wave-${String(this.wave.head.wave).padStart(6, "0")}-start-${this.wave.head.start}`;
    for (const [suffix, text] of [["cfg", cfg], ["dat", dat]]) {
      const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: `${name}.${suffix}` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }
  }
}
