import assert from "node:assert/strict";
import { Random } from "../../lib/records/random.ts";
import { Sampler } from "../../lib/student/generate/sampler.ts";
import { SampleText } from "../../lib/student/generate/sample_text.ts";
import { StreamDecoder } from "../../lib/tokenizer/stream_decoder.ts";

/** Probabilities after temperature and top-p, as the definitions say. */
function distribution(logits: number[], temperature: number, topP: number): number[] {
  const exps = logits.map((logit) => Math.exp((logit - Math.max(...logits)) / temperature));
  const sum = exps.reduce((a, b) => a + b);
  const order = logits.map((_, i) => i).sort((a, b) => exps[b] - exps[a] || a - b);
  const kept: number[] = [];
  let mass = 0;
  for (const i of order) {
    if (mass >= topP) break;
    mass += exps[i] / sum;
    kept.push(i);
  }
  return logits.map((_, i) => kept.includes(i) ? exps[i] / sum / mass : 0);
}

Deno.test("tokens are drawn with the probabilities of temperature and top-p", () => {
  const random = new Random("draw");
  for (const [temperature, topP] of [[1, 1], [0.4, 0.8], [1.5, 0.5], [0.7, 0.95]]) {
    const logits = Array.from({ length: 12 }, () => 2 * random.normal());
    const sampler = new Sampler(12);
    const counts = new Array(12).fill(0);
    const draws = 20_000;
    // Offset 3: the row may begin anywhere.
    const row = Float32Array.from([9, 9, 9, ...logits, 9]);
    for (let n = 0; n < draws; n++) {
      counts[sampler.pick(row, 3, { temperature, topP }, () => random.next())]++;
    }
    distribution(logits, temperature, topP).forEach((p, i) => {
      const sigma = Math.sqrt(p * (1 - p) / draws);
      assert.ok(Math.abs(counts[i] / draws - p) <= 5 * sigma + 1e-9, `${i}: ${counts[i]} ${p}`);
    });
  }
});

Deno.test("temperature 0 takes the best and draws no number", () => {
  const sampler = new Sampler(4);
  const never = () => assert.fail("a number was drawn");
  const pick = (logits: number[]) =>
    sampler.pick(Float32Array.from(logits), 0, { temperature: 0, topP: 0.1 }, never);
  assert.equal(pick([1, 3, 2, 3]), 1);
  assert.equal(pick([-Infinity, -5, NaN, -6]), 1);
  assert.throws(() => pick([NaN, NaN, NaN, NaN]), /no logit is a finite number/);
});

Deno.test("ids beyond the candidates are never drawn", () => {
  const sampler = new Sampler(3, 2);
  const logits = Float32Array.from([0, 1, 50]);
  for (const temperature of [0, 1]) {
    assert.equal(sampler.pick(logits, 0, { temperature, topP: 1 }, () => 0.9), 1);
  }
  assert.ok(Math.abs(sampler.logprob(logits, 0, 2)) < 1e-6);
});

Deno.test("the ends of the unit interval draw tokens with probability", () => {
  const sampler = new Sampler(3);
  const logits = Float32Array.from([0, -1000, 0]);
  for (const topP of [1, 0.9]) {
    for (const u of [0, 1 - 2 ** -32]) {
      assert.notEqual(sampler.pick(logits, 0, { temperature: 1, topP }, () => u), 1);
    }
  }
});

Deno.test("log-probabilities are those of the softmax", () => {
  const logits = [1, 2, 3, -4];
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
  const got = new Sampler(4).logprob(Float32Array.from(logits), 0, 2);
  assert.ok(Math.abs(got - Math.log(Math.exp(3) / sum)) < 1e-9);
});

Deno.test("the first stop text to appear cuts the text", () => {
  const letters = { bytesOf: (id: number) => Uint8Array.of(id) };
  const write = (text: string, stops: string[]) => {
    const sample = new SampleText(new StreamDecoder(letters), stops);
    for (const byte of new TextEncoder().encode(text)) {
      if (sample.push(byte)) return { text: sample.text, stopped: true };
    }
    return { text: sample.end(), stopped: false };
  };
  assert.deepEqual(write("one two", ["two"]), { text: "one ", stopped: true });
  assert.deepEqual(write("aab", ["ab", "b"]), { text: "a", stopped: true });
  assert.deepEqual(write("é東", ["東"]), { text: "é", stopped: true });
  assert.deepEqual(write("plain", ["", "plains"]), { text: "plain", stopped: false });
});

Deno.test("top-k and min-p leave out what a plain sort leaves out, alone and with top-p", () => {
  const random = new Random(11);
  for (let round = 0; round < 200; round++) {
    const size = random.integer(2, 300);
    const logits = Float32Array.from({ length: size }, () => Math.round(20 * random.next()) / 4);
    const temperature = 0.2 + 2 * random.next();
    const topK = random.next() < 0.5 ? random.integer(1, size + 3) : undefined;
    const minP = random.next() < 0.5 ? random.next() : undefined;
    const topP = random.next() < 0.5 ? 0.05 + 0.95 * random.next() : 1;
    const allowed = plainlyAllowed(logits, { temperature, topK, minP, topP });
    const sampler = new Sampler(size);
    const drawn = new Set<number>();
    for (let i = 0; i < 400; i++) {
      const options = { temperature, topP, topK, minP };
      drawn.add(sampler.pick(logits, 0, options, () => (i + 0.5) / 400));
    }
    for (const id of drawn) assert.ok(allowed.has(id), `round ${round}: ${id}`);
    if (allowed.size <= 5) assert.equal(drawn.size, allowed.size, `round ${round}`);
  }
});

/** Temperature, min-p, top-k, top-p, one after the other, on the whole sorted row. */
function plainlyAllowed(
  logits: Float32Array,
  { temperature, topK = Infinity, minP = 0, topP }: {
    readonly temperature: number;
    readonly topK?: number;
    readonly minP?: number;
    readonly topP: number;
  },
): Set<number> {
  const top = Math.max(...logits);
  let left = [...logits].map((logit, id) => ({ id, p: Math.exp((logit - top) / temperature) }))
    .sort((a, b) => b.p - a.p || a.id - b.id)
    .filter(({ p }) => p >= minP).filter((_, rank) => rank < topK);
  const sum = left.reduce((total, { p }) => total + p, 0);
  let before = 0;
  if (topP < 1) {
    left = left.filter(({ p }) => {
      const isKept = before < topP * sum;
      before += p;
      return isKept;
    });
  }
  return new Set(left.map(({ id }) => id));
}
