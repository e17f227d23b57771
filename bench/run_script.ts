import { peakBytes } from "./peak_bytes.ts";

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

/**
 * Runs a benchmark script of the checkout in `root`; what it prints goes to standard error.
 *
 * @param limitSeconds time after which it is ended. @default none
 */
export async function runScript(
  root: string,
  name: string,
  args: readonly string[],
  limitSeconds?: number,
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
  let isLate = false;
  const watch = setInterval(() => peak = Math.max(peak ?? 0, peakBytes(child.pid)), 200);
  const timer = limitSeconds === undefined ? undefined : setTimeout(() => {
    isLate = true;
    child.kill("SIGTERM");
  }, 1000 * limitSeconds);
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    const text = decoder.decode(chunk, { stream: true });
    // The report is the only thing on standard output, so that it can be piped on.
    for (let at = 0; at < chunk.length;) at += Deno.stderr.writeSync(chunk.subarray(at));
    tail = (tail + text).slice(-1_000_000);
  }
  const { success, code } = await child.status;
  clearInterval(watch);
  clearTimeout(timer);
  const problem = isLate
    ? `it took longer than ${limitSeconds} s`
    : success
    ? null
    : `it ended with exit code ${code}`;
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
