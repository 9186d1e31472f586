// A wave record out of the console's lines: the format is written down in firmware/record/waves.py. A block whose
// checksum is wrong is never used; it stays missing and is asked for again.

const LINE = /^((?:wave|end|\d+) .*) ([0-9a-f]{8})$/;
const CHANNELS = 4;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let i = 0; i < 8; i += 1) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

export function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (sum >>> 8) ^ TABLE[(sum ^ byte) & 255];
  return (sum ^ 0xffffffff) >>> 0;
}

const bytesOf = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0) & 255);

export class Record {
  constructor() {
    this.head = null;
    this.blocks = new Map();
    this.bad = 0;
  }

  // One line; true if it was part of the record.
  take(text) {
    const found = LINE.exec(text.trim());
    if (!found) return false;
    if (crc32(bytesOf(found[1])) !== parseInt(found[2], 16)) {
      this.bad += 1;
      return false;
    }
    const cut = found[1].indexOf(" ");
    const word = found[1].slice(0, cut), rest = found[1].slice(cut + 1);
    if (word === "wave") {
      const head = JSON.parse(rest);
      if (head.format !== 1) throw new Error(`the record has format ${head.format}, this page reads 1`);
      this.head = head;
    } else if (word !== "end" && this.head) {
      const frame = Number(word);
      const frames = Math.min(this.head.block_frames, this.head.frames - frame);
      this.blocks.set(frame, unpack(bytesOf(atob(rest)), frames, this.head.tick_frames));
    }
    return true;
  }

  missing() {
    if (!this.head) return 0;
    for (let frame = 0; frame < this.head.frames; frame += this.head.block_frames) {
      if (!this.blocks.has(frame)) return frame;
    }
    return null;
  }

  share() {
    return this.head ? Math.min(1, (this.blocks.size * this.head.block_frames) / this.head.frames) : 0;
  }

  // {head, volts: one array a channel, bits: one number a tick}; the record's own checksum is checked.
  whole() {
    const { frames, tick_frames, uv_per_count, mid, crc } = this.head;
    const counts = Array.from({ length: CHANNELS }, () => new Uint16Array(frames));
    const bits = new Uint32Array(frames / tick_frames);
    for (const [frame, block] of this.blocks) {
      block.counts.forEach((part, channel) => counts[channel].set(part, frame));
      bits.set(block.bits, frame / tick_frames);
    }
    if (crc32(stored(counts, bits, tick_frames)) !== crc) throw new Error("the record's checksum is not the stored one");
    const volts = counts.map((part, channel) => Float32Array.from(part, (x) => ((x - mid) * uv_per_count[channel]) / 1e6));
    return { head: this.head, volts, bits };
  }
}

function stored(counts, bits, tickFrames) {
  const size = 2 * CHANNELS * tickFrames + 4;
  const view = new DataView(new ArrayBuffer(size * bits.length));
  bits.forEach((word, tick) => {
    for (let f = 0; f < tickFrames; f += 1) {
      for (let c = 0; c < CHANNELS; c += 1) view.setUint16(tick * size + 2 * (f * CHANNELS + c), counts[c][tick * tickFrames + f], true);
    }
    view.setUint32(tick * size + size - 4, word, true);
  });
  return new Uint8Array(view.buffer);
}

function unpack(data, frames, tickFrames) {
  let at = 0;
  const counts = [];
  for (let channel = 0; channel < CHANNELS; channel += 1) {
    const order = data[at] >> 4, width = data[at] & 15;
    const x0 = data[at + 1] | ((data[at + 2] & 15) << 8), x1 = (data[at + 2] >> 4) | (data[at + 3] << 4);
    counts.push(rebuilt(data, at + 4, order, width, x0, x1, frames));
    at += 4 + Math.ceil(((frames - 2) * width) / 8);
  }
  const bits = new Uint32Array(frames / tickFrames);
  let runs = data[at];
  for (at += 1; runs > 0; runs -= 1, at += 5) {
    bits.fill((data[at + 1] | (data[at + 2] << 8) | (data[at + 3] << 16) | (data[at + 4] << 24)) >>> 0, data[at]);
  }
  if (at !== data.length) throw new Error(`a block of ${data.length} bytes, ${at} used`);
  return { counts, bits };
}

function rebuilt(data, at, order, width, x0, x1, frames) {
  const out = new Uint16Array(frames);
  out[0] = x0;
  out[1] = x1;
  let held = 0, have = 0;
  for (let i = 2; i < frames; i += 1) {
    while (have < width) {
      held |= data[at] << have;
      at += 1;
      have += 8;
    }
    const u = held & ((1 << width) - 1);
    held >>>= width;
    have -= width;
    const r = (u >>> 1) ^ -(u & 1);
    out[i] = r + (order === 0 ? x0 : order === 1 ? out[i - 1] : 2 * out[i - 1] - out[i - 2]);
  }
  return out;
}

// COMTRADE 2013, ASCII: {cfg, dat} as texts.
export function comtrade({ head, volts, bits }) {
  const EOL = "\r\n";
  const seconds = head.clock_s || head.uptime_s;
  const trigger_us = seconds * 1e6 + (head.tenths % 10000) * 100;
  const first_us = trigger_us - Math.round((head.trigger_frame * 1e6) / head.sample_hz);
  const two = (n) => String(n).padStart(2, "0");
  const when = (us) => {
    const d = new Date(Math.floor(us / 1000));
    return `${two(d.getUTCDate())}/${two(d.getUTCMonth() + 1)}/${d.getUTCFullYear()},${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}.${String(Math.round(us % 1e6)).padStart(6, "0")}`;
  };
  const analog = head.channels.map((name, i) => {
    const gain = head.uv_per_count[i] / 1e6;
    const side = name[0] === "G" ? "grid" : "house";
    return `${i + 1},${name},L${name[1]},${side},V,${gain},${-gain * head.mid},${(i * head.skew_ns) / 1000},0,4095,1,1,P`;
  });
  const digital = head.digital.map((name, i) => `${i + 1},${name},,,0`);
  const cfg = [`Islander,controller,2013`, `${analog.length + digital.length},${analog.length}A,${digital.length}D`, ...analog, ...digital,
    head.nominal_hz, 1, `${head.sample_hz},${head.frames}`, when(first_us), when(trigger_us), "ASCII", 1, "0,0", `${head.clock_s ? "B" : "F"},3`];
  const rows = Array.from(volts[0], (_, n) => {
    const raw = volts.map((part, c) => Math.round((part[n] * 1e6) / head.uv_per_count[c]) + head.mid);
    const word = bits[Math.floor(n / head.tick_frames)];
    return [n + 1, Math.round((n * 1e6) / head.sample_hz), ...raw, ...head.digital.map((_, i) => (word >>> i) & 1)].join(",");
  });
  return { cfg: cfg.join(EOL) + EOL, dat: rows.join(EOL) + EOL };
}
