import assert from "node:assert/strict";
import { extractAnswer } from "@potstill/grading/extract_answer.ts";
import { gradeQa, tokenF1 } from "@potstill/grading/grade_qa.ts";
import { gradeTask } from "@potstill/grading/grade_task.ts";
import { majorityVote } from "@potstill/grading/majority_vote.ts";
import { normalizeQaAnswer } from "@potstill/grading/normalize_qa_answer.ts";
import { parseDecimal, rational } from "@potstill/grading/rational.ts";

Deno.test("question-answering texts are compared in normal form", () => {
  assert.equal(normalizeQaAnswer("The U.S.A., an  ally"), "usa ally");
  assert.equal(normalizeQaAnswer("Ça va à la fin"), "ça va à la fin");
  assert.equal(normalizeQaAnswer("Anthem of the Sea"), "anthem of sea");
});

Deno.test("F1 counts shared tokens; yes and no never share any", () => {
  assert.ok(Math.abs(tokenF1("new york city", "york city") - 0.8) < 1e-12);
  assert.equal(tokenF1("no", "no way"), 0);
  assert.ok(tokenF1("no", "no way", "musique") > 0);
  assert.ok(Math.abs(tokenF1("a b b c", "b b d") - 2 * (2 / 3) * (2 / 3) / (4 / 3)) < 1e-12);
});

Deno.test("the best of the gold answer and its aliases decides", () => {
  const grade = gradeQa("United Kingdom", "U.K.", { aliases: ["UK", "Britain"] });
  assert.equal(grade.verdict, "correct");
  assert.match(grade.why, /alias "UK"/);
  assert.equal(gradeQa("Paris", "Paris, France").verdict, "wrong");
  assert.equal(gradeQa("Paris", "  ").verdict, "wrong");
  assert.equal(gradeQa(" ", "Paris").verdict, "unscored");
  // Of an article or a sign alone nothing is left in normal form.
  for (const [gold, prediction] of [["The", "an"], ["A", "the"], ["%", "$"], ["The", "."]]) {
    assert.equal(gradeQa(gold, prediction).verdict, "wrong", `${gold} ${prediction}`);
    assert.equal(gradeQa(gold, prediction, { policy: "musique" }).f1, 0);
    assert.equal(gradeQa(gold, gold.toLowerCase()).verdict, "correct");
  }
  for (const text of ["Beyonce\u0301", "BEYONC\u00c9"]) {
    assert.equal(gradeQa("Beyonc\u00e9", text).verdict, "correct");
  }
});

Deno.test("answers are found in tags, boxes, phrases and short replies", () => {
  const cases: [string, "qa" | "math", string, string][] = [
    ["<answer> 1 </answer> no, <answer>2</answer>", "qa", "2", "answer-tag"],
    ["so <answer>\\boxed{\\frac{1}{2}}</answer>", "math", "\\frac{1}{2}", "answer-tag"],
    ["thus \\boxed{3} or rather $\\boxed{4}$.", "math", "4", "boxed"],
    ["First line.\nThe answer is: **Mont Blanc**.\n", "qa", "Mont Blanc", "phrase"],
    ["First line.\nThe final answer is 3.5.", "math", "3.5", "phrase"],
    ["Budapest", "qa", "Budapest", "whole"],
    ["They have 42 apples left.", "math", "42", "last-number"],
    ["They have 42 apples left.", "qa", "They have 42 apples left.", "whole"],
    ["\\boxed{\\text{Budapest}}", "qa", "Budapest", "boxed"],
    [
      "\\begin{pmatrix} 1 \\\\\n 2 \\end{pmatrix}",
      "math",
      "\\begin{pmatrix} 1 \\\\\n 2 \\end{pmatrix}",
      "whole",
    ],
    ["<think>maybe <answer>1</answer></think><answer>2</answer>", "math", "2", "answer-tag"],
    ["cut off <answer>Rome", "qa", "Rome", "answer-tag"],
    ["\\\\boxed{\\\\frac{28}{99}}", "math", "\\frac{28}{99}", "boxed"],
    ["\boxed{\frac{1}{2}}", "math", "\\frac{1}{2}", "boxed"],
    [
      "It costs\n5,605,2400 in all, as I have shown above in every detail that one could ever want to see, and more than that.",
      "math",
      "5,605,2400",
      "last-number",
    ],
  ];
  for (const [text, kind, answer, source] of cases) {
    assert.deepEqual(extractAnswer(text, kind), { answer, source }, text);
  }
});

Deno.test("decimals are read exactly", () => {
  assert.deepEqual(parseDecimal("-1,234.50"), rational(-2469n, 2n));
  assert.deepEqual(parseDecimal("1e3"), rational(1000n));
  assert.deepEqual(parseDecimal(".25"), rational(1n, 4n));
  for (const text of ["", ".", "1,23", "1e9999", "0x10", "--1"]) {
    assert.equal(parseDecimal(text), null, text);
  }
});

Deno.test("plain numbers and fractions are compared exactly", () => {
  const math = (answer: string, prediction: string | null) =>
    gradeTask({ kind: "math", benchmark: "lab-math", answer }, prediction).verdict;
  assert.equal(math("\\frac{3}{2}", "\\boxed{\\dfrac{6}{4}}"), "correct");
  assert.equal(math("0.5", "1/2"), "correct");
  assert.equal(math("\\frac12", "0.5"), "correct");
  assert.equal(math("-\\frac{1}{3}", "\\frac{-1}{3}"), "correct");
  assert.equal(math("1/3", "0.333"), "wrong");
  assert.equal(math("9007199254740993", "9007199254740992"), "wrong");
  assert.equal(math("1000", "1,000"), "correct");
  assert.equal(math("7", null), "wrong");
  assert.equal(math("7", "1/0"), "wrong");
  assert.equal(math(" ", "7"), "unscored");
});

Deno.test("a majority vote groups equal answers and breaks ties by the first", () => {
  const vote = majorityVote(["3", "<answer>1/2</answer>", null, "0.5", "3.0"], "math");
  assert.equal(vote.answer, "3");
  assert.deepEqual(vote.groups, [[0, 4], [1, 3]]);
  assert.equal(vote.share, 0.4);
  assert.deepEqual(majorityVote([null, null], "qa"), {
    answer: null,
    chosen: -1,
    share: 0,
    groups: [],
  });
  assert.equal(majorityVote(["Lyon", "the Lyon.", "Paris"], "qa").share, 2 / 3);
});
