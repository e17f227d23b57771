import assert from "node:assert/strict";
import { loadPyodide } from "pyodide";
import { gradeMath } from "@potstill/grading/grade_math.ts";
import type { PastStep } from "@potstill/agent/scripted/read_conversation.ts";
import { mathBenchmarks } from "@potstill/lab/math/math_benchmarks.ts";
import type { QuestionFamily } from "@potstill/lab/question_family.ts";
import { Random } from "@potstill/records/random.ts";

const QUESTIONS_PER_KIND = 12;
const ALLOWED_IMPORTS = ["math"];

const HARNESS = `
import io, contextlib
def run(code):
    out, final = io.StringIO(), []
    with contextlib.redirect_stdout(out):
        exec(code, {"final_answer": final.append})
    return [out.getvalue(), str(final[0]) if final else None]
run
`;

Deno.test("the expert's programs give the gold answer when run", async () => {
  const run = (await loadPyodide()).runPython(HARNESS);
  for (const benchmark of mathBenchmarks) {
    for (const { family } of benchmark.families) {
      for (let i = 0; i < QUESTIONS_PER_KIND; i++) checkOne(family, benchmark.splits, i, run);
    }
  }
});

function checkOne(
  family: QuestionFamily,
  splits: readonly ("train" | "test")[],
  index: number,
  run: (code: string) => { toJs(): [string, string | undefined] },
) {
  const random = new Random(`programs/${family.name}/${index}`);
  const split = splits[index % splits.length];
  let draft = null;
  for (let i = 0; draft === null && i < 500; i++) draft = family.draw(random.fork(i), split);
  assert.ok(draft !== null, family.name);
  const problem = family.skill.recognise(draft.question);
  assert.ok(problem !== null, draft.question);

  const steps: PastStep[] = [];
  let text = 0;
  while (steps.length < 3) {
    const action = problem.act({
      random: random.fork(`step-${steps.length}`),
      steps,
      prefix: "",
      repairing: false,
      flaw: null,
    });
    for (const [, name] of action.code.matchAll(/import (\w+)/g)) {
      assert.ok(ALLOWED_IMPORTS.includes(name), name);
    }
    text += action.thought.length + action.code.length;
    const [logs, final] = run(action.code).toJs();
    if (final !== undefined) {
      const { verdict } = gradeMath(draft.answer, final);
      assert.equal(verdict, "correct", `${draft.question}\n${action.code}\n${final}`);
      assert.ok(text <= 700, `${text} characters: ${draft.question}`);
      return;
    }
    steps.push({ ...action, observation: "", logs, passages: [], failed: false });
  }
  assert.fail(`no final answer: ${draft.question}`);
}
