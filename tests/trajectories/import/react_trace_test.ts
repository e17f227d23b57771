import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formOfRecord, importRecord } from "@potstill/trajectories/import/import_record.ts";
import { importFiles } from "@potstill/trajectories/import/import_files.ts";
import { readReactTrace } from "@potstill/trajectories/import/react_trace.ts";
import { filterTrajectory } from "@potstill/trajectories/filter_trajectory.ts";

const place = { file: "made_up.json", line: 1 };

function trace(...lines: string[]): string {
  return lines.join("\n");
}

const solved = trace(
  "Thought: I look for the mayor.",
  "Action: search[mayor of Vell]",
  "Observation: Una Pell is the mayor",
  "of Vell.",
  "Thought: It is Una Pell.",
  "Action: finish[Una Pell]",
  "Observation: Episode finished, reward = True",
);

function imported(output: string, more: Record<string, unknown> = {}) {
  const [trajectory] = importRecord(
    { instruction: "Who is the mayor?", input: "", output, ...more },
    place,
  );
  return trajectory;
}

Deno.test("a ReAct trace becomes an agent's attempt with what was observed", () => {
  const { steps, answer, correct, paradigm, prompt, task, imported: source } = imported(solved);
  assert.equal(source.form, "react");
  assert.equal(paradigm, "agent");
  assert.deepEqual([answer, correct, task.question], ["Una Pell", true, "Who is the mayor?"]);
  assert.deepEqual(prompt, [{ role: "user", content: "Who is the mayor?" }]);
  assert.deepEqual(steps.map(({ code }) => code), [
    'print(web_search("mayor of Vell"))',
    'final_answer("Una Pell")',
  ]);
  assert.equal(steps[0].thought, "I look for the mayor.");
  assert.match(
    steps[0].observation,
    /^Observation:\nExecution logs:\nUna Pell is the mayor\nof Vell\.\n/,
  );
  assert.equal(steps[1].observation, "");
  assert.ok(steps[1].isFinal);
  assert.deepEqual(filterTrajectory(imported(solved)).reasons, []);
});

Deno.test("numbered, bold and LangChain's traces are read alike; texts stay as they are", () => {
  const numbered = trace(
    "Question: Who?",
    "Thought 1: Look.",
    'Action 1: Search[a [b] "c" \\ d]',
    "Observation 1: seen",
    '**Action 2:** Finish[it\'s "x"]',
  );
  const { steps, question, reward } = readReactTrace(numbered);
  assert.deepEqual([question, reward], ["Who?", null]);
  assert.deepEqual(steps.map(({ action, argument }) => [action, argument]), [
    ["search", 'a [b] "c" \\ d'],
    ["finish", 'it\'s "x"'],
  ]);
  assert.equal(steps[1].thought, "");
  const chained = trace(
    "Thought: I look.",
    "Action: Search",
    'Action Input: "mayor of Vell"',
    "Observation: Una Pell",
    "Thought: I know.",
    "Final Answer: Una Pell",
  );
  const read = imported(chained);
  assert.deepEqual(read.steps.map(({ code }) => code), [
    'print(web_search("mayor of Vell"))',
    'final_answer("Una Pell")',
  ]);
  const odd = imported(
    trace(
      "Thought: t",
      'Action: search[say "hi"\nthere]',
      "Observation: o",
      "Action: finish[a\\b]",
    ),
  );
  assert.deepEqual(odd.steps.map(({ code }) => code), [
    'print(web_search("say \\"hi\\"\\nthere"))',
    'final_answer("a\\\\b")',
  ]);
  assert.equal(odd.correct, null);
  const two = imported(
    trace(
      "Thought: Go on. Thought: Look.",
      "Action: search[x]",
      "Observation: o",
      "Action: finish[y]",
    ),
  );
  assert.equal(two.steps[0].thought, "Go on. Look.");
});

Deno.test("failed, truncated and other traces are told apart", () => {
  const failed = imported(solved.replace("reward = True", "reward = False"));
  assert.equal(failed.correct, false);
  assert.deepEqual(filterTrajectory(failed).reasons, ["wrong-answer"]);
  for (const cut of ["Action: search[mayor of", "Action: finish[Una", "Thought: It is"]) {
    const whole = trace("Thought: a", "Action: search[x]", "Observation: o", cut);
    const truncated = imported(whole);
    assert.equal(truncated.answer, null, cut);
    const { reasons } = filterTrajectory(truncated);
    assert.ok(reasons.includes("half-turn") && reasons.includes("no-answer"), reasons.join());
  }
  const noEnd = imported(trace("Thought: a", "Action: search[x]", "Observation: o"));
  assert.ok(filterTrajectory(noEnd).reasons.includes("no-answer"));
  assert.throws(
    () =>
      imported(trace("Thought: a", "Action: lookup[river]", "Observation: o", "Action: finish[x]")),
    /it does lookup\[river\], which nothing can be made of/,
  );
  assert.throws(() => importRecord({ output: solved }, place), /it has no question/);
  const answer = imported(
    trace("Thought: I know.", "Action: finish[Oss]", "Observation: Episode finished, reward = 1"),
  );
  assert.deepEqual([answer.paradigm, answer.answer, answer.correct, answer.imported.form], [
    "cot",
    "Oss",
    true,
    "react-answer",
  ]);
  assert.match(answer.steps[0].modelOutput, /<answer>Oss<\/answer>/);
  const again = solved.replace(
    "Thought: It is",
    "Thought: Now let me do a reflection. Thought: It is",
  );
  assert.equal(imported(again).imported.form, "react-reflection");
  assert.throws(() => formOfRecord({ instruction: "Add.", input: "", output: "3" }), /no form/);
});

Deno.test("a text file of traces is imported; an import that fails leaves nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "potstill-react-"));
  try {
    const text = join(folder, "traces.txt");
    writeFileSync(text, `Question: Who is it?\n${solved}\n\nQuestion: And who?\n${solved}\n`);
    const { trajectories, forms } = await importFiles({ files: [text], out: join(folder, "run") });
    assert.equal(trajectories, 2);
    assert.deepEqual(forms, { react: 2 });
    const bad = join(folder, "bad.jsonl");
    writeFileSync(
      bad,
      `{"instruction": "Who?", "output": ${JSON.stringify(solved)}}\n{"x": \n{}\n`,
    );
    const out = join(folder, "failed");
    await assert.rejects(importFiles({ files: [bad], out }), /bad\.jsonl/);
    assert.equal(existsSync(out), false);
    const strange = join(folder, "strange.jsonl");
    writeFileSync(strange, '{"x": 1}\n');
    assert.equal((await importFiles({ files: [strange], out })).records, 0);
    assert.equal(existsSync(out), false);
    await assert.rejects(importFiles({ files: [strange], out, isStrict: true }), /no form/);
    assert.equal(existsSync(out), false);
    // What was in the folder before stays.
    await assert.rejects(
      importFiles({ files: [bad], out: join(folder, "run") }),
      /holds one already/,
    );
    assert.ok(readdirSync(join(folder, "run")).includes("manifest.json"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
