import assert from "node:assert/strict";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";
import type { Execution, Tool } from "@potstill/interpreter/interpreter.ts";
import { attackCases } from "./attack_cases.ts";

/** Of an attack; what is run to look at the damage may take longer, on a machine that is busy. */
const LIMIT_MS = 1_500;
const PATIENT = { timeoutMs: 60_000 };
const SECRET = "s3cret-8f14e45f";

const given: Tool = {
  name: "given_tool",
  description: "",
  parameters: [{ name: "text", type: "string", description: "" }],
  returns: "string",
  call: ([text]) => Promise.resolve(text),
};

/** What a session that nobody tampered with answers. */
const PROBE = `
import builtins, math, os, random, json, step_runner, sys
print(sorted(os.listdir('/tmp')), os.getcwd(), math.pi, json.dumps([1]), random.random())
print(hasattr(builtins, 'leak'), 'leak' in globals(), len(sys.modules), sys.getrecursionlimit())
`;

function textOf(execution: Execution): string {
  return execution.logs + (execution.output ?? "") + (execution.error?.message ?? "");
}

Deno.test("no attack reaches the host or the next session", async (t) => {
  const folder = await Deno.makeTempDir();
  const secretFile = `${folder}/secret.txt`;
  const dropFile = `${folder}/dropped.txt`;
  await Deno.writeTextFile(secretFile, SECRET);
  Deno.env.set("POTSTILL_TEST_SECRET", SECRET);
  let requests = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    requests++;
    return new Response(SECRET);
  });
  const interpreter = await createInterpreter({
    processes: 2,
    imports: ["*"],
    timeoutMs: LIMIT_MS,
    memoryMb: 256,
  });
  const targets = { secretFile, secret: SECRET, port: server.addr.port, dropFile };
  const probe = async () => {
    const session = await interpreter.open([given]);
    const execution = await session.run(PROBE, PATIENT);
    await session.close();
    return execution;
  };
  const clean = await probe();
  assert.equal(clean.error, null);
  const cases = attackCases(targets);
  assert.ok(cases.length >= 40, `${cases.length} cases`);
  for (const { name, code, expect, never, isDestructive } of cases) {
    await t.step(name, async () => {
      const session = await interpreter.open([given]);
      const started = performance.now();
      const execution = await session.run(code);
      const ms = performance.now() - started;
      const text = textOf(execution);
      assert.ok(!text.includes(SECRET), "the secret is in the text");
      assert.equal(execution.isFinal, false);
      assert.ok(text.length < 80_000, `${text.length} characters`);
      if (expect && execution.error?.kind !== "timeout") {
        assert.match(text.slice(0, 60_000), expect);
      }
      if (never) assert.doesNotMatch(text, never);
      // The limit, a second, and room for a machine that is busy.
      assert.ok(ms < LIMIT_MS + 1_000 + 8_000, `took ${ms} ms`);
      // The session goes on, and another is as if nothing had been.
      const again = await session.run("6 * 7", PATIENT);
      if (!isDestructive) assert.equal(again.output, "42");
      await session.close();
      assert.equal((await probe()).logs, clean.logs, "the next session is not clean");
      assert.equal(requests, 0, "a request was made");
      await assert.rejects(Deno.stat(dropFile), "a file was written");
      assert.equal(await Deno.readTextFile(secretFile), SECRET);
    });
  }
  await interpreter.close();
  await server.shutdown();
  await Deno.remove(folder, { recursive: true });
});
