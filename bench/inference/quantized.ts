/**
 * What smaller weights cost and give: the mean log-probability of the assistants' tokens of a data
 * set of conversations, the share of those tokens that are the likeliest one, and the speed of
 * decoding, for each weight type. Types take turns.
 *
 * deno run -A bench/inference/quantized.ts --student FOLDER --texts FILE.jsonl [--count N]
 * [--rounds N] [--threads N] [--json]
 */
import { parseArgs } from "node:util";
import { loadStudent, type Message } from "@potstill";
import { StudentEngine, tokenizeConversations, WEIGHT_TYPES } from "@potstill/student";
import { peakBytes } from "../peak_bytes.ts";
import { spread } from "../spread.ts";

const { values } = parseArgs({
  options: {
    student: { type: "string" },
    texts: { type: "string" },
    count: { type: "string", default: "50" },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
  },
});
if (values.student === undefined || values.texts === undefined) {
  console.log("skipped: --student FOLDER and --texts FILE.jsonl name what to measure");
  Deno.exit(0);
}
const student = await loadStudent(values.student);
const { tokenizer } = student;
const lines = (await Deno.readTextFile(values.texts)).trim().split("\n");
// From the end of the file: with a data set in order, other texts than most that were trained on.
const conversations = lines.slice(-Number(values.count))
  .map((line) => JSON.parse(line) as { readonly id: string; readonly messages: Message[] });
const { examples } = tokenizeConversations(tokenizer, tokenizer.chatTemplate(), conversations);
const fitting = examples.filter(({ ids }) => ids.length < student.config.max_position_embeddings);
const engines = await Promise.all(
  WEIGHT_TYPES.map(async (type) => ({
    type,
    engine: await StudentEngine.create(student, {
      threads: Number(values.threads),
      weightType: type,
      prefixCacheBytes: 1,
    }),
    speeds: [] as number[],
  })),
);
for (let round = 0; round <= Number(values.rounds); round++) {
  for (const { engine, speeds } of engines) {
    const before = engine.statistics;
    await Promise.all(
      fitting.slice(0, 8).map(({ ids }, i) =>
        engine.generate({
          prompt: ids.subarray(0, 100),
          samples: 8,
          maxNewTokens: 64,
          seed: i,
          temperature: 0.4,
          topP: 0.8,
        })
      ),
    );
    const after = engine.statistics;
    const tokens = after.generatedTokens - before.generatedTokens;
    if (round > 0) speeds.push(1000 * tokens / (after.decodeMs - before.decodeMs));
  }
}
const results = [];
for (const { type, engine, speeds } of engines) {
  let [total, tokens] = [0, 0];
  for (const { ids, trained } of fitting) {
    const logprobs = await engine.sequenceLogprobs(ids);
    for (let i = 0; i < ids.length; i++) {
      if (trained[i] !== 1) continue;
      total += logprobs[i];
      tokens++;
    }
  }
  const result = { type, meanLogprob: total / tokens, tokens, decode: spread(speeds) };
  results.push(result);
  console.log(
    `${type.padEnd(8)} mean log-probability ${
      result.meanLogprob.toFixed(4)
    } of ${tokens} tokens, ` +
      `decoding ${result.decode.median.toFixed(0)} tokens/s (${result.decode.low.toFixed(0)} to ${
        result.decode.high.toFixed(0)
      })`,
  );
  await engine.dispose();
}
console.log(`peak memory ${(peakBytes() / 2 ** 20).toFixed(0)} MiB`);
if (values.json) console.log(JSON.stringify({ student: values.student, results }));
