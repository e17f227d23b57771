import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";
import { InterpreterProcess } from "@potstill/interpreter/pyodide/interpreter_process.ts";
import type { InterpreterSession, Tool } from "@potstill/interpreter/interpreter.ts";
import { childPids } from "../../bench/interpreter/fault_runs.ts";

const PATIENT = { timeoutMs: 60_000 };

/** What a state that was fetched or built again must have kept. */
const LOOK = "print(x, sorted(d.items()), random.random(), list({'a', 'set', 'of'}), id(d) % 1000)";
const STEPS = ["import random\nx = 1\nd = {}", "x += 1\nd['two'] = x", "random.random(); x *= 10"];

/** Runs steps; one whose process turns out to have been killed before it is undone and run again. */
async function runAll(session: InterpreterSession, codes: readonly string[]): Promise<string> {
  let logs = "";
  for (const code of codes) {
    let run = await session.run(code, PATIENT);
    for (let i = 0; i < 3 && run.error?.kind === "interpreter"; i++) {
      run = await session.run(code, PATIENT);
    }
    assert.equal(run.error, null, JSON.stringify(run.error));
    logs = run.logs;
  }
  return logs;
}

/** Kills every process and waits until that has been noticed. */
async function killAll(): Promise<void> {
  const pids = await childPids();
  for (const pid of pids) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch { /* it has ended */ }
  }
  while (pids.some((pid) => existsSync(`/proc/${pid}`))) await later(10);
  await later(50);
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test({
  name: "a state that only a process has survives what happens to the process",
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    const interpreter = await createInterpreter({ processes: 1, imports: ["*"] });
    const open = () => interpreter.open([]);
    const undisturbed = await open();
    const expected = await runAll(undisturbed, [...STEPS, LOOK]);
    await undisturbed.close();
    assert.match(expected, /^20 \[\('two', 2\)\] 0\./);

    await t.step("its process is killed between steps", async () => {
      const session = await open();
      await runAll(session, STEPS.slice(0, 2));
      await killAll();
      await runAll(session, STEPS.slice(2));
      await killAll();
      assert.equal(await runAll(session, [LOOK]), expected);
      await session.close();
    });
    await t.step("another session takes its process", async () => {
      const [one, other] = [await open(), await open()];
      for (const code of STEPS) {
        await runAll(one, [code]);
        await runAll(other, [code]);
      }
      assert.equal(await runAll(one, [LOOK]), expected);
      assert.equal(await runAll(other, [LOOK]), expected);
      await one.close();
      await other.close();
    });
    await t.step("it is killed while another session has its process", async () => {
      const [one, other] = [await open(), await open()];
      await runAll(one, STEPS);
      const busy = other.run("import time\ntime.sleep(0.3)", PATIENT);
      const asked = runAll(one, [LOOK]);
      await killAll();
      await busy;
      assert.equal(await asked, expected);
      await one.close();
      await other.close();
    });
    await t.step("a step reaches a limit, or ends the process", async () => {
      const session = await open();
      await runAll(session, STEPS.slice(0, 1));
      for (const end of ["while True: pass", "import os\nos._exit(0)"]) {
        const run = await session.run(`x = 7\nd.clear()\n${end}`, { timeoutMs: 300 });
        assert.notEqual(run.error, null);
      }
      await runAll(session, STEPS.slice(1, 2));
      const run = await session.run("x = 7\nmax(iter(int, 1))", { timeoutMs: 300 });
      assert.equal(run.error!.kind, "timeout");
      assert.equal(await runAll(session, [...STEPS.slice(2), LOOK]), expected);
      await session.close();
    });
    await t.step("candidates follow plain steps, and plain steps candidates", async () => {
      const session = await open();
      await runAll(session, STEPS.slice(0, 2));
      const run = await session.runCandidates(["x = 0", STEPS[2], "d.clear()"], PATIENT);
      assert.deepEqual(run.executions.map(({ error }) => error), [null, null, null]);
      await run.commit(1);
      await runAll(session, ["y = x", "del y"]);
      const again = await session.runCandidates([LOOK, "x = 0"], PATIENT);
      assert.equal(again.executions[0].logs, expected);
      assert.equal(await runAll(session, [LOOK]), expected);
      await session.close();
    });
    await interpreter.close();
  },
});

Deno.test({
  name: "a state goes on when its process is retired, and when it reads the clock or writes files",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const interpreter = await createInterpreter({ processes: 1, imports: ["*"] });
    const session = await interpreter.open([]);
    await runAll(session, ["x = 1"]);
    const [before] = await childPids();
    await runAll(session, ["x += 1\nbig = bytearray(150_000_000)\ndel big"]);
    assert.equal(await runAll(session, ["x += 1\nprint(x)"]), "3\n");
    assert.notEqual((await childPids()).at(-1), before);
    const codes = ["import time\nt = time.time()\nopen('/tmp/f', 'w').write('text')"];
    await runAll(session, codes);
    const look = "print(t, open('/tmp/f').read())";
    const seen = await runAll(session, [look]);
    await killAll();
    assert.equal(await runAll(session, [look]), seen);
    await session.close();
    await interpreter.close();
  },
});

Deno.test({
  name: "tools are not called again when steps are",
  ignore: Deno.build.os !== "linux",
  async fn() {
    let calls = 0;
    const tool: Tool = {
      name: "count",
      description: "",
      parameters: [],
      returns: "integer",
      call: () => Promise.resolve(++calls),
    };
    const interpreter = await createInterpreter({ processes: 2 });
    const session = await interpreter.open([tool]);
    await runAll(session, ["a = count()", "a += 10 * count()"]);
    await killAll();
    assert.equal(await runAll(session, ["print(a)"]), "21\n");
    assert.equal(calls, 2);
    await interpreter.close();
  },
});

const search: Tool = {
  name: "search",
  description: "",
  parameters: [{ name: "query", type: "string", description: "" }],
  returns: "string",
  call: ([query]) => Promise.resolve(`about ${query}`),
};

Deno.test({
  name: "sessions that take turns run quick steps again, and no state is saved",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { save } = InterpreterProcess.prototype;
    let saves = 0;
    InterpreterProcess.prototype.save = function () {
      saves++;
      return save.call(this);
    };
    const interpreter = await createInterpreter({ processes: 1, imports: ["*"] });
    const open = () => interpreter.open([search]);
    /** Saves of a round; on a busy machine a step may not be quick. */
    const round = async () => {
      const [one, other, third] = [await open(), await open(), await open()];
      await runAll(one, ["x = search('cats')"]);
      saves = 0;
      await runAll(other, ["x = search('dogs')"]);
      await runAll(one, ["x += '!'"]);
      await runAll(other, ["x += '?'"]);
      assert.equal(await runAll(one, ["print(x)"]), "about cats!\n");
      assert.equal(await runAll(other, ["print(x)"]), "about dogs?\n");
      const run = await third.runCandidates(["y = 1", "y = search('mice')"], PATIENT);
      await run.commit(1);
      assert.equal(await runAll(third, ["print(y)"]), "about mice\n");
      const found = saves;
      await runAll(third, ["import time\nt = time.time()"]);
      assert.ok(saves > found, "what the clock said cannot be had again");
      for (const session of [one, other, third]) await session.close();
      return found;
    };
    try {
      const rounds: number[] = [];
      while (!rounds.includes(0) && rounds.length < 8) rounds.push(await round());
      assert.ok(rounds.includes(0), `saved ${rounds}`);
    } finally {
      InterpreterProcess.prototype.save = save;
      await interpreter.close();
    }
  },
});

Deno.test({
  name: "a session whose process is just being taken asks nobody else's state of it",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const interpreter = await createInterpreter({ processes: 1, imports: ["*"] });
    const [one, other] = [await interpreter.open([]), await interpreter.open([])];
    await runAll(other, ["x = 'of another'"]);
    for (let turns = 0; turns < 24; turns++) {
      await runAll(one, [`x = ${turns}`]);
      const taking = other.run("y = x", PATIENT);
      for (let i = 0; i < turns; i++) await null;
      const run = await one.runCandidates(["print(x)"], PATIENT);
      assert.equal(run.executions[0].logs, `${turns}\n`);
      await taking;
      assert.equal(await runAll(one, ["print(x)"]), `${turns}\n`);
      assert.equal(await runAll(other, ["print(x, y)"]), "of another of another\n");
    }
    await interpreter.close();
  },
});

Deno.test({
  name: "a step that is aborted while the steps before it are run again ends with the reason",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const interpreter = await createInterpreter({ processes: 1, imports: ["*"] });
    const [one, other] = [await interpreter.open([]), await interpreter.open([])];
    await runAll(one, ["x = 1"]);
    await runAll(other, ["x = 2"]);
    const { run } = InterpreterProcess.prototype;
    const controller = new AbortController();
    InterpreterProcess.prototype.run = function (...args) {
      InterpreterProcess.prototype.run = run;
      controller.abort(new Error("no longer wanted"));
      return run.apply(this, args);
    };
    const { signal } = controller;
    await assert.rejects(one.run("x = 3", { ...PATIENT, signal }), /no longer wanted/);
    assert.equal(await runAll(one, ["print(x)"]), "1\n");
    await interpreter.close();
  },
});
