import assert from "node:assert/strict";
import {
  createInterpreter,
  PAPER_IMPORTS,
} from "@potstill/interpreter/pyodide/create_interpreter.ts";
import type { Execution, Interpreter } from "@potstill/interpreter/interpreter.ts";
import { readTraceRuns, type TraceRun } from "./trace_steps.ts";

const FOLDER = new URL("../../../shared/data/traces/", import.meta.url);
/** The files, and what their recorder allowed beyond the paper's imports. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  "agent_runs_math500.jsonl": [],
  "agent_runs_llama70b_math.jsonl": [],
  "agent_runs_math_train.jsonl": [],
  "agent_repair_attempts_math.jsonl": ["fractions"],
};
/** Debian's pure-Python packages. */
const DEBIAN = "/usr/lib/python3/dist-packages";
const PACKAGES = /\b(sympy|numpy)\b/;

function isThere(path: string | URL): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The text in which the recording agent showed a step. */
function observation(execution: Execution): string {
  if (execution.error !== null) return `Error:\n${execution.error.message}`;
  return `Observation:\nExecution logs:\n${execution.logs}` +
    `Last output from code snippet:\n${execution.output ?? "None"}`;
}

/**
 * Without what the recording agent added or did in any order: its error's name, its advice to retry,
 * the order of a set of names.
 */
function normal(text: string): string {
  return text.replace(/^Error:\nAgentExecutionError: /, "Error:\n").replace(
    /\nNow let's retry: [^]*$/,
    "",
  ).replace(
    /Authorized imports are: \[[^\]]*\]/,
    "Authorized imports are: [...]",
  ).trim();
}

interface Counts {
  plain: number;
  plainEqual: number;
  packages: number;
  packagesEqual: number;
}

async function replay(
  interpreter: Interpreter,
  runs: readonly TraceRun[],
  counts: Counts,
  differences: string[],
): Promise<void> {
  for (const { name, steps } of runs) {
    const session = await interpreter.open([]);
    let usesPackages = false;
    for (const { code, recorded } of steps) {
      usesPackages ||= PACKAGES.test(code);
      const got = normal(observation(await session.run(code)));
      const equal = got === normal(recorded);
      counts[usesPackages ? "packages" : "plain"]++;
      if (equal) counts[usesPackages ? "packagesEqual" : "plainEqual"]++;
      else {differences.push(
          `--- ${name}${usesPackages ? " (packages)" : ""}\n${recorded}\n+++\n${got}`,
        );}
    }
    await session.close();
  }
}

Deno.test({
  name: "real agents' code gives the observations that they recorded",
  ignore: !isThere(FOLDER),
  async fn() {
    const hasSympy = isThere(`${DEBIAN}/sympy`) && isThere(`${DEBIAN}/mpmath`);
    const counts: Counts = { plain: 0, plainEqual: 0, packages: 0, packagesEqual: 0 };
    const differences: string[] = [];
    for (const [file, extra] of Object.entries(FILES)) {
      const interpreter = await createInterpreter({
        timeoutMs: 60_000,
        imports: [...PAPER_IMPORTS, ...extra],
        packages: hasSympy ? ["sympy"] : [],
        packagesFolder: DEBIAN,
      });
      const runs = readTraceRuns(file, await Deno.readTextFile(new URL(file, FOLDER)));
      await replay(interpreter, runs, counts, differences);
      await interpreter.close();
    }
    console.log(JSON.stringify(counts));
    if (Deno.env.get("POTSTILL_TRACE_DIFF")) console.log(differences.join("\n"));
    assert.ok(counts.plain > 0);
    assert.ok(
      counts.plainEqual / counts.plain >= 0.95,
      `${counts.plainEqual} of ${counts.plain}\n${differences.join("\n")}`,
    );
  },
});
