// Trends of the last ten minutes. Each is a small chart with its figures in words; a pointer or the arrow keys read one
// moment out of all of them.

import { $, element, say, svg } from "./words.js";

const KEPT_MS = 600000;
const WIDE = 600, HIGH = 120, PAD = 6;
const CHARTS = [
  { id: "volts", name: "Volts, leg 1", unit: "V", digits: 1, least: 4, lines: [["grid", "g"], ["house", "h"]] },
  { id: "hertz", name: "Frequency", unit: "Hz", digits: 2, least: 0.2, lines: [["grid", "gf"], ["house", "hf"]] },
  { id: "power", name: "Charger power", unit: "kW", digits: 2, least: 0.5, lines: [["house", "p"]] },
  { id: "car", name: "Car", unit: "%", digits: 1, least: 1, lines: [["car", "soc"]] },
];

export class Trends {
  constructor() {
    this.rows = [];
    this.cursor = null;
    for (const chart of CHARTS) this.build(chart);
  }

  build(chart) {
    const drawing = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    drawing.append(...[0.25, 0.5, 0.75].map((y) => svg("line", { x1: 0, x2: WIDE, y1: HIGH * y, y2: HIGH * y, class: "ring" })));
    chart.paths = chart.lines.map(([side]) => drawing.appendChild(svg("path", { class: `trend ${side}` })));
    chart.mark = drawing.appendChild(svg("line", { y1: 0, y2: HIGH, class: "mark", visibility: "hidden" }));
    chart.words = element("figcaption", {}, element("b", {}, chart.name), element("span", { class: "readout" }), element("span", { class: "range" }));
    chart.figure = element("figure", { tabindex: "0", role: "group", "aria-label": `${chart.name}; arrow keys read a moment` }, chart.words, drawing);
    const moved = (event) => {
      const box = drawing.getBoundingClientRect();
      this.at(Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)));
    };
    drawing.addEventListener("pointermove", moved);
    drawing.addEventListener("pointerdown", moved);
    drawing.addEventListener("pointerleave", () => this.at(null));
    chart.figure.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
      if (event.key === "Escape") this.at(null);
      if (!step) return;
      event.preventDefault();
      this.at(Math.max(0, Math.min(1, (this.cursor ?? 1) + step)));
    });
    $("trends").append(chart.figure);
  }

  add(status, meter) {
    const now = performance.now();
    this.rows.push({
      t: now, g: meter.g1_mv / 1000, h: meter.h1_mv / 1000, gf: meter.grid_mhz ? meter.grid_mhz / 1000 : null,
      hf: meter.house_mhz ? meter.house_mhz / 1000 : null, p: status.charger_w / 1000,
      soc: status.car_soc_e1 >= 0 ? status.car_soc_e1 / 10 : null,
    });
    while (this.rows[0].t < now - KEPT_MS) this.rows.shift();
    this.draw();
  }

  at(share) {
    this.cursor = share;
    this.draw();
  }

  draw() {
    if (!this.rows.length) return;
    const first = this.rows[0].t, last = Math.max(this.rows[this.rows.length - 1].t, first + 10000);
    const x = (t) => ((t - first) / (last - first)) * WIDE;
    const wanted = this.cursor === null ? this.rows.length - 1 : nearest(this.rows, first + this.cursor * (last - first));
    for (const chart of CHARTS) this.chart(chart, x, this.rows[wanted], this.rows[this.rows.length - 1].t);
  }

  chart(chart, x, row, now) {
    const values = this.rows.flatMap((one) => chart.lines.map(([, key]) => one[key])).filter((v) => v !== null);
    if (!values.length) return say(chart.words.children[1], "no reading");
    let low = Math.min(...values), high = Math.max(...values);
    const short = chart.least - (high - low);
    if (short > 0) [low, high] = [low - short / 2, high + short / 2];
    const y = (v) => HIGH - PAD - ((v - low) / (high - low)) * (HIGH - 2 * PAD);
    chart.lines.forEach(([, key], i) => {
      let pen = "M";
      const path = this.rows.map((one) => {
        if (one[key] === null) { pen = "M"; return ""; }
        const step = `${pen}${x(one.t).toFixed(1)} ${y(one[key]).toFixed(1)}`;
        pen = "L";
        return step;
      });
      chart.paths[i].setAttribute("d", path.join(""));
    });
    chart.mark.setAttribute("visibility", this.cursor === null ? "hidden" : "visible");
    chart.mark.setAttribute("x1", x(row.t));
    chart.mark.setAttribute("x2", x(row.t));
    const one = ([side, key]) => `${chart.lines.length > 1 ? side + " " : ""}${row[key] === null ? "\u2013" : row[key].toFixed(chart.digits)}`;
    const ago = this.cursor === null ? "" : `, ${((now - row.t) / 1000).toFixed(0)} s ago`;
    say(chart.words.children[1], `${chart.lines.map(one).join(", ")} ${chart.unit}${ago}`);
    say(chart.words.children[2], `${Math.min(...values).toFixed(chart.digits)} to ${Math.max(...values).toFixed(chart.digits)}`);
  }
}

function nearest(rows, t) {
  let best = 0;
  rows.forEach((row, i) => { if (Math.abs(row.t - t) < Math.abs(rows[best].t - t)) best = i; });
  return best;
}
