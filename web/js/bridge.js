// The console of a simulation that `make web` found running, in the shape of a Web Serial port.

export async function simulationRuns() {
  try {
    const answer = await fetch("sim", { cache: "no-store" });
    return answer.ok && (await answer.json()).runs;
  } catch {
    return false;
  }
}

export class BridgePort {
  async open() {
    this.stop = new AbortController();
    const answer = await fetch("sim/out", { cache: "no-store", signal: this.stop.signal });
    if (!answer.ok) throw new Error(await answer.text());
    this.readable = answer.body;
    this.writable = new WritableStream({
      async write(data) {
        const sent = await fetch("sim/in", { method: "POST", body: data });
        if (!sent.ok) throw new Error(await sent.text());
      },
    });
  }

  async close() {
    this.stop?.abort();
  }

  getInfo() {
    return {};
  }
}
