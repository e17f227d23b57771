import assert from "node:assert/strict";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";

interface Step {
  readonly code: string;
  readonly logs: string;
  readonly output: string | null;
  readonly error: { readonly type: string; readonly text: string } | null;
}

const { python, cases } = JSON.parse(
  await Deno.readTextFile(new URL("./data/language_cases.json", import.meta.url)),
) as { python: string; cases: readonly { name: string; steps: readonly Step[] }[] };

/** Errors that agents are shown in other words: see docs/deviations.md. */
const OTHER_WORDS = ["NameError", "IndexError", "KeyError"];

Deno.test(`ordinary Python gives what CPython ${python} gives`, async (t) => {
  assert.ok(cases.length >= 150, `${cases.length} cases`);
  const interpreter = await createInterpreter({
    processes: 2,
    imports: ["*"],
    timeoutMs: 60_000,
  });
  for (const { name, steps } of cases) {
    await t.step(name, async () => {
      const session = await interpreter.open([]);
      for (const { code, logs, output, error } of steps) {
        const execution = await session.run(code);
        const text = execution.error?.message ?? null;
        if (error === null) assert.equal(text, null);
        else if (!OTHER_WORDS.includes(error.type) || !text?.includes("InterpreterError")) {
          assert.ok(text?.endsWith(`due to: ${error.type}: ${error.text}`), `${text}`);
        }
        assert.equal(execution.logs, logs);
        assert.equal(execution.output, output);
      }
      await session.close();
    });
  }
  await interpreter.close();
});
