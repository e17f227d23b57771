import assert from "node:assert/strict";
import { isGrounded } from "@potstill/trajectories/is_grounded.ts";
import { preferencePairs } from "@potstill/trajectories/preference_pairs.ts";
import { QuestionIndex } from "@potstill/trajectories/question_index.ts";
import { filterTrajectories, stepBucket } from "@potstill/trajectories/filter_trajectories.ts";
import { importRecord } from "@potstill/trajectories/import/import_record.ts";
import type { Step, ToolCall } from "@potstill/records/step.ts";
import type { Task } from "@potstill/records/task.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";

const task: Task = {
  id: "1",
  benchmark: "b",
  split: "train",
  kind: "qa",
  question: "Who built the tower?",
  answer: "Gustave Eiffel",
};

function step(index: number, more: Partial<Step> = {}): Step {
  return {
    index,
    modelOutput: `Thought: turn ${index}`,
    thought: `turn ${index}`,
    code: "x",
    observation: `Observation:\n${index}`,
    toolCalls: [],
    isFinal: false,
    error: null,
    tokens: { prompt: 1, completion: 1 },
    durations: { generateMs: 0, executeMs: 0 },
    ...more,
  };
}

function trajectory(steps: readonly Step[], more: Partial<Trajectory> = {}): Trajectory {
  return {
    id: "b/1#0",
    task,
    paradigm: "agent",
    model: "m",
    prompt: [{ role: "system", content: "long" }, { role: "user", content: task.question }],
    steps,
    answer: "Gustave Eiffel",
    correct: true,
    seed: 0,
    ...more,
  };
}

const search: ToolCall = {
  name: "web_search",
  arguments: ["tower"],
  result: "It was built by Gustave Eiffel in 1889.",
};
const final = step(1, { observation: "", isFinal: true, code: 'final_answer("Gustave Eiffel")' });
const searched = trajectory([
  step(0, { toolCalls: [search], observation: "Eiffel, Gustave" }),
  final,
]);
const guessed = trajectory([final]);

Deno.test("must retrieve: factual agents that did not search, or whose search failed", () => {
  const failed = trajectory([
    step(0, { toolCalls: [{ ...search, result: null, error: "no" }] }),
    final,
  ]);
  const math = trajectory([final], { task: { ...task, kind: "math" } });
  const cot = trajectory([final], { paradigm: "cot" });
  const { kept, counts } = filterTrajectories([searched, guessed, failed, math, cot], {
    mustRetrieve: true,
  });
  assert.deepEqual(kept, [searched, math, cot]);
  assert.deepEqual(counts, { "no-search": 2 });
  assert.equal(filterTrajectories([guessed]).kept.length, 1);
});

Deno.test("must be grounded: the answer, or all of its words, in one thing seen", () => {
  const seeing = (observation: string, answer = "Gustave Eiffel") =>
    isGrounded(trajectory([step(0, { observation }), final], { answer }));
  assert.equal(seeing("the GUSTAVE EIFFEL, engineer"), true);
  assert.equal(seeing("Eiffel (Alexandre Gustave)"), true);
  assert.equal(seeing("Gustave Flaubert"), false);
  assert.equal(seeing("Gustavez Eiffelx"), false);
  assert.equal(seeing("nothing", "yes"), true);
  assert.equal(isGrounded(guessed), false);
  assert.equal(isGrounded(trajectory([{ ...final, toolCalls: [search] }])), true);
  const { counts } = filterTrajectories([searched, guessed], { mustBeGrounded: true });
  assert.deepEqual(counts, { "ungrounded-answer": 1 });
});

Deno.test("steps: bounds and buckets; the note of the step limit is no turn", () => {
  const limit = step(2, { modelOutput: "", error: { kind: "max-steps", message: "" } });
  const long = trajectory([0, 1, 2, 3, 4, 5].map((i) => step(i)).concat(final));
  assert.equal(stepBucket(trajectory([step(0), step(1), limit])), "2");
  assert.equal(stepBucket(long), "5+");
  const { counts, stepBuckets } = filterTrajectories([guessed, searched, long], {
    minSteps: 2,
    maxSteps: 6,
  });
  assert.deepEqual(counts, { "too-few-steps": 1, "too-many-steps": 1 });
  assert.deepEqual(stepBuckets, { "2": 1 });
});

Deno.test("questions that are nearly the same, and those that only look so", () => {
  const index = new QuestionIndex([
    "In which year was the tower that Gustave Eiffel built in Paris opened?",
    "What is the remainder when 17 is divided by 5?",
    "",
  ]);
  const near = (question: string) => index.nearest(question)?.overlap ?? null;
  assert.equal(near("In which year was the tower that Gustave Eiffel built in Paris opened?"), 1);
  assert.ok(near("In what year was the tower that Gustave Eiffel built in Paris opened")! >= 0.75);
  assert.equal(
    near("In which year was the bridge that Gustave Eiffel built in Porto opened?"),
    null,
  );
  assert.equal(near("In which year was the tower that Gustave Eiffel built in Rome opened?"), null);
  assert.equal(near("What is the remainder when 19 is divided by 5?"), null);
  assert.equal(near("what is the remainder, when 17 is divided by 5"), 1);
  assert.equal(near(""), null);
  assert.throws(() => new QuestionIndex([], 0), /the threshold is 0/);
  const { counts } = filterTrajectories([searched], { testQuestions: ["Who built the tower"] });
  assert.deepEqual(counts, { "near-duplicate-of-test": 1 });
});

Deno.test("imported training data is judged by what it is", () => {
  const code = (text: string) => `Thought: go.\n<code>\n${text}\n</code>`;
  const messages = [
    { role: "user", content: "q" },
    { role: "assistant", content: "no code at all" },
    { role: "user", content: "Error:\nError in code parsing: no" },
    { role: "assistant", content: code("print(1)") },
  ];
  const [repair] = importRecord({ messages, supervision: "last_assistant_only" }, {
    file: "f",
    line: 1,
  });
  assert.deepEqual(filterTrajectories([repair]).counts, {});
  const [all] = importRecord({ messages }, { file: "f", line: 1 });
  assert.deepEqual(filterTrajectories([all]).counts, { "parse-error": 1 });
  const [wrong] = importRecord({ messages: messages.slice(0, 2), answer: "2", score: 0 }, {
    file: "f",
    line: 1,
  });
  assert.deepEqual(filterTrajectories([wrong]).counts, { "no-answer": 1 });
  const empty = trajectory([step(0, { modelOutput: "" })]);
  assert.deepEqual(filterTrajectories([empty]).counts, { "nothing-to-train": 1 });
});

Deno.test("pairs are taken where two trajectories part, and hold no observation", () => {
  const common = step(0, { observation: "Observation:\nsame" });
  const good = trajectory([common, final]);
  const bad = trajectory([common, step(1, { modelOutput: "Thought: wrong" })], {
    id: "b/1#1",
    answer: "X",
    correct: false,
  });
  const other = trajectory([step(0, { modelOutput: "Thought: other" }), final], {
    id: "b/1#2",
    correct: false,
  });
  const ungraded = trajectory([step(0, { modelOutput: "?" })], { id: "b/1#3", correct: null });
  const elsewhere = trajectory([final], { task: { ...task, id: "2" }, correct: false });
  const selection = filterTrajectories([good, bad, other, ungraded, elsewhere]);
  const pairs = preferencePairs(selection, { systemPrompt: "short" });
  assert.equal(pairs.length, 2);
  assert.deepEqual(pairs[0].prompt.map(({ role, content }) => [role, content]), [
    ["system", "short"],
    ["user", task.question],
    ["assistant", common.modelOutput],
    ["user", "Observation:\nsame"],
  ]);
  assert.equal(pairs[0].chosen.content, final.modelOutput);
  assert.equal(pairs[0].rejected.content, "Thought: wrong");
  assert.deepEqual(pairs[0].reasons, ["wrong-answer"]);
  assert.equal(pairs[1].prompt.length, 2);
  assert.equal(pairs[1].rejected.content, "Thought: other");
  assert.equal(preferencePairs(selection, { maxPairsPerTask: 1 }).length, 1);
});

Deno.test("a pair is where two trajectories do something else, not where they word it otherwise", () => {
  const seen = { code: "print(1)", observation: "Observation:\n1" };
  const good = trajectory([step(0, { ...seen, modelOutput: "Thought: I print." }), final]);
  const wrong = step(1, { modelOutput: "Thought: wrong", code: "final_answer(2)", isFinal: true });
  const bad = trajectory([step(0, { ...seen, modelOutput: "Thought: print." }), wrong], {
    id: "b/1#1",
    correct: false,
  });
  const [pair] = preferencePairs(filterTrajectories([good, bad]));
  assert.equal(pair.prompt[2].content, "Thought: I print.");
  assert.deepEqual([pair.chosen.content, pair.rejected.content], [
    final.modelOutput,
    "Thought: wrong",
  ]);
  // Other code that showed the same: the fault lies elsewhere, after another state.
  const roundabout = step(0, { ...seen, modelOutput: "Thought: x.", code: "x = 1\nprint(x)" });
  const late = trajectory([roundabout, wrong], { id: "b/1#2", correct: false });
  assert.deepEqual(preferencePairs(filterTrajectories([good, late])), []);
  // Kept, as it recovered; but its error is not to be preferred.
  const error = { kind: "execution", message: "NameError" } as const;
  const clumsy = trajectory([step(0, { ...seen, code: "prin(1)", error }), final], { id: "b/1#3" });
  assert.deepEqual(preferencePairs(filterTrajectories([clumsy, bad])), []);
});

Deno.test("near duplicates are found in any script, composed or not", () => {
  const index = new QuestionIndex([
    "Wann wurde das Schloß in Nürnberg gebaut?",
    "中国的首都是哪座城市，什么时候建立的？",
    "भारत की राजधानी कौन सा शहर है?",
  ]);
  assert.ok(index.nearest("Wann wurde das Schloss in Nu\u0308rnberg gebaut"));
  assert.ok(index.nearest("中国的首都是哪座城市，是什么时候建立的"));
  assert.ok(index.nearest("भारत की राजधानी कौन सा शहर है"));
  assert.equal(index.nearest("Wann wurde das Schloß in Bayreuth gebaut?"), null);
  assert.equal(index.nearest("日本的最高山是哪座山，什么时候爬的？"), null);
  assert.equal(index.nearest("भारत का सबसे बड़ा शहर कौन सा है?"), null);
});
