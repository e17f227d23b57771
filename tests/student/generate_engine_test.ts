import assert from "node:assert/strict";
import { GenerationError } from "../../lib/models/chat_model.ts";
import type { Generated, GenerateRequest } from "../../lib/student/generate/generate_request.ts";
import type { StudentEngineOptions } from "../../lib/student/generate/engine_options.ts";
import { cacheShape } from "../../lib/student/generate/group_pools.ts";
import { openStudentSession } from "../../lib/student/generate/open_student_session.ts";
import { Prefill } from "../../lib/student/generate/prefill.ts";
import { PrefixCache } from "../../lib/student/generate/prefix_cache.ts";
import { StudentEngine } from "../../lib/student/generate/student_engine.ts";
import { randomIds, smallStudent } from "./small_student.ts";

const parts = await smallStudent();
const { tokenizer } = parts;
const ids = (length: number, seed: string) => randomIds(tokenizer, length, seed);

async function withEngine<T>(
  work: (engine: StudentEngine) => Promise<T>,
  options: StudentEngineOptions = {},
  student = parts,
): Promise<T> {
  const engine = await StudentEngine.create(student, { threads: 1, ...options });
  try {
    return await work(engine);
  } finally {
    await engine.dispose();
  }
}

/** Several requests that differ in everything, with sampled tokens. */
function mixedRequests(): GenerateRequest[] {
  return Array.from({ length: 12 }, (_, i) => ({
    prompt: ids(3 + 61 * i, `mixed ${i}`),
    samples: [1, 1, 3, 8][i % 4],
    temperature: [0, 0.7, 1, 1.5][(i * 7) % 4],
    topP: i % 3 === 0 ? 0.8 : 1,
    maxNewTokens: 5 + 13 * i,
    seed: i,
    logprobs: true,
  }));
}

Deno.test("each token drawn has the log-probability of a run over the whole text", async () => {
  for (const heads of [2, 4]) {
    const student = await smallStudent({ num_key_value_heads: heads });
    await withEngine(
      async (engine) => {
        for (const length of [1, 2, 5, 64, 300, 600]) {
          const prompt = ids(length, `whole ${length}`);
          const request = { prompt, samples: 3, temperature: 1, maxNewTokens: 90, logprobs: true };
          for (const sample of (await engine.generate(request)).samples) {
            const whole = Int32Array.from([...prompt, ...sample.ids]);
            const expected = (await engine.sequenceLogprobs(whole)).subarray(length);
            assert.equal(sample.logprobs!.length, expected.length);
            sample.logprobs!.forEach((got, i) =>
              assert.ok(Math.abs(got - expected[i]) < 1e-4, `${length}/${i}: ${got} ${expected[i]}`)
            );
          }
        }
      },
      {},
      student,
    );
  }
});

Deno.test("samples are the same bits alone, together, cached, and with other capacities", async () => {
  const requests = mixedRequests();
  const alone: Generated[] = [];
  for (const request of requests) {
    alone.push(await withEngine((engine) => engine.generate(request)));
  }
  const together = await withEngine((engine) =>
    Promise.all(requests.map((request) => engine.generate(request)))
  );
  const reversed = await withEngine(
    async (engine) => {
      for (const request of requests) await engine.generate({ ...request, maxNewTokens: 1 });
      const results = await Promise.all(requests.toReversed().map((r) => engine.generate(r)));
      assert.ok(results.some(({ cachedTokens }) => cachedTokens > 0));
      return results.toReversed();
    },
    { maxSamples: 10, threads: 2 },
  );
  requests.forEach((_, i) => {
    assert.deepEqual(together[i].samples, alone[i].samples, `request ${i} together`);
    assert.deepEqual(reversed[i].samples, alone[i].samples, `request ${i} reversed`);
  });
});

Deno.test("sample i of a seed does not depend on how many samples there are", async () => {
  await withEngine(async (engine) => {
    const request = { prompt: ids(40, "n"), temperature: 1, maxNewTokens: 30, seed: "s" };
    const eight = await engine.generate({ ...request, samples: 8 });
    const two = await engine.generate({ ...request, samples: 2 });
    assert.deepEqual(two.samples, eight.samples.slice(0, 2));
    assert.equal(new Set(eight.samples.map(({ text }) => text)).size, 8);
    const other = await engine.generate({ ...request, samples: 2, seed: "t" });
    assert.notDeepEqual(other.samples, two.samples);
  });
});

Deno.test("a prompt that goes on from an earlier one is read from there", async () => {
  await withEngine(async (engine) => {
    const first = ids(200, "chain");
    const { samples } = await engine.generate({ prompt: first, maxNewTokens: 20 });
    const next = Int32Array.from([...first, ...samples[0].ids, ...ids(30, "observation")]);
    const got = await engine.generate({ prompt: next, maxNewTokens: 20 });
    assert.equal(got.cachedTokens, 200);
    const fresh = await withEngine((e) => e.generate({ prompt: next, maxNewTokens: 20 }));
    assert.equal(fresh.cachedTokens, 0);
    assert.deepEqual(got.samples, fresh.samples);
    assert.equal(engine.statistics.cachedTokens, 200);
    assert.equal(engine.statistics.promptTokens, 200 + next.length);
  });
});

Deno.test("a prompt gives the same bits wherever it was cut", async () => {
  // Heads of 16 and of 64: blocks of 32 and 128 rows.
  const oneHead = { num_attention_heads: 1, num_key_value_heads: 1 };
  for (const shape of [{ num_key_value_heads: 2 }, { num_key_value_heads: 4 }, oneHead]) {
    const student = await smallStudent(shape);
    const session = await openStudentSession(student, "float32", {});
    for (const length of shape === oneHead ? [257, 260] : [97, 100]) {
      const prompt = ids(length, "cut");
      const readInParts = async (...ends: number[]) => {
        const prefill = new Prefill(session, cacheShape(student.config), new PrefixCache(1e8));
        for (const end of ends) await prefill.read(prompt.slice(0, end));
        return await prefill.read(prompt);
      };
      const whole = await readInParts();
      for (let cut = 17; cut < length - 1; cut++) {
        const { logits, keyValues, cachedTokens } = await readInParts(cut);
        assert.equal(cachedTokens, cut);
        assert.deepEqual({ logits, keyValues }, {
          logits: whole.logits,
          keyValues: whole.keyValues,
        });
      }
    }
    await session.release();
  }
});

Deno.test("the cache of prompts stays within its memory", async () => {
  const perToken = 8 * 3 * 2 * 16 + 4;
  await withEngine(async (engine) => {
    const chain = (i: number) => engine.generate({ prompt: ids(100, `p${i}`), maxNewTokens: 1 });
    for (let i = 0; i < 4; i++) await chain(i);
    assert.equal((await chain(3)).cachedTokens, 98);
    assert.equal((await chain(0)).cachedTokens, 0);
  }, { prefixCacheBytes: 250 * perToken });
});

Deno.test("stop texts end a sample wherever they fall in its tokens", async () => {
  await withEngine(async (engine) => {
    const request = { prompt: ids(30, "stop"), temperature: 1, maxNewTokens: 60, seed: 3 };
    const { text } = (await engine.generate(request)).samples[0];
    for (const [from, to] of [[5, 6], [7, 12], [10, 25], [0, 3]]) {
      const stop = text.slice(from, to);
      const [cut] = (await engine.generate({ ...request, stop: ["never", stop] })).samples;
      assert.equal(cut.text, text.slice(0, text.indexOf(stop)));
      assert.equal(cut.finishReason, "stop");
    }
    assert.equal(
      (await engine.generate({ ...request, stop: [] })).samples[0].finishReason,
      "length",
    );
  });
});

Deno.test("text is told as it is written, and no part of a stop text", async () => {
  await withEngine(async (engine) => {
    const request = { prompt: ids(30, "told"), temperature: 1.5, maxNewTokens: 60, samples: 3 };
    const [{ text }] = (await engine.generate(request)).samples;
    const stops = [text.slice(40, 46), "\n\nnever written"];
    for (const stop of [[], stops]) {
      const parts: string[][] = [[], [], []];
      const { samples } = await engine.generate({
        ...request,
        stop,
        onText: (sample, part) => parts[sample].push(part),
      });
      samples.forEach((sample, i) => {
        assert.ok(sample.text.startsWith(parts[i].join("")), `sample ${i}`);
        assert.ok(parts[i].every((part) => part.isWellFormed() && part !== ""));
      });
      if (stop.length > 0) assert.ok(samples[0].text.length <= 40);
      else assert.ok(parts.flat().length > 40, `${parts.flat().length} parts`);
    }
  });
});

Deno.test("special tokens end a sample and are not in its text", async () => {
  const student = await smallStudent();
  const end = tokenizer.specialId("<|im_end|>");
  const { shape, data } = student.weights.get("model.embed_tokens.weight")!;
  const loud = data.slice();
  // A long embedding is likely under a tied output layer.
  for (let i = 0; i < shape[1]; i++) loud[end * shape[1] + i] *= 3;
  student.weights.set("model.embed_tokens.weight", { shape, data: loud });
  await withEngine(
    async (engine) => {
      const { samples } = await engine.generate({
        prompt: ids(20, "end"),
        samples: 20,
        temperature: 1,
        maxNewTokens: 200,
      });
      const stopped = samples.filter(({ finishReason }) => finishReason === "stop");
      assert.ok(stopped.length > 5, `${stopped.length} samples stopped`);
      for (const { ids, text } of stopped) {
        assert.ok(tokenizer.isSpecial(ids.at(-1)!));
        assert.equal(text, tokenizer.decode(ids.subarray(0, -1)));
      }
    },
    {},
    student,
  );
});

Deno.test("a sample ends with the longest sequence, and a longer prompt is an error", async () => {
  await withEngine(async (engine) => {
    const [sample] = (await engine.generate({ prompt: ids(90, "long") })).samples;
    assert.equal(sample.ids.length, 10);
    assert.equal(sample.finishReason, "length");
    await assert.rejects(engine.generate({ prompt: ids(100, "limit") }), (error: Error) => {
      assert.ok(error instanceof GenerationError);
      assert.match(error.message, /100 tokens, and the student reads at most 99/);
      return true;
    });
    assert.equal((await engine.sequenceLogprobs(ids(100, "limit"))).length, 100);
    await assert.rejects(engine.sequenceLogprobs(ids(101, "limit")), GenerationError);
  }, { maxTokens: 100 });
});

Deno.test("an aborted request ends, and the others go on as if it had not been", async () => {
  await withEngine(async (engine) => {
    const request = { prompt: ids(50, "abort"), temperature: 1, maxNewTokens: 60, seed: 1 };
    const alone = await engine.generate(request);
    const controller = new AbortController();
    const aborted = engine.generate({
      prompt: ids(70, "given up"),
      samples: 4,
      maxNewTokens: 900,
      signal: controller.signal,
    });
    const other = engine.generate(request);
    setTimeout(() => controller.abort(new Error("enough")), 5);
    await assert.rejects(aborted, /enough/);
    assert.deepEqual((await other).samples, alone.samples);
    await assert.rejects(engine.generate({ ...request, signal: AbortSignal.abort() }));
    assert.deepEqual((await engine.generate(request)).samples, alone.samples);
  });
});

Deno.test("bad requests are refused and name what is wrong", async () => {
  const engine = await StudentEngine.create(parts, { threads: 1 });
  const prompt = ids(5, "bad");
  const cases: [Partial<GenerateRequest>, RegExp][] = [
    [{ prompt: new Int32Array(0) }, /no token/],
    [{ prompt: Int32Array.of(1, 9999) }, /the token 9999/],
    [{ samples: 0 }, /samples must be .* is 0/],
    [{ temperature: -1 }, /temperature .* is -1/],
    [{ topP: 0 }, /topP .* is 0/],
    [{ maxNewTokens: 1.5 }, /maxNewTokens .* is 1.5/],
  ];
  for (const [bad, pattern] of cases) {
    await assert.rejects(engine.generate({ prompt, ...bad }), pattern);
  }
  const pending = engine.generate({ prompt, maxNewTokens: 900 });
  await Promise.all([assert.rejects(pending, /disposed of/), engine.dispose()]);
  await assert.rejects(engine.generate({ prompt }), /disposed of/);
  const { config, weights } = parts;
  const small = { ...config, vocab_size: 100 };
  await assert.rejects(StudentEngine.create({ config: small, weights, tokenizer }), /vocab_size/);
  const narrow = await smallStudent({ hidden_size: 32 });
  await assert.rejects(StudentEngine.create(narrow), /multiple of 16, and is 8/);
  await assert.rejects(StudentEngine.create(parts, { maxSamples: 0 }), /maxSamples/);
});
