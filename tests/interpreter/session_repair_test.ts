import assert from "node:assert/strict";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";

const PATIENT = { timeoutMs: 60_000 };

/** What a step does to its session, and what the next step prints all the same. */
const DAMAGE: readonly (readonly [string, string, string])[] = [
  ["globals().clear()", "print(len('abc'))", "3\n"],
  ["del __builtins__", "print(max(1, 2))", "2\n"],
  ["__builtins__ = {}", "print('x')", "x\n"],
  ["import sys, io\nsys.stdout = io.StringIO()\n1 / 0", "print('seen')", "seen\n"],
  ["import sys\nsys.stdout = sys.stderr = None", "print('seen')", "seen\n"],
  ["import os\nos.close(0); os.close(1)", "print('still')", "still\n"],
  ["open('/tmp/__proto__', 'w').write('a')", "print(open('/tmp/__proto__').read())", "a\n"],
  [
    "for name in ['__proto__', 'constructor', 'toString']: open(f'/tmp/{name}', 'w').close()",
    "import os\nprint(sorted(os.listdir('/tmp')))",
    "['__proto__', 'constructor', 'toString']\n",
  ],
];

Deno.test("a session goes on after a step that broke what steps stand on", async (t) => {
  const interpreter = await createInterpreter({ processes: 1 });
  for (const [step, next, logs] of DAMAGE) {
    await t.step(step, async () => {
      const session = await interpreter.open([]);
      const other = await interpreter.open([]);
      await session.run(step, PATIENT);
      // Takes the process, so that the state is saved and put back.
      await other.run("1", PATIENT);
      const execution = await session.run(next, PATIENT);
      assert.deepEqual([execution.error, execution.logs], [null, logs]);
      await session.close();
      await other.close();
    });
  }
  await interpreter.close();
});

Deno.test("a stream that one session closed is open in the next", async () => {
  const interpreter = await createInterpreter({ processes: 1 });
  const look =
    "import os\nprint([os.read(0, 9), os.write(1, b'x'), os.write(2, b'x'), id(object())])";
  const first = await interpreter.open([]);
  const fresh = await first.run(look, PATIENT);
  assert.match(fresh.logs, /^\[b'', 1, 1, /);
  await first.close();
  for (const damage of ["for i in range(3): os.close(i)", "os.dup2(1, 0); os.dup2(0, 77)"]) {
    const session = await interpreter.open([]);
    await session.run(`import os\n${damage}`, PATIENT);
    await session.close();
    const next = await interpreter.open([]);
    assert.equal((await next.run(look, PATIENT)).logs, fresh.logs);
    const run = await next.runCandidates([`import os\n${damage}`, look, `${look}#`], PATIENT);
    assert.deepEqual(
      run.executions.slice(1).map(({ error, logs }) => [error, logs.slice(0, 13)]),
      [[null, "[b'', 1, 1, 2"], [null, "[b'', 1, 1, 2"]],
    );
    await next.close();
  }
  await interpreter.close();
});

Deno.test("remarks on code are no output of it; an error whose text fails is one", async () => {
  const interpreter = await createInterpreter({ processes: 1 });
  const session = await interpreter.open([]);
  for (
    const code of [
      "import re\nprint(re.findall('\\d', 'a1'))",
      "print(1 is 1, ['1'])",
      "assert (1, 'x')",
    ]
  ) {
    const { logs, error } = await session.run(code, PATIENT);
    assert.equal(error, null);
    assert.ok(!logs.includes("Warning"), logs);
  }
  const warned = await session.run("import warnings\nwarnings.warn('careful')", PATIENT);
  assert.match(warned.logs, /UserWarning: careful/);
  const odd = "class Odd(Exception):\n  def __str__(self): raise ValueError\nraise Odd()";
  const message = (await session.run(odd, PATIENT)).error?.message;
  assert.equal(
    message,
    "Code execution failed at line 'raise Odd()' due to: Odd: <exception str() failed>",
  );
  const empty = await session.run("x = 1\0", PATIENT);
  assert.match(
    empty.error!.message,
    /^Code parsing failed on line 1 due to: SyntaxError: source code/,
  );
  await interpreter.close();
});
