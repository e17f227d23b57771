import type { Execution, Interpreter, InterpreterSession } from "../interpreter/interpreter.ts";
import { createInterpreter } from "../interpreter/pyodide/create_interpreter.ts";
import { readImportList } from "../interpreter/pyodide/import_list.ts";
import { MAX_TIMER_MS } from "../runs/timer_limit.ts";
import { defineCommand } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { checkInput } from "../runs/read_input.ts";

const COMMAND = defineCommand({
  name: "exec",
  summary: "Run Python code in the sandbox in which agents act, one JSON line per task.",
  positionals: [{
    name: "FILE",
    description: "JSON lines; standard input without it.",
    optional: true,
  }],
  options: {
    timeoutMs: {
      type: "integer",
      min: 1,
      max: MAX_TIMER_MS,
      default: 10_000,
      description: "Wall time of a step, where the line says nothing else.",
    },
    memoryMb: {
      type: "integer",
      min: 64,
      max: 4_000,
      default: 512,
      description: "Memory that a step may use.",
    },
    processes: { type: "integer", min: 1, default: 2, description: "Concurrent Python processes." },
    imports: {
      type: "string",
      description:
        'Modules that code may import: "standard", the standard library; "smolagents", that ' +
        'tool\'s list; or modules, separated by commas, "*" for all. Without it "standard".',
    },
    packages: {
      type: "string",
      description: "Packages to load, separated by commas, such as numpy,sympy.",
    },
    packagesFolder: {
      type: "string",
      placeholder: "FOLDER",
      description:
        "Folder with their wheels. Without it where `deno task potstill wheels` puts them.",
    },
  },
  notes: `Reads   {"id","steps":["code",...],"timeoutMs"?}
Writes  {"id","results":[{"logs","output","error","errorKind","finalAnswer","isFinal","truncated",
        "durationMs"}]}, in the same order, one result per step. "error" is the text that an agent is
        shown, or null. State is kept within an id and is fresh between ids.
        {"id"?,"error"} for a line that cannot be read.

Exit code: 0 when every line was read, 1 when one was not, 2 for wrong arguments.`,
});

/** A line of input. */
interface ExecTask {
  readonly id: string | number;
  readonly steps: readonly string[];
  readonly timeoutMs?: number;
}

/** Ids whose state is kept; a line that comes back to an older id finds a fresh state. */
const MAX_SESSIONS = 256;

/**
 * The command `deno task potstill exec`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runExec } from "@potstill/cli/exec.ts";
 * if (await runExec(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runExec(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    const { timeoutMs, memoryMb, processes, imports, packages, packagesFolder } = values;
    const input = positionals.length === 0 ? Deno.stdin.readable : await openInput(positionals[0]);
    const interpreter = await createInterpreter({
      timeoutMs,
      memoryMb,
      processes,
      imports: imports === undefined ? "standard" : readImportList(imports),
      packages: packages === undefined ? [] : names(packages),
      packagesFolder: packagesFolder ?? null,
    });
    try {
      return await execLines(interpreter, input, processes, writeLine);
    } finally {
      await interpreter.close();
    }
  });
}

/** Runs every line; `processes` at a time, writes in order. @returns the exit code */
async function execLines(
  interpreter: Interpreter,
  input: ReadableStream<Uint8Array>,
  processes: number,
  write: (line: string) => Promise<void>,
): Promise<number> {
  const sessions = new Sessions(interpreter);
  const pending: Promise<object>[] = [];
  let number = 0, bad = 0;
  const writeFirst = async () => {
    const answer = await pending.shift()!;
    if ("error" in answer) bad++;
    await write(JSON.stringify(answer) + "\n");
  };
  for await (const line of readLines(input)) {
    number++;
    if (line.trim() === "") continue;
    const task = readTask(line, number);
    pending.push(
      "error" in task
        ? Promise.resolve(task)
        : sessions.run(String(task.id), (session) => execTask(session, task, number)),
    );
    if (pending.length >= 4 * processes) await writeFirst();
  }
  while (pending.length > 0) await writeFirst();
  await sessions.close();
  return bad === 0 ? 0 : 1;
}

async function execTask(
  session: InterpreterSession,
  task: ExecTask,
  line: number,
): Promise<object> {
  const results: object[] = [];
  try {
    for (const code of task.steps) {
      results.push(resultOf(await session.run(code, { timeoutMs: task.timeoutMs })));
    }
    return { id: task.id, results };
  } catch (error) {
    return { id: task.id, error: `Cannot run line ${line}: ${(error as Error).message}` };
  }
}

function resultOf(execution: Execution): object {
  const { logs, output, error, finalAnswer, isFinal, truncated, durationMs } = execution;
  return {
    logs,
    output,
    error: error?.message ?? null,
    errorKind: error?.kind ?? null,
    finalAnswer,
    isFinal,
    truncated,
    durationMs: Math.round(durationMs * 1000) / 1000,
  };
}

/** Sessions by id; tasks of one id run one after the other. */
class Sessions {
  readonly #interpreter: Interpreter;
  readonly #open = new Map<
    string,
    { session: Promise<InterpreterSession>; turn: Promise<object> }
  >();

  constructor(interpreter: Interpreter) {
    this.#interpreter = interpreter;
  }

  run(id: string, work: (session: InterpreterSession) => Promise<object>): Promise<object> {
    const before = this.#open.get(id);
    const session = before?.session ?? this.#interpreter.open([]);
    const turn = (before?.turn ?? Promise.resolve({})).then(async () => work(await session));
    this.#open.delete(id);
    this.#open.set(id, { session, turn });
    if (this.#open.size > MAX_SESSIONS) {
      const [oldest, { session, turn }] = this.#open.entries().next().value!;
      this.#open.delete(oldest);
      turn.then(async () => (await session).close());
    }
    return turn;
  }

  async close(): Promise<void> {
    for (const { session, turn } of this.#open.values()) {
      await turn;
      await (await session).close();
    }
  }
}

function readTask(text: string, line: number): ExecTask | { id?: string | number; error: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { error: `Cannot read line ${line}: ${(error as Error).message}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { error: `Cannot read line ${line}: it is not an object` };
  }
  const { id, steps, timeoutMs } = value as Record<string, unknown>;
  if (typeof id !== "string" && typeof id !== "number") {
    return { error: `Cannot read line ${line}: "id" is ${show(id)}, not a text` };
  }
  const wrong = (what: string) => ({ id, error: `Cannot read line ${line}: ${what}` });
  if (!Array.isArray(steps)) return wrong(`"steps" is ${show(steps)}, not a list of texts`);
  const odd = steps.findIndex((step) => typeof step !== "string");
  if (odd >= 0) return wrong(`"steps[${odd}]" is ${show(steps[odd])}, not a text`);
  if (timeoutMs === undefined || timeoutMs === null) return { id, steps };
  if (typeof timeoutMs !== "number" || !(timeoutMs > 0) || timeoutMs > MAX_TIMER_MS) {
    const range = `above 0 and up to ${MAX_TIMER_MS}`;
    return wrong(`"timeoutMs" is ${show(timeoutMs)}, not a number ${range}`);
  }
  return { id, steps, timeoutMs };
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 60 ? text.slice(0, 60) + "..." : text;
}

function names(text: string): string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoded = stream.pipeThrough(
    new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
  );
  for await (const text of decoded) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

const encoder = new TextEncoder();

async function writeLine(line: string): Promise<void> {
  let bytes = encoder.encode(line);
  while (bytes.length > 0) bytes = bytes.subarray(await Deno.stdout.write(bytes));
}

async function openInput(path: string): Promise<ReadableStream<Uint8Array>> {
  await checkInput(path);
  return (await Deno.open(path)).readable;
}
