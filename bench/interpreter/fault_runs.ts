import { fileURLToPath } from "node:url";
import { createInterpreter, type Interpreter, type InterpreterSession, Random } from "@potstill";
import { InterpreterProcess } from "@potstill/agent";

/** What goes wrong in a run. */
export const FAULTS = [
  "none",
  "process killed",
  "time-out",
  "wedged",
  "huge print",
  "memory bomb",
  "sandbox left",
  "forged frame",
  "owner killed",
] as const;

/** One of {@link FAULTS}. */
export type Fault = typeof FAULTS[number];

/** How many runs there were of each kind, and how they ended. */
export interface FaultReport {
  readonly runs: number;
  readonly byFault: Readonly<Record<string, { right: number; error: number }>>;
  /** What should not have been. */
  readonly wrong: readonly string[];
  readonly orphans: number;
  readonly seconds: number;
}

/** How often each fault is chosen, of 100. */
const WEIGHTS: Readonly<Record<Fault, number>> = {
  "none": 40,
  "process killed": 20,
  "time-out": 8,
  "wedged": 4,
  "huge print": 10,
  "memory bomb": 4,
  "sandbox left": 4,
  "forged frame": 8,
  "owner killed": 2,
};

const FORGERIES = ["wrong-id", "wrong-seq", "early-ready", "malformed", "oversized", "cut-short"];
const PATIENT = { timeoutMs: 60_000 };

/** Runs steps with random faults on a few sessions that count their successful steps. */
export async function runFaults(runs: number, seed: string): Promise<FaultReport> {
  const random = new Random(seed);
  const started = performance.now();
  const interpreter = await createInterpreter({
    processes: 2,
    memoryMb: 128,
    imports: ["*"],
  });
  const sessions: Counted[] = [];
  for (let i = 0; i < 4; i++) sessions.push(await Counted.open(interpreter));
  const byFault: Record<string, { right: number; error: number }> = {};
  const wrong: string[] = [];
  for (let n = 0; n < runs; n++) {
    const fault = chooseFault(random);
    const counted = sessions[random.integer(0, sessions.length - 1)];
    const ended = await limited(oneRun(fault, counted, random), 120_000, "it hangs").catch(
      (error: Error) => error.message,
    );
    const entry = byFault[fault] ??= { right: 0, error: 0 };
    if (ended === "right" || ended === "error") entry[ended]++;
    else wrong.push(`run ${n}, ${fault}: ${ended}`);
  }
  for (const session of sessions) await session.close();
  await interpreter.close();
  const orphans = (await childPids()).length;
  const seconds = (performance.now() - started) / 1000;
  return { runs, byFault, wrong, orphans, seconds };
}

function chooseFault(random: Random): Fault {
  let left = random.integer(0, 99);
  for (const fault of FAULTS) {
    left -= WEIGHTS[fault];
    if (left < 0) return fault;
  }
  return "none";
}

/** @returns "right", "error" (a clear one), or what is wrong */
async function oneRun(fault: Fault, counted: Counted, random: Random): Promise<string> {
  switch (fault) {
    case "none":
      return await counted.step("", PATIENT);
    case "process killed":
      return await counted.step("import time\ntime.sleep(0.02)", PATIENT, async () => {
        await new Promise((resolve) => setTimeout(resolve, random.integer(0, 40)));
        const pids = await childPids();
        if (pids.length > 0) kill(random.pick(pids));
      });
    case "time-out":
      return await counted.step("while True: pass", { timeoutMs: 100 });
    case "wedged":
      return await counted.step("max(iter(int, 1))", { timeoutMs: 100 });
    case "huge print":
      return await counted.step("print('x' * 5_000_000)", PATIENT);
    case "memory bomb":
      return await counted.step("z = []\nwhile True: z.append(bytearray(10_000_000))", PATIENT);
    case "sandbox left":
      return await counted.step("import os\nos._exit(0)", PATIENT);
    case "forged frame":
      return await forgedFrame(random.pick(FORGERIES));
    case "owner killed":
      return await ownerKilled(random.integer(0, 300));
  }
}

/** A session with a counter, and what the counter must be. */
class Counted {
  #expected = 0;
  readonly #session: InterpreterSession;

  private constructor(session: InterpreterSession) {
    this.#session = session;
  }

  static async open(interpreter: Interpreter): Promise<Counted> {
    const counted = new Counted(await interpreter.open([]));
    const first = await counted.#session.run("count = 0", PATIENT);
    if (first.output !== "0") throw new Error(`Cannot begin: ${first.error?.message}`);
    return counted;
  }

  async step(
    code: string,
    options: { readonly timeoutMs: number },
    meanwhile: () => Promise<void> = async () => {},
  ): Promise<string> {
    const running = this.#session.run(`count += 1\n${code}\ncount`, options);
    await meanwhile();
    const { error, output } = await running;
    if (error === null) {
      this.#expected++;
      return output === String(this.#expected) ? "right" : `${output}, not ${this.#expected}`;
    }
    if (error.kind === "execution" || error.message === "") {
      return `an unclear error: ${error.message}`;
    }
    const now = await this.#session.run("count", PATIENT);
    if (now.error !== null && now.error.kind === "interpreter") return "error";
    const right = now.output === String(this.#expected);
    return right ? "error" : `the state is ${now.output}, not ${this.#expected}`;
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

/** A process that answers with a forged frame must be ended with an error. */
async function forgedFrame(kind: string): Promise<string> {
  const script = fileURLToPath(new URL("./forging_process.ts", import.meta.url));
  const process = new InterpreterProcess(["run", "--quiet", "--no-lock", script, kind], 1 << 20);
  try {
    await process.run(
      new TextEncoder().encode("1"),
      { timeoutMs: 20_000, replay: null },
      () => Promise.reject(new Error("no tools")),
    );
    return `the frame (${kind}) was believed`;
  } catch (error) {
    const clear = (error as Error).name === "ProcessEndedError" && process.dead;
    return clear ? "error" : `an unclear error: ${error}`;
  } finally {
    process.kill();
    await process.ended();
  }
}

/** An owner that dies by SIGKILL while its Python is busy must leave no process. */
async function ownerKilled(afterMs: number): Promise<string> {
  const script = fileURLToPath(new URL("./busy_owner.ts", import.meta.url));
  const owner = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = owner.stdout.getReader();
  const { value } = await reader.read();
  const pids = new TextDecoder().decode(value).trim().split(" ").map(Number);
  if (pids.length < 2 || pids.some(Number.isNaN)) return `the owner said ${pids}`;
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  owner.kill("SIGKILL");
  await reader.cancel();
  await owner.status;
  const until = performance.now() + 20_000;
  while (performance.now() < until) {
    const left = await Promise.all(pids.map(isRunning));
    if (!left.includes(true)) return "right";
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const pid of pids) kill(pid);
  return "a process outlived its owner";
}

async function isRunning(pid: number): Promise<boolean> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
  } catch {
    return false;
  }
}

/** Processes that this one started and that run; Linux only. */
export async function childPids(): Promise<number[]> {
  const pids: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = await Deno.readTextFile(`/proc/${name}/stat`);
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(parent) === Deno.pid && state !== "Z") pids.push(Number(name));
    } catch { /* it has ended */ }
  }
  return pids;
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch { /* it has ended */ }
}

async function limited<T>(work: Promise<T>, ms: number, message: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
