import assert from "node:assert/strict";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";

const PATIENT = { timeoutMs: 60_000 };

/** Code, and the end of the error text that agents trained with smolagents know. */
const ERRORS: readonly (readonly [string, string])[] = [
  [
    "foo(1)",
    "line 'foo(1)' due to: InterpreterError: It is not permitted to evaluate other " +
    "functions than the provided tools or functions defined/imported in previous code " +
    "(tried to execute foo).",
  ],
  [
    "y = missing + 1",
    "line 'y = missing + 1' due to: InterpreterError: The variable `missing` is " +
    "not defined.",
  ],
  [
    "[1, 2][5]",
    "InterpreterError: Could not index [1, 2] with '5': IndexError: list index out of " +
    "range",
  ],
  [
    "d = {'alpha': 1}\nd['alpa']",
    "InterpreterError: Could not index {'alpha': 1} with 'alpa': " +
    "KeyError: 'alpa'. Maybe you meant one of these indexes instead: ['alpha']",
  ],
  ["a, b = 1, 2, 3", "InterpreterError: Cannot unpack tuple of wrong size"],
  ["from math import nothing", "InterpreterError: Module math has no attribute nothing"],
  ["[1].foo()", "InterpreterError: Object [1] has no attribute foo"],
  ["assert 1 == 2", "AssertionError: Assertion failed: 1 == 2"],
  [
    "for i in range(3):\n  1 / (1 - i)",
    "line 'for i in range(3):\n  1 / (1 - i)' due to: " +
    "ZeroDivisionError: division by zero",
  ],
  [
    "web_search = 3",
    "InterpreterError: Cannot assign to name 'web_search': doing this would erase " +
    "the existing tool!",
  ],
];

/** Code, and the last value's text. */
const VALUES: readonly (readonly [string, string | null])[] = [
  ["x = 5", "5"],
  ["x += 2", "7"],
  ["if x:\n  y = 1\nelse:\n  y = 2", "1"],
  ["for i in range(3):\n  z = i", "2"],
  ["d = {'a': 1}\nd['a'] += 4", "5"],
  ["print('only this')", null],
  ["def f(): return 1", null],
  ["a, b = 1, 2", "(1, 2)"],
  ["sqrt(16) + ceil(0.5)", "5.0"],
];

/** Code, and the final answer. */
const FINALS: readonly (readonly [string, string])[] = [
  ["final_answer(42)", "42"],
  ["final_answer = 'text'", "text"],
  ["final_answer = 3\nfinal_answer(final_answer + 1)", "4"],
  ["try:\n  final_answer(1)\nexcept Exception:\n  print('no')", "1"],
  ["try:\n  final_answer(2)\nexcept:\n  print('no')\nfinal_answer(3)", "2"],
  ["for i in range(9):\n  if i == 4:\n    final_answer(i)\nprint('not here')", "4"],
  ["final_answer(answer=None)", "None"],
];

Deno.test("texts and values are those that trained agents know", async (t) => {
  const interpreter = await createInterpreter({
    processes: 1,
    maxLogChars: 200,
    maxOutputChars: 2_000,
  });
  const session = await interpreter.open([{
    name: "web_search",
    description: "",
    parameters: [],
    returns: "string",
    call: () => Promise.resolve("found"),
  }]);
  for (const [code, end] of ERRORS) {
    await t.step(`error of ${code}`, async () => {
      const { error } = await session.run(code, PATIENT);
      assert.ok(error !== null);
      assert.ok(error.message.startsWith("Code execution failed at line '"), error.message);
      assert.ok(error.message.endsWith(end), error.message);
    });
  }
  for (const [code, output] of VALUES) {
    await t.step(`value of ${code}`, async () => {
      const execution = await session.run(code, PATIENT);
      assert.equal(execution.error, null);
      assert.equal(execution.output, output);
    });
  }
  for (const [code, answer] of FINALS) {
    await t.step(`final answer of ${code}`, async () => {
      const execution = await session.run(code, PATIENT);
      assert.equal(execution.isFinal, true);
      assert.equal(execution.finalAnswer, answer);
      assert.doesNotMatch(execution.logs, /not here/);
    });
  }
  await t.step("a syntax error", async () => {
    const { error } = await session.run("x = 1\nif x = 2:\n  pass", PATIENT);
    assert.equal(error?.kind, "syntax");
    assert.match(
      error.message,
      /^Code parsing failed on line 2 due to: SyntaxError: .*\nif x = 2:\n +\^$/,
    );
  });
  await t.step("truncation", async () => {
    const { logs, output, truncated } = await session.run(
      "print('ab' * 500)\n'cd' * 2000",
      PATIENT,
    );
    const mark = (n: number) =>
      `\n..._This content has been truncated to stay below ${n} characters_...\n`;
    assert.equal(logs, "ab".repeat(50) + mark(200) + "b" + "ab".repeat(49) + "\n");
    assert.equal(output, "cd".repeat(500) + mark(2_000) + "cd".repeat(500));
    assert.equal(truncated, true);
  });
  await t.step("imports", async () => {
    const { error } = await session.run("from socket import socket", PATIENT);
    assert.match(
      error!.message,
      /Import from socket is not allowed: the sandbox has no network\. Authorized imports are: Python's standard library$/,
    );
    const caught = await session.run(
      "try:\n  import pandas\nexcept ImportError as e:\n  print('no pandas', e)",
      PATIENT,
    );
    assert.match(caught.logs, /^no pandas Import of pandas is not allowed: it is not installed\./);
    assert.equal(
      (await session.run("import collections.abc as c\nc.Iterable.__name__")).error,
      null,
    );
  });
  await interpreter.close();
});
