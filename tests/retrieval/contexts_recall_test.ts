import assert from "node:assert/strict";
import { join } from "node:path";
import { runIndex } from "../../lib/cli/index.ts";
import { runRetrieve } from "../../lib/cli/retrieve.ts";
import { contextSource, corpusWithContexts } from "../../lib/retrieval/corpus/context_source.ts";
import { passageSource } from "../../lib/retrieval/index/passage_source.ts";
import { openIndex } from "../../lib/retrieval/lance_index.ts";

const lines = (...values: unknown[]) =>
  values.map((value) => JSON.stringify(value) + "\n").join("");

const HOTPOT = [
  {
    _id: "5ab0000055429901b2c30000",
    question: "Which river flows through Millford?",
    answer: "Teal",
    type: "bridge",
    level: "hard",
    supporting_facts: [["Millford", 0], ["Teal (river)", 0]],
    context: [
      ["Millford", ["Millford lies on a river.", " It is small."]],
      ["Teal (river)", ["A long stream."]],
      ["Other", ["Nothing of it."]],
    ],
  },
  {
    _id: "5ab0000055429901b2c30001",
    question: "Who built the mill?",
    answer: "Ann Lee",
    type: "comparison",
    level: "hard",
    supporting_facts: [["The mill", 0]],
    context: [
      ["The mill", ["The mill was built by Ann Lee."]],
      ["Other", ["Nothing of it."]],
      ["Other", ["Another text."]],
    ],
  },
];
const MUSIQUE = {
  id: "2hop__1_22",
  question: "Where does the Teal end?",
  answer: "Bay",
  answerable: true,
  question_decomposition: [],
  paragraphs: [
    { idx: 0, title: "Teal (river)", paragraph_text: "A long stream.", is_supporting: true },
    { idx: 1, title: "Bay", paragraph_text: "The Teal ends here.", is_supporting: true },
  ],
};

/** Runs a command and collects what it prints. */
async function run(command: () => Promise<number>) {
  const { log, error } = console;
  const out: string[] = [];
  const err: string[] = [];
  console.log = (text: string) => out.push(text);
  console.error = (text: string) => err.push(text);
  try {
    return { code: await command(), out, err: err.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

async function withFiles(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "potstill-contexts-" });
  try {
    await Deno.writeTextFile(join(folder, "hotpot.json"), JSON.stringify(HOTPOT));
    await Deno.writeTextFile(join(folder, "musique.jsonl"), lines(MUSIQUE));
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function passagesOf(files: readonly string[]) {
  const source = await contextSource(files);
  const passages = [];
  for await (const { passage } of source.rows(0)) passages.push(passage!);
  return { ...source, passages };
}

Deno.test("paragraphs of questions: each once, with ids that no order of files changes", async () => {
  await withFiles(async (folder) => {
    const files = ["hotpot.json", "musique.jsonl"].map((name) => join(folder, name));
    const { counts, passages, corpus } = await passagesOf(files);
    assert.deepEqual(counts, { questions: 3, paragraphs: 8, passages: 6 });
    assert.deepEqual(passages.map(({ title }) => title).sort(), [
      "Bay",
      "Millford",
      "Other",
      "Other",
      "Teal (river)",
      "The mill",
    ]);
    assert.equal(
      passages.find(({ title }) => title === "Millford")?.text,
      "Millford lies on a river. It is small.",
    );
    const turned = await passagesOf(files.toReversed());
    assert.deepEqual(turned.passages, passages);
    assert.deepEqual(turned.corpus, corpus);
    const alone = await passagesOf([files[1]]);
    const teal = (list: typeof passages) => list.find(({ title }) => title.startsWith("Teal"))?.id;
    assert.equal(teal(alone.passages), teal(passages));
  });
});

Deno.test("paragraphs that the corpus has already are not indexed a second time", async () => {
  await withFiles(async (folder) => {
    const contexts = await contextSource([
      join(folder, "hotpot.json"),
      join(folder, "musique.jsonl"),
    ]);
    const [same, other] = contexts.passages;
    const corpus = passageSource("mine", [
      { ...same, id: "a", text: ` ${same.text}\n` },
      { ...other, id: "b", text: `${other.text} And more.` },
    ]);
    const rows = [];
    for await (const row of corpusWithContexts(corpus, contexts).rows(1)) rows.push(row);
    assert.deepEqual(rows.map(({ row }) => row), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(rows.map(({ passage }) => passage!.id), [
      "b",
      ...contexts.passages.slice(1).map(({ id }) => id),
    ]);
  });
});

Deno.test("paragraphs that are malformed, or not there, are told by file and line", async () => {
  await withFiles(async (folder) => {
    const path = join(folder, "bad.jsonl");
    const bad = { ...HOTPOT[0], context: [["Millford", [7]]] };
    await Deno.writeTextFile(path, lines(HOTPOT[1], bad));
    await assert.rejects(
      contextSource([path]),
      /Cannot read .*bad\.jsonl line 2: context\[0\] must be a list of sentences, not 7/,
    );
    const problems: string[] = [];
    const { counts } = await contextSource([path], {
      onBadRecord: "skip",
      onProblem: (problem) => problems.push(problem),
    });
    assert.deepEqual([counts.questions, problems.length], [1, 1]);
    await Deno.writeTextFile(path, lines({ question: "Q?", answer: "A" }));
    await assert.rejects(
      contextSource([path]),
      /no question of .*bad\.jsonl comes with paragraphs .*; its fields are question, answer/,
    );
  });
});

Deno.test("index --contexts and retrieve --recall: by kind, missing passages apart, as table and JSON", async () => {
  await withFiles(async (folder) => {
    const out = join(folder, "index");
    const hotpot = join(folder, "hotpot.json");
    const built = await run(() => runIndex(["--contexts", hotpot, "--out", out, "--quiet"]));
    assert.equal(built.code, 0, built.err);
    assert.equal(JSON.parse(built.out.at(-1)!).passages, 5);
    const index = await openIndex(out);
    assert.deepEqual(await index.having("title", ["Bay", "Ann's", "Other"]), new Set(["Other"]));
    index.close();
    const told = await run(() =>
      runRetrieve([out, "--recall", hotpot, "--recall-at", "1,5", "--json"])
    );
    assert.equal(told.code, 0, told.err);
    const { benchmark, passages, goldBy, rows } = JSON.parse(told.out[0]);
    assert.deepEqual([benchmark, passages, goldBy], ["hotpotqa", 5, "id"]);
    const [{ mode, questions, count, gold, missing, recall }] = rows;
    assert.deepEqual([mode, questions, count, gold, missing], ["full-text", "all", 2, 3, 0]);
    // "Millford" of two and "The mill" of one are first; of the river's passage one word is asked.
    assert.equal(recall["1"].estimate, 0.75);
    assert.ok(recall["1"].low <= 0.75 && recall["1"].high >= 0.75 && recall["1"].n === 2);
    assert.equal(recall["5"].estimate, 1);

    // Of MuSiQue's two gold passages one is in the index, told by its id.
    const musique = join(folder, "musique.jsonl");
    const other = await run(() => runRetrieve([out, "--recall", musique, "--json"]));
    const row = JSON.parse(other.out[0]).rows[0];
    assert.deepEqual([row.gold, row.missing, row.recall["10"].estimate], [2, 1, 0.5]);
    const table = await run(() => runRetrieve([out, "--recall", musique, "--gold-by", "title"]));
    assert.match(table.out[0], /1 questions of musique, 5 passages, gold passages by title/);
    assert.match(table.out[1], /full-text +all +1 +2 +1 +50\.0/);
    await Deno.writeTextFile(musique, lines({ ...MUSIQUE, paragraphs: [] }));
    const none = await run(() => runRetrieve([out, "--recall", musique]));
    assert.equal(none.code, 1);
    assert.match(none.err, /its questions name no gold passages/);
    const server = await run(() => runRetrieve(["http://127.0.0.1:1", "--recall", musique]));
    assert.equal(server.code, 2);
  });
});
