import { peakBytes } from "./peak_bytes.ts";
import { signalTree } from "./process_tree.ts";

/** Time that a script has to end in good order, in milliseconds. */
const GRACE_MS = 5000;

/** One script that was run. */
export interface BenchResult {
  readonly name: string;
  readonly ok: boolean;
  /** Why there is no result; null when there is one. */
  readonly problem: string | null;
  readonly durationMs: number;
  /** The most memory that its own process held, in bytes; null where Linux is not. */
  readonly peakBytes: number | null;
  /** The script's last line, when it is a JSON object. */
  readonly result: unknown;
}

/** When a script is ended before it ends itself. */
export interface ScriptEnd {
  /** Time after which it is ended, in seconds. @default none */
  readonly limitSeconds?: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a benchmark script of the checkout in `root`; what it prints goes to standard error. A script that is
 * ended ends with all that it started.
 */
export async function runScript(
  root: string,
  name: string,
  args: readonly string[],
  { limitSeconds, signal }: ScriptEnd = {},
): Promise<BenchResult> {
  const start = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", `${root}bench/${name}.ts`, ...args],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let peak: number | null = null;
  let ended: string | null = null;
  const watch = setInterval(() => peak = Math.max(peak ?? 0, peakBytes(child.pid)), 200);
  const end = (why: string) => {
    ended ??= why;
    signalTree(child.pid, "SIGTERM");
    const kill = setTimeout(() => signalTree(child.pid, "SIGKILL"), GRACE_MS);
    void child.status.then(() => clearTimeout(kill));
  };
  const timer = limitSeconds === undefined
    ? undefined
    : setTimeout(() => end(`it took longer than ${limitSeconds} s`), 1000 * limitSeconds);
  const onAbort = () => end("it was interrupted");
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort);
  let tail = "";
  const reader = child.stdout.getReader();
  const read = async () => {
    const decoder = new TextDecoder();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const text = decoder.decode(part.value, { stream: true });
      // The report is the only thing on standard output, so that it can be piped on.
      for (let at = 0; at < part.value.length;) {
        at += Deno.stderr.writeSync(part.value.subarray(at));
      }
      tail = (tail + text).slice(-1_000_000);
    }
  };
  const reading = read();
  const { success, code } = await child.status;
  // A process that it left behind may hold the pipe open.
  const late = setTimeout(() => void reader.cancel(), 1000);
  await reading;
  clearTimeout(late);
  clearInterval(watch);
  clearTimeout(timer);
  signal?.removeEventListener("abort", onAbort);
  const problem = ended ?? (success ? null : `it ended with exit code ${code}`);
  return {
    name,
    ok: problem === null,
    problem,
    durationMs: performance.now() - start,
    peakBytes: Deno.build.os === "linux" ? peak : null,
    result: lastJson(tail),
  };
}

function lastJson(text: string): unknown {
  const line = text.trimEnd().split("\n").at(-1) ?? "";
  try {
    return line.startsWith("{") ? JSON.parse(line) : null;
  } catch {
    return null;
  }
}
