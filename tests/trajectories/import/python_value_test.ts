import assert from "node:assert/strict";
import { writtenAnswer } from "@potstill/trajectories/import/python_value.ts";

/** Code, and the answer as CPython 3.13's `str()` gives it; null for what only running it would tell. */
const cases: readonly (readonly [string, string | null])[] = [
  ["final_answer(42)", "42"],
  ["final_answer(-1_000)", "-1000"],
  ["final_answer(+7)", "7"],
  ["final_answer(0xff)", "255"],
  ["final_answer(12345678901234567890123)", "12345678901234567890123"],
  ["final_answer(3.10)", "3.1"],
  ["final_answer(42.0)", "42.0"],
  ["final_answer(5.)", "5.0"],
  ["final_answer(.5)", "0.5"],
  ["final_answer(1e3)", "1000.0"],
  ["final_answer(1e16)", "1e+16"],
  ["final_answer(0.00001)", "1e-05"],
  ['final_answer("""a\n"b" """)', 'a\n"b" '],
  ["final_answer('''x''')", "x"],
  ["final_answer(r'\\frac12')", "\\frac12"],
  ["final_answer('it\\'s \\u00e9\\x41\\n')", "it's éA\n"],
  ["final_answer('a' \"b\"\n  'c')", "abc"],
  ["final_answer(f'{{x}}')", "{x}"],
  ["final_answer(\n    answer = 'x',\n)", "x"],
  ["final_answer (True)", "True"],
  ["final_answer(None)", "None"],
  ["final_answer([1, 'a', (2,), []])", "[1, 'a', (2,), []]"],
  ["final_answer((1, 2.0))", "(1, 2.0)"],
  ["final_answer((3))", "3"],
  ["final_answer = 42", "42"],
  ["final_answer: int = 3  # so", "3"],
  ["final_answer = 'x'; print(1)", "x"],
  ["final_answer('first')\nfinal_answer('last')", "last"],
  ["s = 'final_answer(1)'\nfinal_answer(2)  # final_answer(3)", "2"],
  ["final_answer(x)", null],
  ["final_answer(6 * 7)", null],
  ["final_answer(f'{x}')", null],
  ["final_answer('a' + x)", null],
  ["final_answer(b'a')", null],
  ["final_answer(3j)", null],
  ["final_answer = x", null],
];

Deno.test("final answers as code writes them", () => {
  for (const [code, value] of cases) assert.deepEqual(writtenAnswer(code), { value }, code);
});

Deno.test("what is no final answer", () => {
  for (
    const code of [
      "",
      "print('final_answer(1)')",
      "# final_answer(1)",
      "def final_answer(x):\n    return x",
      "my_final_answer(1)",
      "a.final_answer(1)",
      "final_answer == 1",
      "print(final_answer)",
    ]
  ) assert.equal(writtenAnswer(code), null, code);
});
