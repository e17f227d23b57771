import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../lib/cli/main.ts", import.meta.url));

Deno.test("exec runs JSON lines in order, keeps state within an id, names bad lines", async () => {
  const lines = [
    {
      id: "a",
      steps: ["x = 1", "x += 1\nprint(x)", "1 / 0", "final_answer(x)"],
      timeoutMs: 60_000,
    },
    "not JSON",
    { id: 2, steps: ["x"], timeoutMs: 60_000 },
    { id: "c", steps: [5] },
    { steps: [] },
    { id: "d", steps: ["while True: pass", "6 * 7"], timeoutMs: 1_500 },
    { id: "a", steps: ["x"], timeoutMs: 60_000 },
    { id: "e", steps: [], timeoutMs: -1 },
  ];
  const input = lines.map((line) => typeof line === "string" ? line : JSON.stringify(line));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", MAIN, "exec"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input.join("\n") + "\n\n"));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assert.equal(new TextDecoder().decode(stderr), "");
  const answers = new TextDecoder().decode(stdout).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assert.equal(code, 1);
  assert.equal(answers.length, 8);
  const [a, bad, two, c, none, d, again, e] = answers;
  assert.equal(a.id, "a");
  assert.deepEqual(Object.keys(a.results[0]).toSorted(), [
    "durationMs",
    "error",
    "errorKind",
    "finalAnswer",
    "isFinal",
    "logs",
    "output",
    "truncated",
  ]);
  assert.equal(a.results[1].logs, "2\n");
  assert.match(a.results[2].error, /due to: ZeroDivisionError: division by zero$/);
  assert.deepEqual([a.results[3].isFinal, a.results[3].finalAnswer], [true, "2"]);
  assert.match(bad.error, /^Cannot read line 2: .* is not valid JSON$/);
  assert.equal(two.id, 2);
  assert.match(two.results[0].error, /variable `x` is not defined/);
  assert.deepEqual(c, { id: "c", error: 'Cannot read line 4: "steps[0]" is 5, not a text' });
  assert.equal(none.error, 'Cannot read line 5: "id" is missing, not a text');
  assert.equal(d.results[0].errorKind, "timeout");
  assert.equal(d.results[1].output, "42");
  assert.equal(again.results[0].output, "2");
  assert.equal(
    e.error,
    'Cannot read line 8: "timeoutMs" is -1, not a number above 0 and up to 2147483647',
  );
});
