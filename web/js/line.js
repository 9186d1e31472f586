// The console's own line protocol over any port with `readable` and `writable` (Web Serial's, or a bridge to a
// simulation). It types reading commands only: whatever else is asked of it is refused here, before it is sent.

const READS = [
  /^(status|meter|why|charger|version|counters|clock|selftest|settings) json$/,
  /^events( after \d{1,9}| \d{1,4})? json$/,
  /^wave list json$/,
  /^wave get \d{1,9} from \d{1,9}$/,
];
const PROMPT = /(?:^|[\r\n])([A-Z][A-Z0-9_]{2,20})> $/;
const REPL = />>> $/;
const SILENCE_MS = 6000;
const QUIET_MS = 150;

export class Trouble extends Error {}

export const isReading = (command) => READS.some((form) => form.test(command));

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export class Line {
  constructor(port, gone) {
    this.port = port;
    this.gone = gone; // called once when the line has ended by itself
    this.heard = "";
    this.state = "";
    this.queue = Promise.resolve();
    this.open_ = false;
  }

  async open() {
    try {
      await this.port.open({ baudRate: 115200 });
    } catch (why) {
      throw new Trouble(`The port can't be opened (${why.message}). Does another program use it?`);
    }
    this.open_ = true;
    this.reader = this.port.readable.getReader();
    this.writer = this.port.writable.getWriter();
    this.listen();
    await this.greet();
  }

  async listen() {
    const decoder = new TextDecoder("ascii");
    try {
      for (;;) {
        const { value, done } = await this.reader.read();
        if (done) break;
        this.heard += decoder.decode(value, { stream: true });
        this.heardAt = performance.now();
      }
    } catch { /* unplugged */ }
    if (this.open_) {
      this.open_ = false;
      this.gone();
    }
  }

  // End what was going on there, and wait for the prompt that nothing follows.
  async greet() {
    this.heard = "";
    await this.send("\x03\r");
    const end = performance.now() + SILENCE_MS;
    while (performance.now() < end && this.open_) {
      await pause(30);
      const quiet = performance.now() - (this.heardAt || 0) > QUIET_MS;
      if (quiet && this.prompted()) return;
      if (quiet && REPL.test(this.heard)) {
        throw new Trouble("MicroPython's own prompt answers: the controller's program does not run. Put it on with `islander deploy`, or restart the controller.");
      }
    }
    throw new Trouble("No answer. Expected the controller's prompt, as in `GRID> `. Is this the controller's port? Take its USB cable out and in again.");
  }

  prompted() {
    const found = PROMPT.exec(this.heard);
    if (found) this.state = found[1];
    return Boolean(found);
  }

  async send(text) {
    try {
      await this.writer.write(new TextEncoder().encode(text));
    } catch {
      throw new Trouble("The line takes nothing more: has the controller been unplugged?");
    }
  }

  // One command at a time; `each` gets every line of the answer as it comes.
  ask(command, each = () => {}) {
    const answer = this.queue.then(() => this.converse(command, each));
    this.queue = answer.catch(() => {});
    return answer;
  }

  async converse(command, each) {
    if (!isReading(command)) throw new Trouble(`This page only reads; "${command}" was not sent.`);
    if (!this.open_) throw new Trouble("Not connected.");
    this.heard = "";
    const lines = [];
    let echo = true;
    await this.send(command + "\r");
    this.heardAt = performance.now();
    for (;;) {
      let cut;
      while ((cut = this.heard.indexOf("\n")) >= 0) {
        const text = this.heard.slice(0, cut).replace(/\r$/, "");
        this.heard = this.heard.slice(cut + 1);
        if (echo) {
          echo = !text.endsWith(command);
        } else {
          lines.push(text);
          each(text);
        }
      }
      if (!echo && this.prompted()) return lines;
      if (!this.open_) throw new Trouble("The line has gone: unplugged, or the simulation has ended.");
      if (performance.now() - this.heardAt > SILENCE_MS) throw new Trouble(`No answer to "${command}" for ${SILENCE_MS / 1000} s.`);
      await pause(8);
    }
  }

  async json(command) {
    const lines = (await this.ask(command)).filter((text) => text.trim());
    try {
      return JSON.parse(lines[lines.length - 1]);
    } catch {
      throw new Trouble(`${command}: ${lines.join(" ").slice(0, 300) || "no answer"}`);
    }
  }

  async rows(command) {
    return (await this.ask(command)).map((text) => {
      try {
        return JSON.parse(text);
      } catch {
        throw new Trouble(`${command}: ${text.slice(0, 300)}`);
      }
    });
  }

  async close() {
    this.open_ = false;
    try { await this.reader?.cancel(); } catch { /* gone already */ }
    try { this.reader?.releaseLock(); this.writer?.releaseLock(); } catch { /* gone already */ }
    try { await this.port.close(); } catch { /* gone already */ }
  }
}
