import assert from "node:assert/strict";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";
import type { Tool } from "@potstill/interpreter/interpreter.ts";

const PATIENT = { timeoutMs: 60_000 };
const search: Tool = {
  name: "web_search",
  description: "",
  parameters: [{ name: "query", type: "string", description: "" }],
  returns: "string",
  call: ([query]) => Promise.resolve(`Found: ${query}`),
};

/** Code that binds `final_answer`, and what its step ends with: an answer, or null for none. */
const BINDINGS: readonly (readonly [string, string | null])[] = [
  ["def final_answer(answer):\n    print(answer)\nfinal_answer(3)", "3"],
  ["def final_answer(answer):\n    return answer", null],
  ["async def final_answer(x): pass\nfinal_answer(4)", "4"],
  ["class final_answer:\n    def __init__(self, x): self.x = x\nfinal_answer(3)", "3"],
  ["import math as final_answer", null],
  ["from math import sqrt as final_answer\nfinal_answer(9)", "9"],
  ["for final_answer in [1, 2]: pass\nfinal_answer(5)", "5"],
  ["[final_answer for final_answer in [1, 2]]", null],
  ["(final_answer := 7)", null],
  ["(final_answer := 7)\nfinal_answer(final_answer + 1)", "8"],
  ["final_answer, other = 1, 2", null],
  ["with open('/dev/null') as final_answer: pass", null],
  ["try:\n  1 / 0\nexcept ZeroDivisionError as final_answer: pass\nfinal_answer(6)", "6"],
  ["match 5:\n  case final_answer: pass\nfinal_answer(11)", "11"],
  ["final_answer: int = 3", "3"],
  ["final_answer: int", null],
  ["global final_answer\nfinal_answer = 5", "5"],
  ["def main():\n    global final_answer\n    final_answer = 8\nmain()", "8"],
  ["final_answer = 0\nfor i in range(5): final_answer += i", "10"],
  ["final_answer = 'twelve'\nprint(final_answer)", "twelve"],
  ["final_answer = None", null],
  ["def solve():\n    final_answer = 5\n    return final_answer\nprint(solve())", null],
  ["def use(final_answer): return final_answer(3)\nuse(str)", null],
  ["class A:\n    final_answer = 1\n    def go(self): return final_answer(2)\nA().go()", "2"],
  ["list(map(lambda x: final_answer(x), [4, 5]))", "4"],
  ["globals()['final_answer'] = 1", null],
  ["while True:\n  try: final_answer(1)\n  except: continue", "1"],
  ["try: final_answer(2)\nexcept (ValueError, BaseException): final_answer(3)", "2"],
  ["def f():\n  try: final_answer(4)\n  finally: return 5\nf()", "4"],
  ["import contextlib\nwith contextlib.suppress(BaseException): final_answer(6)", "6"],
  ["try: 1 / 0\nexcept: final_answer(7)", "7"],
  [
    "try: raise KeyboardInterrupt\nexcept BaseException as e: final_answer(repr(e))",
    "KeyboardInterrupt()",
  ],
];

Deno.test("tools' names mean the tools, in the step where possible and surely in the next", async (t) => {
  const interpreter = await createInterpreter({ processes: 1 });
  for (const [code, answer] of BINDINGS) {
    await t.step(code, async () => {
      const session = await interpreter.open([search]);
      const { error, isFinal, finalAnswer } = await session.run(code, PATIENT);
      assert.equal(error, null);
      assert.deepEqual([isFinal, finalAnswer], [answer !== null, answer]);
      const next = await session.run("final_answer(web_search('x'))", PATIENT);
      assert.equal(next.finalAnswer, "Found: x");
      await session.close();
    });
  }
  for (
    const code of ["final_answer += 1", "del final_answer", "web_search += 1", "del web_search"]
  ) {
    await t.step(code, async () => {
      const session = await interpreter.open([search]);
      const { error } = await session.run(code, PATIENT);
      assert.match(error!.message, /(Cannot assign to|Cannot delete) name '(final_a|web_s)/);
      const next = await session.run("final_answer(web_search('x'))", PATIENT);
      assert.equal(next.finalAnswer, "Found: x");
      await session.close();
    });
  }
  await t.step("other tools", async () => {
    const session = await interpreter.open([search]);
    const mock = "def web_search(query): return 'made up'\nprint(web_search('cats'))";
    assert.equal((await session.run(mock, PATIENT)).logs, "Found: cats\n");
    for (const code of ["import math as web_search", "class web_search: pass", "web_search = 1"]) {
      await session.run(code, PATIENT);
      assert.equal((await session.run("web_search('dogs')", PATIENT)).output, "Found: dogs");
    }
    await session.close();
  });
  await interpreter.close();
});

/** Code, and the statement that its error names. */
const STATEMENTS: readonly (readonly [string, string])[] = [
  ["a = 1; b = 1/0; c = 3", "b = 1/0"],
  ["a = 1; b = 2; c = a/0", "c = a/0"],
  ["a = 1/0; b = 2", "a = 1/0"],
  ["def f(): return 1/0\na = 1; f(); b = 2", "f()"],
  ["x = [1]; y = x[\n  9\n]; z = 1", "y = x[\n  9\n]"],
  ["é = 'ü'; raise ValueError(é); z = 1", "raise ValueError(é)"],
  ["if True: a = 1; b = 1/0", "if True: a = 1; b = 1/0"],
  ["import math; math.sqrt(-1); print(2)", "math.sqrt(-1)"],
];

Deno.test("an error names the statement that failed, also of several on a line", async () => {
  const interpreter = await createInterpreter({ processes: 1 });
  for (const [code, statement] of STATEMENTS) {
    const session = await interpreter.open([]);
    const { error } = await session.run(code, PATIENT);
    assert.ok(
      error!.message.startsWith(`Code execution failed at line '${statement}' due to:`),
      error!.message,
    );
    await session.close();
  }
  await interpreter.close();
});
