// Numbers as a person reads them. Everything shown goes through textContent: nothing the line says becomes markup.

export const LIVE_MV = 25000; // above this a leg is called live, as on the controller's own console
export const $ = (id) => document.getElementById(id);
export const volts = (mv, digits = 1) => `${(mv / 1000).toFixed(digits)} V`;
export const hertz = (mhz, digits = 2) => (mhz ? `${(mhz / 1000).toFixed(digits)} Hz` : "no frequency");
export const kilowatts = (w) => `${w > 0 ? "+" : w < 0 ? "\u2212" : ""}${(Math.abs(w) / 1000).toFixed(2)} kW`;
export const percent = (e1) => (e1 >= 0 ? `${(e1 / 10).toFixed(1)} %` : "unknown");
export const degrees = (cdeg) => `${cdeg < 0 ? "\u2212" : "+"}${(Math.abs(cdeg) / 100).toFixed(2)}\u00b0`;
export const isLive = (legs) => Math.max(...legs) > LIVE_MV;

export function lasted(ms) {
  const s = Math.floor(ms / 1000);
  if (s < 10) return `${(ms / 1000).toFixed(1)} s`;
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Changes the text only where it differs, so that a screen reader is not told the same again and again.
export function say(id, text) {
  const place = typeof id === "string" ? $(id) : id;
  if (place.textContent !== text) place.textContent = text;
}
