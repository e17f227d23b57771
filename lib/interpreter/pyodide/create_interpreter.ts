import type { Interpreter, InterpreterSession, Tool } from "../interpreter.ts";
import { userCacheFolder } from "./cache_folder.ts";
import type { GuestImage } from "./guest_image.ts";
import { loadGuestImage } from "./load_guest_image.ts";
import { importNames } from "./import_list.ts";
import type { InterpreterOptions } from "./interpreter_options.ts";
import { InterpreterProcess } from "./interpreter_process.ts";
import { ProcessPool } from "./process_pool.ts";
import { pythonDistribution, withNeeds } from "./python_distributions.ts";
import { PyodideSession, type SessionHost } from "./pyodide_session.ts";
import { SessionState } from "./session_state.ts";
import { checkTimeout } from "../../runs/timer_limit.ts";

export type { InterpreterOptions } from "./interpreter_options.ts";
export { type ImportList, PAPER_IMPORTS } from "./import_list.ts";

const MB = 1024 * 1024;
const encoder = new TextEncoder();

/**
 * Starts an interpreter: CPython (Pyodide) in separate processes that have no permission, no
 * environment, and no way from Python to JavaScript. Sessions are kept outside the processes, so
 * that many agents share a few, and a process that has to be killed takes no session with it.
 *
 * @throws if Pyodide cannot be started, or a package is not in `packagesFolder`
 *
 * @example
 * ```ts
 * import { createInterpreter } from "@potstill";
 * const interpreter = await createInterpreter({ processes: 1 });
 * const session = await interpreter.open([]);
 * const { logs, output } = await session.run("print('6 * 7')\n6 * 7");
 * if (logs !== "6 * 7\n" || output !== "42") throw new Error("unexpected");
 * await session.close();
 * await interpreter.close();
 * ```
 */
export async function createInterpreter(options: InterpreterOptions = {}): Promise<Interpreter> {
  const { allowedImports, ...given } = options;
  const defaults: SessionHost["options"] = {
    processes: 2,
    timeoutMs: 10_000,
    toolTimeoutMs: 60_000,
    toolsTimeoutMs: 300_000,
    memoryMb: 512,
    stateMb: 128,
    filesMb: 32,
    maxSessions: 1_024,
    parkedMb: 2_048,
    maxLogChars: 50_000,
    maxOutputChars: 20_000,
    maxToolCalls: 50,
    recursionLimit: 1_000,
    imports: allowedImports ?? "standard",
    seed: 0,
    packages: [],
    packagesFolder: null,
    cacheFolder: userCacheFolder(),
  };
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(defaults, name)) {
      throw new RangeError(`Cannot create an interpreter: there is no option ${name}`);
    }
  }
  const resolved = {
    ...defaults,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
  checkOptions(resolved);
  const image = await loadGuestImage(resolved);
  const interpreter = new PyodideInterpreter(resolved, image);
  try {
    await interpreter.pool.warmUp();
  } catch (error) {
    await interpreter.close();
    throw error;
  }
  return interpreter;
}

function checkOptions(options: SessionHost["options"]): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value !== "number" || name === "seed") continue;
    if (name.endsWith("TimeoutMs") || name === "timeoutMs") {
      checkTimeout("create an interpreter", name, value);
    }
    if (!Number.isFinite(value) || value <= 0) {
      throw new RangeError(`Cannot create an interpreter: ${name} is ${value}, not above 0`);
    }
  }
  importNames(options.imports);
  if (options.memoryMb < 64 || options.memoryMb > 4_000) {
    throw new RangeError(
      `Cannot create an interpreter: memoryMb is ${options.memoryMb}, not in 64..4000`,
    );
  }
}

class PyodideInterpreter implements Interpreter, SessionHost {
  readonly options: SessionHost["options"];
  readonly pool: ProcessPool;
  readonly #beginnings = new Map<string, Promise<SessionState>>();
  readonly #sizes = new Map<object, number>();
  readonly #waiting: (() => void)[] = [];
  #parkedBytes = 0;
  #closed = false;

  constructor(options: SessionHost["options"], image: GuestImage) {
    this.options = options;
    const limits = {
      maxMemoryBytes: options.memoryMb * MB,
      maxFileBytes: options.filesMb * MB,
      maxStateBytes: options.stateMb * MB,
    };
    this.pool = new ProcessPool({
      processes: options.processes,
      retireBytes: 160 * MB,
      start: () => InterpreterProcess.start(image, limits),
    });
  }

  async open(tools: readonly Tool[], signal?: AbortSignal): Promise<InterpreterSession> {
    checkTools(tools);
    while (!this.#closed && this.#isFull()) await this.#room(signal);
    if (this.#closed) throw new Error("Cannot open a session: the interpreter is closed");
    const session = new PyodideSession(this, tools);
    this.#sizes.set(session, 0);
    return session;
  }

  #isFull(): boolean {
    const { maxSessions, parkedMb } = this.options;
    return this.#sizes.size >= maxSessions || this.#parkedBytes >= parkedMb * MB;
  }

  #room(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        const at = this.#waiting.indexOf(wake);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal!.reason);
      };
      const wake = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(wake);
    });
  }

  resized(session: object, bytes: number): void {
    this.#parkedBytes += bytes - (this.#sizes.get(session) ?? 0);
    if (bytes === 0) this.#sizes.delete(session);
    else this.#sizes.set(session, bytes);
    if (!this.#isFull()) this.#waiting.shift()?.();
  }

  beginning(tools: readonly Tool[], signal?: AbortSignal): Promise<SessionState> {
    const { imports, packages, maxLogChars, maxOutputChars, recursionLimit, seed } = this.options;
    const modules = withNeeds(packages).map((name) => pythonDistribution(name).module);
    const config = JSON.stringify({
      imports: importNames(imports),
      packages: modules,
      maxLogChars,
      maxOutputChars,
      recursionLimit,
      seed,
      tools: tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
    });
    let beginning = this.#beginnings.get(config);
    if (beginning === undefined) {
      beginning = this.#begin(encoder.encode(config), signal);
      this.#beginnings.set(config, beginning);
      if (this.#beginnings.size > 32) {
        this.#beginnings.delete(this.#beginnings.keys().next().value!);
      }
      beginning.catch(() => this.#beginnings.delete(config));
    }
    return beginning;
  }

  async #begin(config: Uint8Array, signal?: AbortSignal): Promise<SessionState> {
    const process = await this.pool.acquire(SessionState.BASE, signal);
    try {
      await process.load(SessionState.BASE);
      const state = SessionState.BASE.with(await process.begin(config, this.options.seed), true);
      process.holds = state;
      return state;
    } finally {
      this.pool.release(process);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    await this.pool.close();
  }
}

function checkTools(tools: readonly Tool[]): void {
  const names = new Set<string>();
  for (const { name, parameters } of tools) {
    const all = [name, ...parameters.map((parameter) => parameter.name)];
    for (const one of all) {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(one)) {
        throw new Error(
          `Cannot open a session: "${one}" of tool "${name}" is no Python identifier`,
        );
      }
    }
    if (names.has(name) || name === "final_answer") {
      throw new Error(`Cannot open a session: the tool name "${name}" is taken`);
    }
    names.add(name);
  }
}
