import assert from "node:assert/strict";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { loadResults } from "../../lib/report/load_results.ts";

/** A log in the shape that inspect_ai 0.3.285 writes; tests/peers/inspect_test.ts reads its own logs. */
const sample = (id: string, completion: string, target: string, value: unknown) => ({
  id,
  epoch: 1,
  input: "Q?",
  target,
  metadata: { benchmark: "lab-hotpotqa" },
  messages: [{ role: "user", content: "Q?" }, { role: "assistant", content: completion }],
  output: { completion },
  scores: { pattern: { value, answer: completion, explanation: "why" } },
  model_usage: { m: { input_tokens: 7, output_tokens: 3, total_tokens: 10 } },
});
const header = {
  version: 2,
  status: "success",
  eval: { task: "lab", model: "openai-api/potstill/student" },
};
const samples = [
  sample("a", "<answer>Accra</answer>", "Accra", "C"),
  sample("b", "<answer>Lima</answer>", "Quito", "I"),
  { ...sample("b", "<answer>Quito</answer>", "Quito", 1), epoch: 2 },
];

async function load(name: string, bytes: Uint8Array) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(join(folder, name), bytes);
    return await loadResults([{ path: folder }]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const json = (value: unknown) => strToU8(JSON.stringify(value));

Deno.test("logs of inspect_ai are results in both of their forms", async () => {
  const zip = zipSync({
    "header.json": json(header),
    "samples/b_epoch_1.json": json(samples[1]),
    "samples/a_epoch_1.json": json(samples[0]),
    "samples/b_epoch_2.json": json(samples[2]),
    "summaries.json": json([]),
  });
  const logs = [
    await load("one.json", json({ ...header, samples })),
    await load("one.eval", zip),
  ];
  assert.deepEqual(logs[0].rows, logs[1].rows);
  const { rows, imported } = logs[0];
  assert.deepEqual(rows.map(({ taskId }) => taskId), ["a", "b", "b#2"]);
  assert.deepEqual(rows.map(({ verdict }) => verdict), ["correct", "wrong", "correct"]);
  assert.deepEqual(imported.map(({ recorded }) => recorded), ["correct", "wrong", "correct"]);
  const [{ benchmark, kind, inDomain, model, promptTokens, completionTokens }] = rows;
  assert.deepEqual(
    { benchmark, kind, inDomain, model, promptTokens, completionTokens },
    {
      ...{ benchmark: "lab-hotpotqa", kind: "qa", inDomain: true },
      ...{ model: "openai-api/potstill/student", promptTokens: 7, completionTokens: 3 },
    },
  );
});

Deno.test("a log of inspect_ai that cannot be read says why", async () => {
  await assert.rejects(
    load("one.json", json({ ...header, status: "started", samples: [] })),
    /one\.json: the log of inspect_ai has no samples \(status "started"\)/,
  );
  await assert.rejects(load("one.eval", zipSync({ "a.json": json({}) })), /no "header\.json"/);
  await assert.rejects(load("one.eval", strToU8("no zip")), /one\.eval: /);
  const two = { ...samples[0], target: ["x", "y"] };
  await assert.rejects(
    load("one.json", json({ ...header, samples: [two] })),
    /sample a has 2 targets/,
  );
});
