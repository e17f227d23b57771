/**
 * Brute-force loops in the interpreter against the machine's own CPython: the time inside the code.
 * Needs `python3`.
 *
 * deno run -A bench/interpreter/loops.ts [--rounds N] [--json]
 */
import { parseArgs } from "node:util";
import { createInterpreter } from "@potstill";

const LOOPS: Readonly<Record<string, string>> = {
  "one loop with a branch": `
total = 0
for i in range(1_000_000):
    if i % 3 == 0 or i % 5 == 0:
        total += i
`,
  "nested loops over triples": `
found = []
for a in range(1, 120):
    for b in range(a, 120):
        for c in range(b, 120):
            if a * a + b * b == c * c:
                found.append((a, b, c))
`,
  "a sieve": `
n = 1_000_000
sieve = [True] * (n + 1)
for i in range(2, 1001):
    if sieve[i]:
        for j in range(i * i, n + 1, i):
            sieve[j] = False
count = sum(sieve) - 2
`,
  "digits in a function": `
def digit_sum(n):
    s = 0
    while n:
        s += n % 10
        n //= 10
    return s
best = max(range(200_000), key=digit_sum)
`,
  "dictionary counting": `
counts = {}
for i in range(400_000):
    key = (i * 7919) % 1009
    counts[key] = counts.get(key, 0) + 1
`,
  "permutations": `
import itertools
hits = 0
for p in itertools.permutations(range(8)):
    if all(abs(p[i] - p[j]) != j - i for i in range(8) for j in range(i + 1, 8)):
        hits += 1
`,
};

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const timed = (code: string) =>
  `import time\nstarted = time.perf_counter()\n${code}\nprint((time.perf_counter() - started) * 1000)`;
const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

async function inCPython(code: string): Promise<number> {
  const { stdout, success } = await new Deno.Command("python3", { args: ["-c", code] }).output();
  if (!success) throw new Error("Cannot measure: python3 failed");
  return Number(new TextDecoder().decode(stdout));
}

const interpreter = await createInterpreter({ processes: 1, timeoutMs: 120_000 });
const results = [];
for (const [name, code] of Object.entries(LOOPS)) {
  const own: number[] = [], native: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const session = await interpreter.open([]);
    const { logs, error } = await session.run(timed(code));
    if (error !== null) throw new Error(error.message);
    await session.close();
    const reference = await inCPython(timed(code));
    if (round < 0) continue;
    own.push(Number(logs));
    native.push(reference);
  }
  const [ms, cpythonMs] = [median(own), median(native)];
  results.push({ name, ms, cpythonMs, ratio: ms / cpythonMs });
}
await interpreter.close();

console.log(
  `${"milliseconds".padEnd(30)}${"here".padStart(9)}${"CPython".padStart(9)}${"ratio".padStart(7)}`,
);
for (const { name, ms, cpythonMs, ratio } of results) {
  const numbers = ms.toFixed(0).padStart(9) + cpythonMs.toFixed(0).padStart(9);
  console.log(`${name.padEnd(30)}${numbers}${ratio.toFixed(2).padStart(7)}`);
}
if (values.json) console.log(JSON.stringify({ unit: "ms", results }));
