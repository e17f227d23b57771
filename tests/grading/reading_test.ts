import assert from "node:assert/strict";
import { extractAnswer } from "@potstill/grading/extract_answer.ts";
import { gradeMath } from "@potstill/grading/grade_math.ts";
import { lastBoxed } from "@potstill/grading/last_boxed.ts";
import { gradeRecord } from "@potstill/grading/grade_record.ts";
import { repairEscapes } from "@potstill/grading/repair_escapes.ts";

function assertRead(kind: "math" | "qa", cases: readonly (readonly [string, string])[]) {
  for (const [text, answer] of cases) {
    assert.equal(extractAnswer(text, kind).answer, answer, JSON.stringify(text));
  }
}

Deno.test("a sentence gives its last formula, not a number within it", () => {
  assertRead("math", [
    ["The required probability is then \\(\\frac{3}{8}\\), as we saw.", "\\frac{3}{8}"],
    ["Hence the length is $2\\sqrt{3}$ cm.", "2\\sqrt{3}"],
    ["Thus $a = 3 \\times 4 = 12$.", "12"],
    ["The total comes to $5 + 7 = 12$ dollars.", "12"],
    ["So the line is $y = 2x+3$.", "y = 2x+3"],
    ["So it is 5.", "5"],
    ["We get x = 12.", "12"],
    ["It costs $5 for each of the $7 seats.", "7"],
    ["They end with -3411018 stickers in the box", "-3411018"],
    // Without delimiters too.
    ["The probability is \\frac{1}{6}.", "\\frac{1}{6}"],
    ["So x equals \\frac{7}{2}", "\\frac{7}{2}"],
    ["the value of x is then 2\\sqrt{3} units", "2\\sqrt{3}"],
    ["The area is 12π square units.", "12π"],
    ["Therefore the domain is (-∞, 3).", "(-∞, 3)"],
    ["So the set is {1, 2, 3}.", "{1, 2, 3}"],
    ["Hence the product is 2^{10} (as shown above in 3)", "3"],
    // What was cut in a formula is not read out of it.
    ["The height is then $h = \\frac{8}{5}$ so that\n\\[ h = \\frac{8}{4", "h = \\frac{8}{5}"],
    ["The ratio is 3:5 in the end", "3:5"],
    ["In simplest form this is 2 1/2 cups", "2 1/2"],
    ["They need 12 - 4 + 1 of these", "12 - 4 + 1"],
    ["- 12 apples are left for them", "12"],
    ["In all it took 1.5e-7 seconds there", "1.5e-7"],
    ["Hence, the value is 10%.", "10%"],
    ["We find\n\\[\\begin{aligned} x &= 1 + 2 \\\\ &= 3 \\end{aligned}\\]\nfor this sum", "3"],
    ["The diagonal of the square is $d \\approx 1.41$ long", "1.41"],
  ]);
  assert.equal(
    gradeMath("2", extractAnswer("So it must equal $\\frac12$.", "math").answer).verdict,
    "wrong",
  );
});

Deno.test("an answer is read behind every usual phrase and heading", () => {
  assertRead("math", [
    ["Final Answer: The final answer is $0.25$. I hope it is correct.", "$0.25$"],
    ["She has 3*4=<<3*4=12>>12 eggs.\n#### 12", "12"],
    ["Text.\n#### 1,234", "1,234"],
    ["Answer: \\[ \\frac{9}{2} \\]", "\\[ \\frac{9}{2} \\]"],
    ["Answer $ 9 $", "$ 9 $"],
    ["**Answer:** 12", "12"],
    ["**Answer**: 12", "12"],
    ["### Final Answer\n12", "12"],
    ["**Final Answer**\n\n$$12$$", "$$12$$"],
    ["Final answer → 12", "12"],
    ["Ans: 12", "12"],
    ["ANSWER = 12", "12"],
    ["The answer is: (B)", "(B)"],
    ["The correct answer is option (C).", "(C)"],
    ["The answer to the last question is 12.", "12"],
    ["The answer is therefore 12.", "12"],
    ["The answers are 3 and 5.", "3 and 5"],
    ["The answer is $x=1$ and $x=2$.", "$x=1$ and $x=2$"],
    ["The answer is 12 because 3*4=12 and there are 5 more.", "12"],
    ["The answer is $12$, which is the sum of 3 numbers.", "$12$"],
    ["12 is the answer.", "12"],
    ["Therefore, $\\frac{3}{5}$ is our final answer.", "\\frac{3}{5}"],
    ["The answer is 5!.", "5!"],
    [
      "The answer is\n$$\\begin{pmatrix} 1 \\\\\n 2\\end{pmatrix}$$",
      "$$\\begin{pmatrix} 1 \\\\\n 2\\end{pmatrix}$$",
    ],
    ["所以最终答案是 $\\frac12$。", "$\\frac12$"],
    ["答案:12", "12"],
    ["La réponse finale est 12.", "12"],
    ["Ответ: 12", "12"],
    ["My answer is that it's 12", "12"],
    ["Answer (rounded): 12.5", "12.5"],
    ["---\n**Answer**\n---\n12", "12"],
    ["Therefore, option (B) is correct.", "(B)"],
    ["So, the answer is:\n\n- x = 3", "x = 3"],
    ['```json\n{"reason": "5 of 7", "answer": "12"}\n```', "12"],
    ["I am done: final_answer(12)", "12"],
    ["[ANSWER]12[/ANSWER]", "12"],
    ["$\\text{Answer: } 12$", "12"],
    ["Result: 12", "12"],
    // Titles with four hashes are no answers.
    ["#### Step 2: simplify\nThere are 12 apples left over", "12"],
  ]);
  assertRead("qa", [
    ["The answer is J. R. R. Tolkien.", "J. R. R. Tolkien"],
    ["The answer is St. Louis, Missouri.", "St. Louis, Missouri"],
    ["So the answer is Dr. No.", "Dr. No"],
    ["Paris is the answer.", "Paris"],
    ["The answer is **Paris**, the capital of France.", "Paris"],
    ['{"answer": "Paris"}', "Paris"],
    ["The answer is No. 1 Station.", "No. 1 Station"],
    ['**Final Answer:** "The Beatles"', "The Beatles"],
    ["**Answer**: BlackRock", "BlackRock"],
    ["#### Paris", "Paris"],
    ["Answer\nParis", "Paris"],
    ["Final Answer: The final answer is Paris. I hope it is correct.", "Paris"],
    ['The answer is "Who\'s Afraid of Virginia Woolf?"', "Who's Afraid of Virginia Woolf?"],
    ["答案是巴黎。", "巴黎"],
  ]);
});

Deno.test("boxes of every spelling; side by side they are one list; open ones are no answer", () => {
  const cases: [string, string | null][] = [
    ["\\boxed{3}, \\boxed{5} and \\boxed{7}.", "3, 5, 7"],
    ["$x=\\boxed{2}$ or $x=\\boxed{3}$", "2, 3"],
    ["\\boxed{1}, and $a=\\boxed{1}$", "1"],
    ["$a=\\boxed{1}$, $b=\\boxed{2}$", "a = 1, b = 2"],
    ["\\[\\boxed{3}\\]\nand\n\\[\\boxed{5}\\]", "3, 5"],
    ["thus \\boxed{3} or rather $\\boxed{4}$.", "4"],
    ["$\\boxed{3}$\n\n$\\boxed{5}$", "5"],
    ["\\fbox{12}", "12"],
    ["\\framebox{12}", "12"],
    ["\\boxed 5", "5"],
    ["so \\boxed 3.5.", "3.5"],
    ["\\boxed\\frac12", "\\frac12"],
    ["boxed{5}", "5"],
    ["\\boxed{\\boxed{5}}", "5"],
    ["\\boxed{\\{1,2\\}}", "\\{1,2\\}"],
    ["\\boxed{} is where it goes, \\boxed{6}", "6"],
    ["\\boxed{4}, then again \\boxed{5", "4"],
    ["\\boxed{12", null],
    ["unboxed", null],
  ];
  for (const [text, answer] of cases) assert.equal(lastBoxed(text), answer, text);
  assertRead("math", [
    ["\\boxed{\\text{The answer is 460}}", "460"],
    ["\\boxed{The total number of ways is 12}", "12"],
    ["So the answer is 7, \\boxed{\\frac{1", "So the answer is 7, \\boxed{\\frac{1"],
    ["We have \\boxed{5}. Final Answer: The final answer is $6$. I hope it is correct.", "$6$"],
  ]);
});

Deno.test("reasoning, the end of the turn and made-up further examples are left out", () => {
  assertRead("math", [
    ["I think it is 3</think>\n\nThe answer is 4.", "4"],
    ["<|channel|>analysis<|message|>maybe 3<|channel|>final<|message|>\\boxed{4}<|return|>", "4"],
    ["◁think▷ 3 ◁/think▷4", "4"],
    ["<think>The answer is 5.</think>", "5"],
    ["12<|im_end|>\n<|im_start|>user\nand 13?", "12"],
    ["The answer is 7.\n\nQuestion: What is 3+4?\nThe answer is 9.", "7"],
    ["\\boxed{7}\n\nProblem 2:\nWhat?\n\\boxed{9}", "7"],
    // A reply that begins by repeating the question.
    ["Let us see.\nQuestion: What is 3+4?\nThe answer is 7.", "7"],
  ]);
});

Deno.test("escapes are repaired in gold answer and reply alike", () => {
  const cases: [string, string][] = [
    ["\frac{7}{4}", "\\frac{7}{4}"],
    ["\binom{4}{2}", "\\binom{4}{2}"],
    ["3\text{ cm}", "3\\text{ cm}"],
    ["2\times 3", "2\\times 3"],
    ["\u0007lpha", "\\alpha"],
    ["\vec{a}", "\\vec{a}"],
    ["x \neq 3", "x \\neq 3"],
    ["\left(1\right)", "\left(1\\right)"],
    [
      "\\\\begin{pmatrix} 1 \\\\\\\\ 2 \\\\end{pmatrix}",
      "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}",
    ],
    // A row break before a command stays one.
    [
      "\\begin{pmatrix} 1 \\\\\\frac12 \\end{pmatrix}",
      "\\begin{pmatrix} 1 \\\\\\frac12 \\end{pmatrix}",
    ],
    ["name\tan apple", "name\tan apple"],
  ];
  for (const [text, repaired] of cases) assert.equal(repairEscapes(text), repaired);
  assert.equal(gradeMath("\frac{7}{4}", "1.75").verdict, "correct");
  // White space at the ends is taken off after the repair.
  assert.equal(extractAnswer("\frac{7}{4}", "math").answer, "\\frac{7}{4}");
  const whole = { id: 1, gold: "\text{Mon}", prediction: "\text{Mon}", aliases: [] };
  assert.equal(gradeRecord(whole, { kind: "math" }).verdict, "correct");
  const record = { id: 1, gold: "2\times 3", prediction: "\boxed{6}", aliases: [] };
  assert.equal(gradeRecord(record, { kind: "math" }).verdict, "correct");
});

Deno.test("the letter of a choice is read with or without its text", () => {
  const replies = ["D", "(D)", "D.", "Answer: D) 45", "**Answer: D. 45**", "The answer is (D) 45"];
  for (const reply of [...replies, "\\boxed{\\textbf{(D) } 45}", "It is $\\textbf{(D)}\\ 45$."]) {
    for (const [gold, verdict] of [["D", "correct"], ["\\text{(D)}", "correct"], ["A", "wrong"]]) {
      const grade = gradeRecord({ id: 1, gold, prediction: reply, aliases: [] }, { kind: "math" });
      assert.equal(grade.verdict, verdict, `${gold} ${reply}`);
    }
  }
  assert.equal(gradeMath("D", "D + 1").verdict, "wrong");
  // Where one side has no letter, what stands behind the other's is compared.
  for (
    const [gold, prediction] of [["45", "D) 45"], ["\\textbf{(D)}\\ 45", "45"], ["3/4", "(C) 0.75"]]
  ) {
    assert.equal(gradeMath(gold, prediction).verdict, "correct");
    assert.equal(gradeMath(gold, prediction + "1").verdict, "wrong");
  }
  assert.equal(gradeMath("(D) 45", "D").verdict, "correct");
  const others = [["(A)+(B)", "(A)"], ["(A), (C)", "(A), (D)"], ["(A)(B)", "(A)(C)"], [
    "A:B",
    "A:C",
  ]];
  for (const [gold, prediction] of [...others, ["(A) x", "(A) y"], ["A and C", "A and D"]]) {
    assert.equal(gradeMath(gold, prediction).verdict, "wrong", `${gold} ${prediction}`);
    assert.equal(gradeMath(gold, gold).verdict, "correct");
  }
});

Deno.test("100 kB of any suspicious character is read in linear time", () => {
  const units = [
    "a",
    " ",
    "\n",
    "\\",
    "$",
    "$ ",
    "{",
    "}",
    "(",
    "\\(",
    "\\[",
    "*",
    "`",
    "'",
    '"',
    "=",
    "-",
    "1",
    "1,",
    "1/",
    "9. ",
    ".",
    "<answer>",
    "</answer>",
    "<think>",
    "</think>",
    "\\boxed{",
    "\\boxed{}",
    "\\boxed{1}, ",
    "\\boxed ",
    "boxed{",
    "answer",
    "answer is ",
    "answer is\n",
    "is the answer ",
    "answer to the ",
    "####\n",
    "\n#### a",
    "\f",
    "\\\\",
    "\\\\frac",
    "\\text{a}",
    "\\begin{align}",
    "\nQ: ",
    "<|im_end|>",
    "Mr. ",
    "答案",
    "x=",
    "\\approx",
    "and ",
    "\ud800",
  ];
  for (const unit of units) {
    for (const [before, after] of [["", ""], ["the answer is ", ""], ["\\boxed{", "}"]]) {
      const text = before + unit.repeat(100_000 / unit.length) + after;
      for (const kind of ["math", "qa"] as const) {
        assert.equal(typeof extractAnswer(text, kind).answer, "string");
      }
    }
  }
});
