import assert from "node:assert/strict";
import { extractAnswer } from "@potstill/grading/extract_answer.ts";
import { gradeMath } from "@potstill/grading/grade_math.ts";
import { numberInWords } from "@potstill/grading/math/number_words.ts";

interface ReplyCase {
  readonly gold: string;
  readonly reply: string;
  readonly verdict: "correct" | "wrong";
}

const cases: ReplyCase[] = Deno.readTextFileSync(new URL("replies.jsonl", import.meta.url))
  .split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));

Deno.test("whole replies get the verdict of what they say", () => {
  assert.ok(cases.length > 150);
  const failures = cases.flatMap(({ gold, reply, verdict }) => {
    const { answer } = extractAnswer(reply, "math");
    const grade = gradeMath(gold, answer);
    return grade.verdict === verdict ? [] : [`${gold} | ${reply} | ${answer} | ${grade.why}`];
  });
  assert.deepEqual(failures, []);
});

Deno.test("what a reply denies, or a program's fault, is no answer", () => {
  for (
    const reply of [
      "I don't know; it is not 7.",
      "It cannot be determined, but it is never 7",
      "The value is 5, not 7.",
      "Error: division by zero at line 7",
      "ValueError: math domain error in line 7",
    ]
  ) {
    assert.equal(gradeMath("7", extractAnswer(reply, "math").answer).verdict, "wrong", reply);
  }
  const { answer } = extractAnswer("The value is 5, not 7.", "math");
  assert.equal(gradeMath("5", answer).verdict, "correct");
});

Deno.test("numbers in words", () => {
  const read = [
    ["zero", "0"],
    ["seventeen", "17"],
    ["ninety-nine", "99"],
    ["six hundred", "600"],
    ["one hundred and five", "105"],
    ["twelve hundred", "1200"],
    ["three thousand and four", "3004"],
    ["nine million eighty thousand twenty-one", "9080021"],
    ["minus forty-two", "-42"],
    ["three quarters", "\\frac{3}{4}"],
    ["negative two thirds", "-\\frac{2}{3}"],
    ["a half", "\\frac{1}{2}"],
  ];
  for (const [words, latex] of read) assert.equal(numberInWords(words), latex);
  const others = [
    "",
    "and",
    "hundred",
    "twenty thirty",
    "five six",
    "two and three",
    "ten five",
    "one thousand one million",
    "seven and",
    "twenty zero",
    "third",
    "sevens",
    "one x",
  ];
  for (const words of others) assert.equal(numberInWords(words), null, words);
});
