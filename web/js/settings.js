// Settings, read and compared: against the factory's, or against a file as `islander settings pull` writes it.

import { $, element, say } from "./words.js";

export class Settings {
  constructor(ask) {
    this.ask = ask;
    this.rows = new Map();
    this.file = null;
    $("setting-read").addEventListener("click", () => this.ask(() => this.read()));
    $("setting-save").addEventListener("click", () => this.save());
    $("setting-file").addEventListener("change", (event) => this.compare(event.target.files[0]));
    $("setting-file").addEventListener("click", (event) => { event.target.value = ""; }); // the same file, edited
    $("setting-search").addEventListener("input", () => this.draw());
    $("setting-changed").addEventListener("change", () => this.draw());
  }

  get(name) {
    return this.rows.get(name);
  }

  async read(line = this.line) {
    const rows = await line.rows("settings json");
    this.rows = new Map(rows.map((row) => [row.name, row]));
    $("setting-save").disabled = false;
    this.draw();
  }

  async compare(file) {
    this.file = null;
    if (file) {
      try {
        const found = JSON.parse(await file.text());
        if (typeof found !== "object" || found === null || Array.isArray(found)) throw new Error("expected an object of names and whole numbers");
        for (const [name, value] of Object.entries(found)) {
          if (!Number.isInteger(value)) throw new Error(`${name} is ${JSON.stringify(value)}, expected a whole number`);
        }
        this.file = { name: file.name, values: found };
      } catch (why) {
        say("setting-verdict", `${file.name} can't be used: ${why.message}`);
        return;
      }
    }
    this.draw();
  }

  save() {
    const values = Object.fromEntries([...this.rows.values()].map((row) => [row.name, row.value]).sort());
    const blob = new Blob([JSON.stringify(values, null, 1) + "\n"], { type: "application/json" });
    const link = element("a", { href: URL.createObjectURL(blob), download: "islander-settings.json" });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // [row, the other value, problem]
  compared() {
    const found = [...this.rows.values()].map((row) => {
      const other = this.file ? this.file.values[row.name] : row.factory;
      const out = other !== undefined && (other < row.low || other > row.high);
      return [row, other, out ? "the file's value is not allowed" : ""];
    });
    for (const name of Object.keys(this.file?.values ?? {})) {
      if (!this.rows.has(name)) found.push([{ name, value: "", unit: "", source: "" }, this.file.values[name], "this controller has no such setting"]);
    }
    return found;
  }

  draw() {
    if (!this.rows.size) return;
    const search = $("setting-search").value.trim().toLowerCase();
    const only = $("setting-changed").checked;
    const all = this.compared();
    const differs = ([row, other, problem]) => problem || (other !== undefined && other !== row.value);
    const count = all.filter(differs).length;
    const against = this.file ? this.file.name : "the factory's";
    say("against", this.file ? "File" : "Factory");
    say("setting-count", `${this.rows.size} on the controller`);
    say("setting-verdict", count ? `${count} differ from ${against}` : `no difference from ${against}`);
    const shown = all.filter((one) => (!only || differs(one)) && one[0].name.includes(search));
    $("setting-table").tBodies[0].replaceChildren(...shown.map((one) => this.row(one, differs(one))));
  }

  row([row, other, problem], differs) {
    const cell = (text, attributes = {}) => element("td", attributes, String(text ?? "\u2013"));
    const mark = differs ? "\u2260 " : "";
    return element("tr", differs ? { class: problem ? "bad" : "differs" } : {},
      element("th", { scope: "row" }, `${mark}${row.name}`), cell(row.value, { class: "number" }), cell(other, { class: "number" }),
      cell(row.unit), cell(row.low === undefined ? "\u2013" : `${row.low}\u2026${row.high}`), cell(problem || row.source));
  }
}
