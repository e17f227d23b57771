import assert from "node:assert/strict";
import type { Task } from "@potstill/records/task.ts";
import { countLeaks, questionLeaks } from "@potstill/trajectories/question_leaks.ts";

const tasks = (...questions: readonly string[]): Task[] =>
  questions.map((question, i) => ({
    id: String(i),
    benchmark: "made-up",
    split: "test",
    kind: "qa",
    question,
    answer: "x",
  }));

function kinds(train: string, test: string): string[] {
  return questionLeaks(tasks(train), tasks("Another one?", test)).map(({ kind, test }) => {
    assert.equal(test.id, "1");
    return kind;
  });
}

Deno.test("training questions that are test questions are found, and told apart", () => {
  const question = "Which river flows through the town where Una Pell was born?";
  assert.deepEqual(kinds(question, question), ["exact"]);
  assert.deepEqual(kinds(` ${question}`, question), ["exact"]);
  assert.deepEqual(
    kinds(question.toUpperCase().replace("?", " ?"), question),
    ["normalised"],
  );
  assert.deepEqual(kinds("which river flows through the town where Úna Pell was born", question), [
    "normalised",
  ]);
  assert.deepEqual(kinds(question.replace("Which river", "What river"), question), ["overlap"]);
  // Names in another case are the same names.
  assert.deepEqual(
    kinds(question.replace("Which", "What").replace("Una Pell", "una pell"), question),
    [
      "overlap",
    ],
  );
  assert.deepEqual(kinds(question.replace("Una Pell", "Iva Noor"), question), []);
  assert.deepEqual(kinds("Who is the mayor of Vell?", question), []);
  assert.deepEqual(kinds("", question), []);
});

Deno.test("word problems that differ in numbers alone are different ones", () => {
  const problem = "Ann has 48 clips and sells half of them to her 3 friends. How many are left?";
  for (
    const other of [
      problem.replace("48", "50"),
      problem.replace("3 friends", "4 friends"),
      problem.replace("half", "a third"),
      problem.replace("48", "4.8"),
      problem.replace("48", "forty"),
      problem.replace("Ann", "Bea"),
    ]
  ) {
    assert.deepEqual(kinds(other, problem), [], other);
  }
  assert.deepEqual(kinds(problem.replace("sells", "sold"), problem), ["overlap"]);
  assert.deepEqual(
    kinds(problem.replace("Ann", "Bea").replace("3 friends", "4 friends"), problem),
    [],
  );
});

Deno.test("thousands of questions are compared", () => {
  const many = (from: number) =>
    tasks(
      ...Array.from({ length: 1000 }, (_, i) => `Who lives in house ${from + i} of the Long Lane?`),
    );
  const leaks = questionLeaks(many(0), many(900));
  assert.equal(leaks.length, 100);
  assert.equal(countLeaks(leaks), "100 exact");
});
