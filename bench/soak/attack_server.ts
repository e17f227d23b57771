import type { Random } from "@potstill";
import { attacks } from "./hostile_requests.ts";

/** What came of the attacks. */
export interface AttackReport {
  readonly requests: number;
  /** Answers by attack and status. */
  readonly statuses: Record<string, number>;
  /** Honest requests that were answered. */
  readonly answered: number;
  /** The longest that an honest request or `/health` took, in milliseconds. */
  readonly slowestMs: number;
  readonly problems: readonly string[];
}

/** Serves a student in a process of its own and attacks it until `until`. */
export function attackServer(
  random: Random,
  until: number,
): { readonly pid: Promise<number>; readonly finished: Promise<AttackReport> } {
  const root = new URL("../../", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      `${root}lib/cli/main.ts`,
      "serve",
      "--port",
      "0",
      "--student",
      `${root}data/base/0.3M`,
      "--threads",
      "1",
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const url = firstUrl(child.stdout);
  return { pid: url.then(() => child.pid), finished: attackUntil(child, url, random, until) };
}

function firstUrl(stdout: ReadableStream<Uint8Array>): Promise<URL> {
  const { promise, resolve, reject } = Promise.withResolvers<URL>();
  const decoder = new TextDecoder();
  let text = "";
  // What it says later is read and forgotten, so that it can go on saying it.
  stdout.pipeTo(
    new WritableStream({
      write(part) {
        if (text.length > 10_000) return;
        text += decoder.decode(part, { stream: true });
        const found = /(https?:\/\/\S+)\s/.exec(text);
        if (found) resolve(new URL(found[1]));
      },
      close: () => reject(new Error("the student's server did not start")),
    }),
  ).catch(reject);
  return promise;
}

async function attackUntil(
  child: Deno.ChildProcess,
  url: Promise<URL>,
  random: Random,
  until: number,
): Promise<AttackReport> {
  const base = await url;
  let isOver = false;
  const ended = child.status.then(() => isOver = true);
  const statuses: Record<string, number> = {};
  const problems = new Set<string>();
  let [requests, answered, slowestMs] = [0, 0, 0];
  const names = Object.keys(attacks);
  const attacker = async (own: Random) => {
    while (Date.now() < until && !isOver) {
      const name = own.pick(names);
      requests++;
      const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), 31_000));
      const attack = attacks[name](base, own, AbortSignal.timeout(30_000)).catch(() => null);
      const response = await Promise.race([attack, late]);
      await response?.body?.cancel().catch(() => {});
      const key = `${name}: ${response?.status ?? "no answer"}`;
      statuses[key] = (statuses[key] ?? 0) + 1;
      if ((response?.status ?? 0) >= 500) problems.add(`the student's server: ${key}`);
      await new Promise((resolve) => setTimeout(resolve, own.integer(50, 500)));
    }
  };
  const honest = async () => {
    while (Date.now() < until && !isOver) {
      const startedAt = performance.now();
      const response = await fetch(new URL("/v1/chat/completions", base), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          model: "0.3M",
          messages: [{ role: "user", content: "What is the capital of Peru?" }],
          max_tokens: 8,
        }),
        signal: AbortSignal.timeout(60_000),
      }).catch((error) => error as Error);
      const text = response instanceof Response ? await response.text() : response.message;
      if (response instanceof Response && response.ok) answered++;
      else problems.add(`an honest request: ${text.slice(0, 200)}`);
      slowestMs = Math.max(slowestMs, Math.round(performance.now() - startedAt));
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  };
  await Promise.all([attacker(random.fork("a")), attacker(random.fork("b")), honest()]);
  if (isOver) problems.add("the student's server ended");
  else child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(killer);
  return { requests, statuses, answered, slowestMs, problems: [...problems] };
}
