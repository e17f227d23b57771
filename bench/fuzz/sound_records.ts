import type { JsonValue } from "@potstill/agent";

type Fields = { readonly [name: string]: JsonValue };

/** One example of each form of benchmark. */
export const BENCHMARK_RECORDS: readonly Fields[] = [
  { id: "1", question: "Q?", answer: "A", dataset_name: "MATH", split: "test" },
  { _id: "5a7a06935542990198eaf050", question: "Q?", answer: "A", supporting_facts: [["T", 0]] },
  { id: "2hop__1_2", question: "Q?", answer: "A", answer_aliases: ["B"], answerable: true },
  { question: "Q?", answer: "So <<1+1=2>>2.\n#### 2" },
  { input: "Q?", code: "x", target: 2.5 },
  { Body: "B.", Question: "Q?", Equation: "1", Answer: 1, ID: "c" },
  { problem: "P", solution: "So \\boxed{\\frac{1}{2}}.", level: "Level 5", type: "Algebra" },
  { ID: "2024-I-1", Problem: "P", Answer: 33 },
  { question: "Q?", golden_answers: ["A", "B"] },
  { question: "Q?", answer: { value: "A", aliases: ["B"] } },
  { question: "Q?", answers: { text: ["A"], answer_start: [0] } },
  { messages: [{ role: "user", content: "Q?" }], answer: "A" },
];

/** A row of `rows.jsonl`. */
export const EVALUATION_ROW: Fields = {
  runId: "r",
  system: "s",
  paradigm: "agent",
  student: null,
  teacher: null,
  model: "m-1B",
  benchmark: "math",
  inDomain: true,
  kind: "math",
  taskId: "t",
  gold: "1",
  prediction: "1",
  verdict: "correct",
  em: null,
  f1: null,
  steps: 1,
  codeSteps: 1,
  toolCalls: 0,
  searchCalls: 0,
  promptTokens: 1,
  completionTokens: 1,
  durationMs: 1,
  voteShare: 0.5,
  samples: 1,
  seed: 0,
  errorKinds: {
    "parse": 0,
    "execution": 0,
    "timeout": 0,
    "max-steps": 0,
    "generation": 0,
    "context-overflow": 0,
  },
};

/** Records of the reference implementation's result files. */
export const RESULTS: readonly Fields[] = [
  { id: 1, question: "Q", answer: "7", response: "So \\boxed{7}.", dataset_name: "MATH", score: 1 },
  {
    model_id: "m",
    question: "Q",
    generated_answer: "7",
    true_answer: "7",
    log_data: {
      source: { id: 4, dataset_name: "MATH" },
      messages: [
        { role: "assistant", content: [{ type: "text", text: "web_search(x)" }] },
        { role: "tool-response", content: "Error: no" },
      ],
    },
  },
];

/** A trajectory of one step of self-consistent action generation. */
export const TRAJECTORY: Fields = {
  id: "b/1#0",
  task: {
    id: "1",
    benchmark: "b",
    split: "train",
    kind: "qa",
    question: "Q?",
    answer: "A",
    aliases: ["B"],
  },
  paradigm: "agent",
  model: "m",
  prompt: [{ role: "system", content: "S" }, { role: "user", content: "Q?" }],
  steps: [{
    index: 0,
    modelOutput: "Thought: x",
    thought: "x",
    code: "print(1)",
    prefix: "T",
    observation: "Observation:\n1",
    toolCalls: [{ name: "web_search", arguments: ["q"], result: "r" }],
    isFinal: true,
    error: { kind: "execution", message: "e" },
    tokens: { prompt: 1, completion: 1 },
    durations: { generateMs: 1, executeMs: 1 },
    candidates: [{
      modelOutput: "x",
      code: null,
      error: null,
      completionTokens: 1,
      result: { logs: "1", output: null, isFinal: false },
    }],
    vote: { chosen: 0, groups: [[0]], share: 1 },
  }],
  answer: "A",
  correct: true,
  seed: 0,
  firstThought: { text: "Thought: x", continuation: "native" },
};

/** A run's manifest. */
export const MANIFEST: Fields = {
  id: "x",
  command: "generate",
  startedAt: "2026-01-01T00:00:00.000Z",
  given: {},
  resolved: { benchmark: "b", seed: 0 },
  revision: null,
  versions: {},
  prompts: { a: "b" },
  machine: { cores: 2, os: "linux", arch: "x86_64" },
};
