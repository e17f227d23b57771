import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLabExpert } from "../../lib/lab/expert/lab_expert.ts";
import { loadLabBenchmark } from "../../lib/lab/benchmarks.ts";
import type { ChatModel } from "../../lib/models/chat_model.ts";
import type { Task } from "../../lib/records/task.ts";
import { buildIndex } from "../../lib/retrieval/index/build_index.ts";
import { passageSource } from "../../lib/retrieval/index/passage_source.ts";
import type { Retriever } from "../../lib/retrieval/retriever.ts";
import { serveRetriever } from "../../lib/retrieval/server/serve_retriever.ts";
import { openWorkbench } from "../../lib/workbench/open_workbench.ts";

const PASSAGES = [
  { id: "1", title: "Quokka", text: "The quokka lives on Rottnest Island." },
  { id: "2", title: "Kiwi", text: "The kiwi lives in New Zealand." },
];
const task: Task = {
  id: "q",
  benchmark: "animals",
  split: "test",
  question: "Where does the quokka live?",
  answer: "Rottnest Island",
  kind: "qa",
};

/** A model that searches, reads the island's name from the passage, and answers. */
const reader: ChatModel = {
  name: "reader",
  prefixContinuation: "native",
  complete: () =>
    Promise.resolve({
      promptTokens: 1,
      completions: [{
        text: "Thought: I search.\nCode:\n```py\nimport re\n" +
          'text = web_search("quokka")\n' +
          'final_answer(re.search(r"on (\\w+ Island)", text).group(1))\n```<end_code>',
        completionTokens: 1,
        finishReason: "stop",
      }],
    }),
};

Deno.test("one workbench for an index, its address over HTTP, and a retriever", async () => {
  const folder = await mkdtemp(join(tmpdir(), "potstill-workbench-"));
  try {
    const index = join(folder, "index");
    await buildIndex(index, passageSource("animals", PASSAGES, PASSAGES.length));
    const own: Retriever = {
      name: "own",
      search: () => Promise.resolve([{ passage: PASSAGES[0], score: 1 }]),
    };
    const fromIndex = await openWorkbench({ search: index, processes: 1 });
    const { server, url } = await serve(fromIndex.retriever);
    for (const search of [index, url, own]) {
      const bench = await openWorkbench({ search, processes: 1 });
      const { answer, correct } = await bench.solve(reader, task);
      assert.deepEqual([answer, correct], ["Rottnest Island", true], String(search));
      assert.equal(bench.passages, search === index ? 2 : null);
      await bench.close();
    }
    await server.close();
    await fromIndex.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function serve(retriever: Retriever) {
  const server = await serveRetriever(retriever, { port: 0 });
  return { server, url: server.url };
}

Deno.test("without search there is no web_search, without Python only CoT", async () => {
  const bench = await openWorkbench({ search: "none", python: false });
  assert.deepEqual(bench.tools, []);
  assert.throws(() => bench.retriever, /the workbench has search none/);
  const [sum] = loadLabBenchmark("lab-math", { split: "test", count: 1, seed: 0 });
  const expert = createLabExpert({ seed: 0 });
  const cot = await bench.answer(expert, sum, { sample: 2 });
  assert.equal(cot.id, `lab-math/${sum.id}#2`);
  assert.notEqual(cot.answer, null);
  await assert.rejects(bench.solve(expert, sum), /the workbench has python false/);
  await bench.close();
});

Deno.test("a tool of the user's own is called, and told of in the long prompt", async () => {
  const asked: unknown[] = [];
  const bench = await openWorkbench({
    search: "none",
    processes: 1,
    tools: [{
      name: "island_of",
      description: "The island that an animal lives on.",
      parameters: [{ name: "animal", type: "string", description: "its name" }],
      returns: "the island",
      call: ([animal]) => (asked.push(animal), Promise.resolve("Rottnest Island")),
    }],
  });
  const model: ChatModel = {
    ...reader,
    complete: ({ messages }) => {
      assert.match(messages[0].content, /island_of/);
      return Promise.resolve({
        promptTokens: 1,
        completions: [{
          text: 'Thought: I ask.\nCode:\n```py\nfinal_answer(island_of("quokka"))\n```<end_code>',
          completionTokens: 1,
          finishReason: "stop",
        }],
      });
    },
  };
  const { correct } = await bench.solve(model, task);
  assert.equal(correct, true);
  assert.deepEqual(asked, ["quokka"]);
  await bench.close();
});

Deno.test("an unknown place to search is named", async () => {
  await assert.rejects(
    openWorkbench({ search: "no/such/index" }),
    /Cannot search "no\/such\/index": it must be lab, none, the folder/,
  );
});
