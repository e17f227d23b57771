import assert from "node:assert/strict";
import { longSystemPrompt, shortSystemPrompt } from "../../lib/agent/agent_prompt.ts";
import { createInterpreter } from "../../lib/interpreter/pyodide/create_interpreter.ts";
import { loadLabBenchmark } from "../../lib/lab/benchmarks.ts";
import { createLabExpert } from "../../lib/lab/expert/lab_expert.ts";
import { openLab } from "../../lib/workbench/open_lab.ts";
import type { ChatModel } from "../../lib/models/chat_model.ts";
import { createStudentModel } from "../../lib/student/student_model.ts";
import { loadPrompts } from "../../lib/agent/prompts/prompt_set.ts";
import type { Task } from "../../lib/records/task.ts";
import { correctedRollout } from "../../lib/trajectories/corrected_rollout.ts";
import {
  correctionConversations,
  correctionPairs,
  rolloutConversation,
} from "../../lib/training_data/rollout_data.ts";
import { tokenizeConversations } from "../../lib/training_data/tokenize_conversations.ts";
import { smallStudent } from "../student/small_student.ts";

const FLAWLESS = { wrongQueryRate: 0, buggyCodeRate: 0, wrongReasoningRate: 0, malformedRate: 0 };
const prompts = await loadPrompts();
const task: Task = {
  id: "1",
  benchmark: "b",
  split: "train",
  kind: "qa",
  question: "How many are a and b together?",
  answer: "5",
} as const;

/** Answers by the number of assistant turns that it sees, and tells how often it was asked. */
function scripted(name: string, turns: readonly string[]): ChatModel & { asked: number } {
  return {
    name,
    asked: 0,
    prefixContinuation: "native",
    complete({ messages }) {
      this.asked++;
      const code = turns[messages.filter(({ role }) => role === "assistant").length];
      const text = `Thought: ${name}\nCode:\n\`\`\`py\n${code}\n\`\`\``;
      const completions = [{ text, finishReason: "stop" as const, completionTokens: 1 }];
      return Promise.resolve({ completions, promptTokens: 1 });
    },
  };
}

async function rollout(
  studentTurns: readonly string[],
  teacherTurns: readonly string[],
  options: Parameters<typeof correctedRollout>[2] = {},
) {
  const interpreter = await createInterpreter({ processes: 1 });
  try {
    const student = scripted("student", studentTurns);
    const teacher = scripted("teacher", teacherTurns);
    const systemPrompt = shortSystemPrompt(prompts);
    return await correctedRollout(
      {
        student: { model: student, systemPrompt, interpreter, prompts, tools: [] },
        teacher: { model: teacher, systemPrompt: longSystemPrompt(prompts, [], [], 5) },
      },
      { task, seed: 1 },
      options,
    );
  } finally {
    await interpreter.close();
  }
}

Deno.test("a right answer is left alone", async () => {
  const got = await rollout(["a = 2", "final_answer(a + 3)"], []);
  assert.equal(got.outcome, "correct");
  assert.deepEqual(got.authors, ["student", "student"]);
  assert.deepEqual(got.corrections, []);
});

Deno.test("the first step that the teacher cannot mend is rewritten; the student goes on", async () => {
  // From a right `a` the teacher ends well, from a wrong `b` it does not.
  const got = await rollout(
    ["a = 2", "b = 30", "final_answer(a + b)"],
    ["a = 2", "b = 3", "final_answer(a + b)"],
  );
  assert.equal(got.outcome, "corrected");
  assert.deepEqual(got.authors, ["student", "teacher", "student"]);
  assert.deepEqual(got.trajectory.steps.map(({ code }) => code), [
    "a = 2",
    "b = 3",
    "final_answer(a + b)",
  ]);
  assert.equal(got.trajectory.correct, true);
  assert.equal(got.trajectory.model, "student");
  const [{ index, student, teacher }] = got.corrections;
  assert.deepEqual([index, student.code, teacher.code], [1, "b = 30", "b = 3"]);
  const short = shortSystemPrompt(prompts);
  assert.equal(got.trajectory.prompt[0].content, short);
  const whole = rolloutConversation(got, null)!;
  assert.deepEqual(whole.messages.map(({ role }) => role).slice(1), [
    "user",
    "assistant",
    "user",
    "assistant",
    "user",
    "assistant",
  ]);
  const [part] = correctionConversations(got, "other");
  assert.equal(part.messages.length, 5);
  assert.equal(part.messages[0].content, "other");
  assert.match(part.messages[4].content, /Thought: teacher[\s\S]*b = 3\n/);
  const [pair] = correctionPairs(got);
  assert.deepEqual(pair.prompt, whole.messages.slice(0, 4));
  assert.match(pair.rejected.content, /b = 30/);
});

Deno.test("a second error is rewritten as well, or the teacher finishes", async () => {
  const student = ["a = 1", "b = 30", "final_answer(a + b)"];
  const teacher = ["a = 2", "b = 3", "final_answer(a + b)"];
  const twice = await rollout(student, teacher, { maxCorrections: 2 });
  assert.deepEqual(twice.authors, ["teacher", "teacher", "student"]);
  assert.equal(twice.outcome, "corrected");
  const once = await rollout(student, teacher);
  assert.deepEqual(once.authors, ["teacher", "teacher", "teacher"]);
  assert.equal(once.corrections.length, 1);
  assert.equal(once.trajectory.correct, true);
  const left = await rollout(student, teacher, { teacherFinishes: false });
  assert.equal(left.outcome, "unsolved");
  assert.deepEqual(left.authors, ["teacher", "student", "student"]);
  assert.equal(rolloutConversation(left, null), null);
});

Deno.test("a wrong final answer is rewritten, and a helpless teacher leaves the attempt", async () => {
  const got = await rollout(["a = 2", "final_answer(a)"], ["a = 2", "final_answer(a + 3)"]);
  assert.deepEqual(got.authors, ["student", "teacher"]);
  assert.equal(got.trajectory.answer, "5");
  const lost = await rollout(["final_answer(1)"], ["final_answer(2)"]);
  assert.equal(lost.outcome, "unsolved");
  assert.equal(lost.trajectory.answer, "1");
  await assert.rejects(rollout([], [], { maxCorrections: 0 }), /maxCorrections must be 1 or more/);
});

Deno.test("in the lab, a student's wrong attempts become conversations that can be trained on", async () => {
  const lab = await openLab();
  const parts = await smallStudent();
  const untrained = await createStudentModel(parts, { threads: 1 });
  const careless = createLabExpert({ ...FLAWLESS, wrongReasoningRate: 0.6, seed: 3 });
  const expert = createLabExpert(FLAWLESS);
  const { interpreter, tools } = lab;
  const teacher = {
    model: expert,
    systemPrompt: longSystemPrompt(prompts, tools, ["math"], 5),
  };
  const run = (model: ChatModel, name: string, count: number, maxNewTokens: number) =>
    Promise.all(
      loadLabBenchmark(name, { split: "train", count, seed: "rollout" }).map((task) => {
        const systemPrompt = shortSystemPrompt(prompts);
        const options = { maxNewTokens };
        const student = { model, systemPrompt, interpreter, tools, prompts, options };
        return correctedRollout({ student, teacher }, { task, seed: 5 }, { maxCorrections: 2 });
      }),
    );
  try {
    const mended = await run(careless, "lab-hotpotqa", 12, 1024);
    const count = (outcome: string) => mended.filter((one) => one.outcome === outcome).length;
    assert.ok(count("corrected") >= 3, JSON.stringify(mended.map((one) => one.outcome)));
    assert.ok(count("corrected") + count("correct") >= 11);
    const steps = mended.flatMap(({ authors }) => authors);
    assert.ok(steps.includes("student") && steps.includes("teacher"));
    // An untrained student writes no action at all: the teacher writes the first one.
    const fresh = await run(untrained, "lab-math", 2, 24);
    const shown = fresh.map(({ authors, trajectory }) => [authors, trajectory.steps]);
    assert.ok(fresh.every(({ authors }) => authors[0] === "teacher"), JSON.stringify(shown));
    const data = [...mended, ...fresh].flatMap((one) => rolloutConversation(one, null) ?? []);
    const { tokenizer } = parts;
    const tokenized = tokenizeConversations(tokenizer, tokenizer.chatTemplate(), data);
    assert.deepEqual(tokenized.dropped, []);
    assert.equal(tokenized.examples.length, data.length);
  } finally {
    await untrained.dispose();
    await lab.close();
  }
});
