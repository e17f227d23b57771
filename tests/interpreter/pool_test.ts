import assert from "node:assert/strict";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";
import type { Tool } from "@potstill/interpreter/interpreter.ts";

const PATIENT = { timeoutMs: 60_000 };

Deno.test("many sessions share two processes and keep their states apart", async () => {
  const interpreter = await createInterpreter({ processes: 2 });
  const sessions = await Promise.all(Array.from({ length: 24 }, () => interpreter.open([])));
  await Promise.all(sessions.map((session, i) => session.run(`n = ${i}\nparts = [n]`, PATIENT)));
  for (let round = 0; round < 3; round++) {
    await Promise.all(
      sessions.map((session) => session.run("n += 100\nparts.append(n)", PATIENT)),
    );
  }
  const outputs = await Promise.all(sessions.map((session) => session.run("sum(parts)", PATIENT)));
  assert.deepEqual(outputs.map((e) => e.output), sessions.map((_, i) => String(4 * i + 600)));
  await interpreter.close();
});

Deno.test("open waits while maxSessions are open, and can be aborted", async () => {
  const interpreter = await createInterpreter({ processes: 1, maxSessions: 2 });
  const [first, second] = [await interpreter.open([]), await interpreter.open([])];
  let opened = false;
  const third = interpreter.open([]).then((session) => {
    opened = true;
    return session;
  });
  const abort = new AbortController();
  const fourth = interpreter.open([], abort.signal);
  abort.abort(new Error("enough"));
  await assert.rejects(fourth, /enough/);
  assert.equal(opened, false);
  await first.close();
  assert.equal((await (await third).run("1 + 1", PATIENT)).output, "2");
  await second.close();
  await assert.rejects(first.run("1"), /session is closed/);
  await interpreter.close();
  await assert.rejects(interpreter.open([]), /interpreter is closed/);
});

Deno.test("a run can be aborted; the session goes on from before it", async () => {
  const interpreter = await createInterpreter({ processes: 1 });
  const session = await interpreter.open([]);
  await session.run("x = 1", PATIENT);
  const abort = new AbortController();
  const running = session.run("x = 2\nwhile True: pass", { ...PATIENT, signal: abort.signal });
  setTimeout(() => abort.abort(new Error("stop")), 200);
  await assert.rejects(running, /stop/);
  assert.equal((await session.run("x", PATIENT)).output, "1");
  await interpreter.close();
});

Deno.test("tools' time is not the step's, and has a limit of its own", async () => {
  const tool: Tool = {
    name: "slow",
    description: "",
    parameters: [{ name: "ms", type: "integer", description: "", default: 10 }],
    returns: "string",
    call: ([ms]) => new Promise((resolve) => setTimeout(() => resolve("done"), ms as number)),
  };
  const interpreter = await createInterpreter({ processes: 1, toolTimeoutMs: 1_500 });
  const session = await interpreter.open([tool]);
  await session.run("1", PATIENT);
  assert.equal((await session.run("slow(1000)", { timeoutMs: 900 })).output, "done");
  assert.equal((await session.run("slow()", PATIENT)).output, "done");
  assert.match((await session.run("slow(2500)", PATIENT)).error!.message, /within 1.5 seconds/);
  assert.match((await session.run("slow('a')", PATIENT)).error!.message, /must be an integer/);
  assert.match((await session.run("slow(1, 2)", PATIENT)).error!.message, /takes 1 arguments/);
  await interpreter.close();
});

Deno.test("wrong options and tools are named", async () => {
  await assert.rejects(
    createInterpreter({ timeoutMs: 0 }),
    /timeoutMs is 0, not a number above 0 and up to 2147483647/,
  );
  await assert.rejects(createInterpreter({ memoryMb: 5 }), /memoryMb is 5, not in 64..4000/);
  const interpreter = await createInterpreter({ processes: 1 });
  const tool = { name: "no name", description: "", parameters: [], returns: "" };
  const call = () => Promise.resolve(null);
  await assert.rejects(interpreter.open([{ ...tool, call }]), /"no name" .* no Python identifier/);
  await assert.rejects(interpreter.open([{ ...tool, name: "final_answer", call }]), /is taken/);
  await interpreter.close();
});
