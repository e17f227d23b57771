import assert from "node:assert/strict";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";

interface Step {
  readonly code: string;
  readonly logs: string;
  readonly output: string | null;
  readonly error: { readonly type: string; readonly text: string } | null;
}

interface Cases {
  readonly python: string;
  readonly cases: readonly { readonly name: string; readonly steps: readonly Step[] }[];
}

/** Errors that agents are shown in other words: see docs/deviations.md. */
const OTHER_WORDS = ["NameError", "IndexError", "KeyError"];

async function readCases(file: string): Promise<Cases> {
  return JSON.parse(await Deno.readTextFile(new URL(`./data/${file}`, import.meta.url)));
}

/** Runs the cases of a file, each in a session of its own. @param least how many there must be */
async function testCases(file: string, least: number, imports: "standard" | string[]) {
  const { python, cases } = await readCases(file);
  Deno.test(`${file}: what CPython ${python} gives`, async (t) => {
    assert.ok(cases.length >= least, `${cases.length} cases`);
    const interpreter = await createInterpreter({ processes: 2, imports, timeoutMs: 60_000 });
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
}

await testCases("language_cases.json", 150, ["*"]);
await testCases("library_cases.json", 60, "standard");
