/**
 * Hostile requests to a running server of chat completions or of `/retrieve`. Without an address, both
 * are started here, one with a small student of random weights. Ends with an error when a server did
 * what it must not: see `fuzz_server.ts`.
 *
 * deno run -A bench/fuzz/requests.ts [--url URL] [--seconds 20] [--seed 0] [--concurrency 8]
 */
import { parseArgs } from "node:util";
import { createStudentModel, serveModels } from "@potstill";
import { serveRetriever } from "@potstill/retrieval";
import { initWeights, studentPreset } from "@potstill/student";
import { madeUpTokenizer } from "../made_up_tokenizer.ts";
import { peakBytes } from "../peak_bytes.ts";
import { fuzzServer } from "./fuzz_server.ts";

const { values } = parseArgs({
  options: {
    url: { type: "string" },
    seconds: { type: "string", default: "20" },
    seed: { type: "string", default: "0" },
    concurrency: { type: "string", default: "8" },
  },
});
const options = {
  seconds: Number(values.seconds),
  seed: values.seed,
  concurrency: Number(values.concurrency),
};
if (!(options.seconds > 0) || !(options.concurrency >= 1)) {
  throw new RangeError("Cannot attack: --seconds and --concurrency must be numbers above 0");
}
const results = values.url === undefined
  ? await attackOwn()
  : { [values.url]: await fuzzServer({ ...options, url: values.url }) };
for (const [name, { sent, orderly, healthMs, faults }] of Object.entries(results)) {
  console.log(
    `${name}: ${sent} hostile requests, ${orderly} orderly ones answered, health within ${healthMs} ms, ` +
      `${faults.length} faults`,
  );
  for (const fault of [...new Set(faults)].slice(0, 20)) console.log(`  ${fault}`);
}
console.log(JSON.stringify({ ...results, peakBytes: peakBytes() }));
Deno.exit(Object.values(results).some(({ faults }) => faults.length > 0) ? 1 : 0);

async function attackOwn() {
  const tokenizer = await madeUpTokenizer();
  const config = studentPreset("0.3M", tokenizer.vocabSize);
  const parts = { config, weights: initWeights(config, 1), tokenizer };
  const model = await createStudentModel(parts, { threads: 1 });
  const { contextTokens } = model;
  const chat = serveModels([{ id: "student", model, logprobs: true, contextTokens }], { port: 0 });
  const passage = { id: "1", title: "Chad", text: "A country. ".repeat(20) };
  const retriever = serveRetriever({
    name: "made up",
    search: (_, topK) =>
      Promise.resolve(Array.from({ length: topK }, (_, i) => ({ passage, score: 1 / (i + 1) }))),
  }, { port: 0 });
  const half = { ...options, seconds: options.seconds / 2 };
  return {
    chat: await fuzzServer({ ...half, url: chat.baseUrl }),
    retrieve: await fuzzServer({ ...half, url: retriever.url }),
  };
}
