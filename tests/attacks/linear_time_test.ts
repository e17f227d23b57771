import assert from "node:assert/strict";
import { cutAtStop } from "@potstill/records/turn/cut_at_stop.ts";
import { parseAction } from "@potstill/agent/parse_action.ts";
import { stripThinking } from "@potstill/records/turn/strip_thinking.ts";
import { writeCode } from "@potstill/agent/write_turn.ts";
import { taskFromRecord } from "@potstill/tasks/task_from_record.ts";
import { showTrajectory } from "@potstill/report/trajectory_display.ts";
import { computes } from "@potstill/evaluation/capability.ts";
import { extractAnswer } from "@potstill/grading/extract_answer.ts";
import { gradeMath } from "@potstill/grading/grade_math.ts";
import { gradeQa } from "@potstill/grading/grade_qa.ts";
import { importResult } from "@potstill/evaluation/import_results.ts";
import { lastBoxed } from "@potstill/grading/last_boxed.ts";
import { readJudgement } from "@potstill/evaluation/llm_judge.ts";
import { repairEscapes } from "@potstill/grading/repair_escapes.ts";
import { modelTier } from "@potstill/evaluation/system_traits.ts";
import { QuestionIndex } from "@potstill/trajectories/question_index.ts";
import { filterTrajectories } from "@potstill/trajectories/filter_trajectories.ts";
import { readFirstThought } from "@potstill/agent/read_first_thought.ts";
import { exportFormats } from "@potstill/training_data/formats/export_formats.ts";
import { importRecord } from "@potstill/trajectories/import/import_record.ts";
import { writtenAnswer } from "@potstill/trajectories/import/python_value.ts";
import { errorIn } from "@potstill/trajectories/import/steps_from_turns.ts";
import { verdictOf } from "@potstill/trajectories/import/fields.ts";
import { labSkills } from "@potstill/lab/benchmarks.ts";
import { readPassage } from "@potstill/lab/corpus/read_passage.ts";
import { readConversation } from "@potstill/agent/scripted/read_conversation.ts";
import { HopReader } from "@potstill/lab/factual/hop_reader.ts";
import { failureKind } from "@potstill/models/openai/endpoint_error.ts";
import { readAnswer } from "@potstill/models/openai/read_answer.ts";
import { retryAfterMs } from "@potstill/models/openai/retry_after.ts";
import { renderPrompt } from "@potstill/agent/prompts/template.ts";
import { markdownHtml } from "@potstill/cli/notebook/markdown_html.ts";
import { safeHtml } from "@potstill/cli/notebook/safe_html.ts";
import { rowShapeProblem } from "@potstill/training_data/training_rows.ts";
import { escapeHtml } from "@potstill/display/escape_html.ts";
import { frameFrom } from "@potstill/display/frame.ts";
import { Table } from "@potstill/display/table.ts";
import { passageOfRecord } from "@potstill/retrieval/corpus/passage_of_record.ts";
import { passageWords, queryWords } from "@potstill/retrieval/words/search_words.ts";
import { parseChatBody } from "@potstill/models/server/parse_chat_body.ts";
import { jsonLine } from "@potstill/runs/jsonl.ts";
import { splitPieces } from "@potstill/tokenizer/pre_tokenizer.ts";
import { viewRecord } from "@potstill/report/viewer/view_record.ts";
import { highlightPython } from "@potstill/report/viewer/page/highlight_python.js";
import type { Trajectory } from "@potstill/records/trajectory.ts";
import { suspiciousTexts } from "./suspicious_texts.ts";

/** Characters of each text; in time that grows with their square none of the below would end soon. */
const LENGTH = 100_000;
/** A guard against hangs. What is measured takes milliseconds. */
const DEADLINE_MS = 20_000;

const imported = (text: string) =>
  importRecord(
    {
      answer: text,
      messages: [
        user(text),
        says(text),
        { role: "tool", content: text },
        says(`<code>\nfinal_answer("""${text}""")\n</code>`),
      ],
    },
    { file: "x.jsonl", line: 1 },
    { benchmark: "x", kind: "qa" },
  );
const task = { id: "1", benchmark: "x", split: "train", kind: "qa" } as const;
const trajectory = (text: string): Trajectory => ({
  id: "x",
  task: { ...task, question: text, answer: text },
  paradigm: "agent",
  model: text,
  prompt: [user(text)],
  steps: [{
    index: 0,
    modelOutput: text,
    thought: text,
    code: text,
    observation: text,
    toolCalls: [{ name: "web_search", arguments: [text], result: text }],
    isFinal: true,
    error: { kind: "execution", message: text },
    tokens: { prompt: 1, completion: 1 },
    durations: { generateMs: 0, executeMs: 0 },
  }],
  answer: text,
  correct: true,
  seed: 0,
});
const user = (content: string) => ({ role: "user" as const, content });
const says = (content: string) => ({ role: "assistant" as const, content });
const choice = (text: string) => ({
  choices: [{ message: { content: text }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1 },
});
const stops = ["Observation:", "<end_code>", "Calling tools:"];

/** Functions that meet the texts of models, strangers and corpora. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  parseAction,
  cutAtStop: (text) => cutAtStop(`${text}Observation:`, stops),
  stripThinking: (text) => stripThinking(`${text}</think`),
  "stripThinking at the end": (text) => stripThinking(`${text}</think>`),
  writeCode,
  importRecord: imported,
  "importRecord of a log": (text) =>
    importRecord({
      log_data: {
        messages: [
          user(text),
          says(text),
          { role: "tool-call", content: `Calling tools:\n[{'arguments': '${text}` },
          { role: "tool-response", content: `Error:\n${text}` },
        ],
      },
    }, { file: "x.jsonl", line: 1 }),
  writtenAnswer: (text) => [writtenAnswer(text), writtenAnswer(`final_answer(${text}`)],
  errorIn: (text) => [errorIn(text), errorIn(`Error:\n${text}`), errorIn(`Call id: ${text}`)],
  verdictOf,
  filterTrajectories: (text) =>
    filterTrajectories([trajectory(text)], {
      mustRetrieve: true,
      mustBeGrounded: true,
      testQuestions: [text],
    }),
  QuestionIndex: (text) => new QuestionIndex([text]).nearest(text),
  exportFormats: (text) => {
    const messages = [user(text), says(text)];
    return Object.values(exportFormats).filter(({ isPreference }) => !isPreference)
      .map((format) => format.rows({ id: "x", messages, learned: [1] }, false));
  },
  viewRecord: (text) => viewRecord(trajectory(text), () => 0),
  showTrajectory: (text) => String(showTrajectory(trajectory(text))),
  highlightPython,
  readFirstThought: (text) => [readFirstThought(text), readFirstThought(`a${text}b`)],
  computes,
  gradeQa: (text) => [gradeQa("yes", text), gradeQa(text, "yes"), gradeQa(text, text)],
  readJudgement,
  importResult: (text) =>
    importResult(
      {
        dataset_name: "hotpotqa",
        answer: "x",
        generated_answer: text,
        log_data: {
          messages: [says(text), { role: "tool-response", content: text }],
        },
      },
      1,
      { system: "x" },
    ),
  modelTier,
  repairEscapes,
  taskFromRecord: (text) =>
    taskFromRecord({ question: text, answer: `#### ${text}x\ny` }, {
      benchmark: "x",
      split: "test",
      kind: "math",
    }, 1),
  readConversation: (text) =>
    readConversation([
      { role: "system", content: `Thought Code ${text}` },
      user(text),
      says(text),
      user(`Execution logs:\n${text}`),
      says(text),
    ]),
  "the lab's skills": (text) => labSkills().map((skill) => skill.recognise(text)),
  readPassage: (text) => readPassage({ title: text, text }),
  HopReader: (text) =>
    new HopReader([{
      thought: text,
      code: null,
      observation: "",
      logs: "",
      passages: [],
      failed: false,
    }])
      .find("Oslo", "currency"),
  readAnswer: (text) => [
    readAnswer(choice(text), { messages: [user("a")], stop: stops }, null),
    readAnswer(choice(text), { messages: [user("a")], stop: stops }, {
      text: "The answer",
      sent: "The answer",
      emulated: true,
    }),
  ],
  failureKind: (text) => [400, 429, 500].map((status) => failureKind(status, text)),
  retryAfterMs: (text) => retryAfterMs({ get: () => text }, 0),
  renderPrompt: (text) => renderPrompt("x", "{{a}}", { a: text }),
  escapeHtml,
  markdownHtml: (text) => markdownHtml(text, () => null),
  safeHtml,
  rowShapeProblem: (text) => rowShapeProblem({ [text]: text, messages: text }),
  Table: (text) => {
    const table = new Table({
      caption: text,
      name: "t",
      columns: ["a"],
      rows: [[text]],
      frame: frameFrom([{ a: text }], { a: "text" }),
    });
    return [table.toMarkdown(), table.toLatex(), table.toCsv(), table.toHtml(), table.toText()];
  },
  passageOfRecord: (text) => passageOfRecord({ contents: text }, "1"),
  passageWords: (text) => passageWords(text, text),
  queryWords,
  parseChatBody: (text) => parseChatBody({ model: text, messages: [user(text)], stop: [text] }),
  extractAnswer: (text) => [extractAnswer(text, "math"), extractAnswer(text, "qa")],
  lastBoxed,
  gradeMath: (text) => [gradeMath("1", text), gradeMath(text, "1")],
  jsonLine,
  splitPieces,
};

for (const [name, read] of Object.entries(readers)) {
  Deno.test(`${name} takes time linear in the text`, () => {
    // What is made once, such as compiled patterns, is no reading.
    tryReading(read, "x");
    for (const { name: made, text } of suspiciousTexts(LENGTH, name === "parseAction")) {
      const startedAt = performance.now();
      tryReading(read, text, made);
      const took = performance.now() - startedAt;
      assert.ok(took < DEADLINE_MS, `${name} of ${LENGTH} characters of ${made}`);
    }
  });
}

/** What is refused is refused in words; no stack or expression gives in. */
function tryReading(read: (text: string) => unknown, text: string, made = text): void {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof Error && /^[A-Z]?[a-z ]+/.test(error.message), made);
    assert.doesNotMatch(error.message, /call stack|regular expression|memory/i, made);
  }
}
