// Grid and house as phasors, grid leg 1 at zero degrees; the table beside it says the same in figures.

import { $, degrees, element, say, svg, volts } from "./words.js";

const RADIUS = 84;

export function showPhasors(meter, settings) {
  const nominal = settings?.get("nominal_mv")?.value || 120000;
  const legs = [1, 2, 3].filter((leg) => `g${leg}_mv` in meter);
  const apart = legs.length === 2 ? 180 : 120; // split phase, or three phases
  const arrows = [];
  for (const leg of legs) {
    const base = (leg - 1) * -apart;
    arrows.push(["grid", leg, meter[`g${leg}_fund_mv`], base]);
    arrows.push(["house", leg, meter[`h${leg}_fund_mv`], base + meter[`d${leg}_cdeg`] / 100]);
  }
  const drawing = $("phasors");
  if (!drawing.children.length) frame(drawing);
  drawing.lastChild.replaceChildren(...arrows.flatMap(([side, leg, mv, angle]) => arrow(side, leg, mv / nominal, angle)));
  table(meter, legs);
}

function frame(drawing) {
  for (const share of [0.5, 1]) drawing.append(svg("circle", { r: RADIUS * share, class: "ring" }));
  for (const angle of [0, 90]) {
    const [x, y] = at(angle, RADIUS + 6);
    drawing.append(svg("line", { x1: -x, y1: -y, x2: x, y2: y, class: "ring" }));
  }
  drawing.append(svg("g"));
}

const at = (angle, r) => [r * Math.cos((angle * Math.PI) / 180), -r * Math.sin((angle * Math.PI) / 180)];

function arrow(side, leg, pu, angle) {
  if (pu < 0.05) return [];
  const r = RADIUS * Math.min(pu, 1.2);
  const [x, y] = at(angle, r), [ax, ay] = at(angle + 4, r - 9), [bx, by] = at(angle - 4, r - 9);
  const [tx, ty] = at(angle + (side === "grid" ? 9 : -9), r - 14);
  return [
    svg("line", { x1: 0, y1: 0, x2: x, y2: y, class: `phasor ${side}` }),
    svg("path", { d: `M${x} ${y}L${ax} ${ay}L${bx} ${by}Z`, class: `head ${side}` }),
    svg("text", { x: tx, y: ty + 3, class: `name ${side}` }, `${side[0].toUpperCase()}${leg}`),
  ];
}

function table(meter, legs) {
  const body = $("phasor-table").tBodies[0];
  while (body.rows.length < legs.length) {
    const row = body.insertRow();
    row.append(element("th", { scope: "row" }));
    for (let i = 0; i < 4; i += 1) row.insertCell();
  }
  const both = meter.grid_mhz && meter.house_mhz; // without both there is no angle between them
  legs.forEach((leg, i) => {
    const cells = body.rows[i].cells;
    const between = both ? [degrees(meter[`d${leg}_cdeg`]), volts(meter[`d${leg}_mv`], 2)] : ["\u2013", "\u2013"];
    const texts = [`L${leg}`, volts(meter[`g${leg}_mv`]), volts(meter[`h${leg}_mv`]), ...between];
    texts.forEach((text, n) => say(cells[n], text));
  });
  say("slip", both ? `slip ${(meter.slip_mhz / 1000).toFixed(3)} Hz, house minus grid` : "no angle and no slip: one side has no frequency");
}
