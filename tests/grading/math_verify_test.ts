import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openMathVerify } from "@potstill/evaluation/open_math_verify.ts";
import { gradeRecords } from "@potstill/evaluation/grade_records.ts";
import { delimited } from "@potstill/grading/math_verify/bare_formula.ts";
import { MathVerify } from "@potstill/grading/math_verify/math_verify.ts";
import { verifyRows } from "@potstill/evaluation/verify_rows.ts";
import type { Execution, Interpreter } from "@potstill/interpreter/interpreter.ts";
import { fetchWheels } from "@potstill/interpreter/pyodide/fetch_wheels.ts";
import { defaultPackagesFolder } from "@potstill/interpreter/pyodide/load_guest_image.ts";
import { row } from "../evaluation/rows.ts";

const folder = defaultPackagesFolder();
const hasWheels = folder !== null && await fetchedWheels(folder);
if (!hasWheels) {
  console.log("Math-Verify's wheels cannot be fetched from the Python Package Index: skipped");
}

async function fetchedWheels(folder: string): Promise<boolean> {
  try {
    if (!existsSync(join(folder, "math_verify-0.9.0-py3-none-any.whl"))) {
      const probe = await fetch("https://pypi.org/simple/math-verify/", {
        signal: AbortSignal.timeout(10_000),
      });
      await probe.body?.cancel();
      if (!probe.ok) return false;
    }
    await fetchWheels(["math-verify"], folder);
    return true;
  } catch {
    return false;
  }
}

/** Pairs with the verdicts of Math-Verify 0.9.0 under CPython 3.11, sympy 1.14.0. */
const GOLDEN: readonly (readonly [gold: string, prediction: string, equal: boolean])[] = [
  ["$0.25$", "1/4", true],
  ["1234567", "1,234,567", true],
  ["2.5", "the result comes to 2,5 kg", true],
  ["$\\frac{22}{7}$", "3.14", false],
  ["$5$", "Answer: \\[ 5 \\]", true],
  ["$5$", "It is $\\boxed{5}$, not $6$.", true],
  ["$(1,4]$", "$(1,4)$", false],
  ["$(1,4]$", "$(1, 4]$", true],
  ["$\\{1,2,3\\}$", "\\boxed{\\{3,1,2\\}}", true],
  ["$x^2-1$", "$(x-1)(x+1)$", true],
  ["$x^2-1$", "$(x-1)^2$", false],
  ["$15\\%$", "15", true],
  ["$15\\%$", "0.15", true],
  ["$\\sin^2 t$", "$1-\\cos^2 t$", false],
  ["$y=3x-1$", "$3x - y = 1$", true],
  ["$x<4$", "$4>x$", true],
  ["$x<4$", "$x \\le 4$", false],
  ["$2\\sqrt{7}$", "$\\sqrt{28}$", true],
  [
    "$\\begin{pmatrix}1\\\\2\\end{pmatrix}$",
    "$\\begin{bmatrix}1\\\\2\\end{bmatrix}$",
    true,
  ],
  ["$7$", "The final answer is $7$. I hope it is correct.", true],
  ["$7$", "I cannot tell.", false],
  ["$\\text{Monday}$", "\\boxed{\\text{Monday}}", true],
  ["$\\text{Monday}$", "\\boxed{\\text{Tuesday}}", false],
  ["$3+4i$", "$4i+3$", true],
  ["$2^{100}$", "$2^{100}+1$", false],
  ["$\\log_2 8$", "3", true],
  ["$12$", "#### 12", true],
  ["$x=2$", "$2$", true],
  ["$10^{-3}$", "$0.001$", true],
  ["$1,2$", "$x=1$ and $x=2$", true],
];

Deno.test({
  name: "Math-Verify in the sandbox gives the package's own verdicts, and keeps its deadline",
  ignore: !hasWheels,
  async fn() {
    const mathVerify = await openMathVerify({ processes: 2 });
    try {
      const pairs = GOLDEN.map(([gold, prediction]) => ({ gold, prediction }));
      const grades = await mathVerify.grade(pairs);
      grades.forEach(({ verdict }, i) =>
        assert.equal(verdict, GOLDEN[i][2] ? "correct" : "wrong", JSON.stringify(GOLDEN[i]))
      );
      const endless = [
        { gold: "5", prediction: "$9^{9^{9^9}}$" },
        { gold: "5", prediction: `$${"(".repeat(2_000)}5${")".repeat(2_000)}$` },
        { gold: "5", prediction: "5" },
      ];
      const late = await mathVerify.grade(endless, { deadlineMs: 1_500 });
      assert.deepEqual(late.map(({ verdict }) => verdict), ["unscored", "unscored", "correct"]);
      assert.equal(late[0].why, "Math-Verify did not decide in time");
      // A text that spells Python stays a text.
      const quoted = { gold: "5", prediction: '5")\nraise SystemExit("' };
      assert.equal((await mathVerify.grade([quoted]))[0].verdict, "correct");

      const records = [
        { id: "a", gold: "\\frac{x+2}{7}", prediction: "\\frac{x}{7}+\\frac{2}{7}", aliases: [] },
        { id: "b", gold: "7", prediction: null, aliases: [] },
        { id: "c", gold: "7", prediction: "$8$", aliases: ["8"] },
        { id: "d", gold: "", prediction: "$8$", aliases: [] },
      ];
      const options = { kind: "math", mathPolicy: "math-verify", mathVerify } as const;
      const graded = await gradeRecords(records, options);
      assert.deepEqual(
        graded.map(({ verdict }) => verdict),
        ["correct", "wrong", "correct", "unscored"],
      );

      const rows = [
        row({ kind: "math", gold: "$1,2$", verdict: "wrong", policy: "tolerant" }),
        row({ kind: "qa", gold: "Paris", verdict: "correct" }),
      ];
      const verified = await verifyRows(rows, {
        mathVerify,
        recordOf: ({ taskId, gold }) => ({ id: taskId, gold, prediction: "$2, 1$", aliases: [] }),
      });
      assert.deepEqual([verified[0].verdict, verified[0].policy], ["correct", "math-verify"]);
      assert.deepEqual(verified[1], rows[1]);
    } finally {
      await mathVerify.close();
    }
  },
});

Deno.test("missing wheels are an error that names the command", async () => {
  const empty = await Deno.makeTempDir();
  await assert.rejects(
    openMathVerify({ packagesFolder: empty }),
    /Cannot load the Python package .*`deno task potstill wheels math-verify`/,
  );
  await Deno.remove(empty, { recursive: true });
});

Deno.test("what Math-Verify cannot judge is unscored and says why", async () => {
  const execution: Execution = {
    logs: "",
    output: null,
    error: null,
    isFinal: false,
    finalAnswer: null,
    truncated: false,
    toolCalls: [],
    durationMs: 1,
  };
  const outcomes: Execution[] = [
    { ...execution, output: "(0, 1, False)" },
    { ...execution, output: "(1, 0, False)" },
    { ...execution, error: { kind: "memory", message: "MemoryError" } },
    { ...execution, output: "something else" },
  ];
  const interpreter: Interpreter = {
    open: () =>
      Promise.resolve({
        run: () => Promise.resolve(execution),
        runCandidates: (codes) =>
          Promise.resolve({
            executions: codes.map((_, i) => outcomes[i]),
            commit: () => Promise.resolve(),
          }),
        close: () => Promise.resolve(),
      }),
    close: () => Promise.resolve(),
  };
  const mathVerify = new MathVerify(interpreter);
  const pair = { gold: "1", prediction: "1" };
  const grades = await mathVerify.grade([
    pair,
    pair,
    pair,
    pair,
    { gold: " ", prediction: "1" },
    { gold: "1", prediction: " " },
    { gold: "1", prediction: "1".repeat(100_001) },
  ]);
  assert.deepEqual(grades.map(({ verdict }) => verdict), [
    "unscored",
    "wrong",
    "unscored",
    "unscored",
    "unscored",
    "wrong",
    "unscored",
  ]);
  assert.match(grades[0].why, /cannot read the gold answer/);
  assert.match(grades[2].why, /MemoryError/);
  assert.match(grades[6].why, /100001 characters/);
  await assert.rejects(
    gradeRecords([{ id: 1, gold: "1", prediction: "1", aliases: [] }], {
      kind: "math",
      mathPolicy: "math-verify",
    }),
    /Cannot grade by math-verify: it is not started/,
  );
});

Deno.test("a formula without delimiters is put between dollar signs, a number or a text is not", () => {
  const formulas = ["x^2+1", "\\frac{1}{2}", "(3,2)", "1,-2", "\\text{Evelyn}", "x = 5", "[2,5)"];
  for (const text of [...formulas, "2x", "\\pi", "Evelyn", "12 \\text{ cm}"]) {
    assert.equal(delimited(text), `$${text}$`);
  }
  const others = ["12", "-5", "1,234", "1,22", "10/9", "28 percent", "7.5%", "$x$", "\\boxed{3}"];
  for (const text of [...others, "I cannot tell.", "The answer is 12", "so it is\n\nx^2", ""]) {
    assert.equal(delimited(text), text);
  }
});
