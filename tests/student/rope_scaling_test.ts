import assert from "node:assert/strict";
import { parseStudentConfig } from "@potstill/student/parse_student_config.ts";
import { rotaryFrequencies } from "@potstill/student/rope_scaling.ts";

const base = {
  hidden_size: 64,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  vocab_size: 10,
};
const parse = (change: object) => parseStudentConfig({ ...base, ...change }, "config.json");

function close(actual: ArrayLike<number>, expected: readonly number[]) {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i] / value - 1) < 1e-9, `${i}: ${actual[i]} instead of ${value}`);
  });
}

Deno.test("Llama 3.2's angles: fast ones kept, slow ones a 32nd, between them a mixture", () => {
  const config = parse({
    model_type: "llama",
    rope_theta: 500_000,
    max_position_embeddings: 131_072,
    rope_scaling: {
      factor: 32,
      high_freq_factor: 4,
      low_freq_factor: 1,
      original_max_position_embeddings: 8192,
      rope_type: "llama3",
    },
  });
  const { frequencies, attentionFactor } = rotaryFrequencies(config, 16);
  assert.equal(attentionFactor, 1);
  const plain = Array.from({ length: 8 }, (_, i) => 500_000 ** (-i / 8));
  const expected = plain.map((f) => {
    const wave = (2 * Math.PI) / f;
    if (wave < 8192 / 4) return f;
    if (wave > 8192) return f / 32;
    const smooth = (8192 / wave - 1) / 3;
    return ((1 - smooth) * f) / 32 + smooth * f;
  });
  assert.ok(expected.some((f, i) => f !== plain[i] && f !== plain[i] / 32), "no mixture at all");
  close(frequencies, expected);
});

Deno.test("Qwen2.5's yarn: 4 times 32,768 tokens", () => {
  const config = parse({
    rope_theta: 1_000_000,
    max_position_embeddings: 32_768,
    rope_scaling: { type: "yarn", factor: 4, original_max_position_embeddings: 32_768 },
  });
  assert.deepEqual(config.rope_scaling, {
    rope_type: "yarn",
    factor: 4,
    original_max_position_embeddings: 32_768,
  });
  const { frequencies, attentionFactor } = rotaryFrequencies(config, 64);
  close([attentionFactor], [0.1 * Math.log(4) + 1]);
  // Pair 11 turns 45 times in 32,768 tokens, pair 12 29 times, pair 19 1.4 times, pair 20 0.93.
  const plain = (i: number) => 1e6 ** (-i / 32);
  close(
    frequencies,
    Array.from({ length: 32 }, (_, i) => {
      const share = Math.min(1, Math.max(0, (i - 11) / (20 - 11)));
      return plain(i) * (share / 4 + 1 - share);
    }),
  );
  const given = parse({
    rope_scaling: { rope_type: "yarn", factor: 4, attention_factor: 1.5, beta_fast: 8 },
  });
  assert.equal(rotaryFrequencies(given, 64).attentionFactor, 1.5);
});

Deno.test("the newer rope_parameters, linear and default scaling", () => {
  const newer = parse({ rope_parameters: { rope_type: "linear", rope_theta: 100, factor: 4 } });
  assert.equal(newer.rope_theta, 100);
  close(rotaryFrequencies(newer, 4).frequencies, [0.25, 0.025]);
  const plain = parse({ rope_parameters: { rope_type: "default", rope_theta: 100 } });
  assert.equal(plain.rope_scaling, undefined);
  close(rotaryFrequencies(plain, 4).frequencies, [1, 0.1]);
  assert.equal(parse({ rope_scaling: null }).rope_scaling, undefined);
});

Deno.test("a scaling that is not known gives one clear error", () => {
  const fails = (rope_scaling: unknown, message: RegExp) =>
    assert.throws(() => parse({ rope_scaling }), message);
  fails(
    { type: "dynamic", factor: 2 },
    /config\.json: rope_scaling\.rope_type must be .*"dynamic"/,
  );
  fails("yarn", /rope_scaling must be an object or null, not "yarn"/);
  fails({ type: "yarn", factor: 0 }, /rope_scaling\.factor must be a positive number, not 0/);
  fails({ type: "yarn", factor: 2, mscale: 0.7 }, /rope_scaling\.mscale must be absent .* not 0.7/);
  const llama3 = { rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
  fails(llama3, /rope_scaling\.original_max_position_embeddings must be a positive number/);
  const original_max_position_embeddings = 8192;
  fails(
    { ...llama3, low_freq_factor: 4, original_max_position_embeddings },
    /low_freq_factor must be below high_freq_factor \(4\), not 4/,
  );
});
