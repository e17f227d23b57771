import assert from "node:assert/strict";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";
import type { Tool } from "@potstill/interpreter/interpreter.ts";
import { childPids } from "../../bench/interpreter/fault_runs.ts";

const PATIENT = { timeoutMs: 60_000 };

function tool(name: string, call: Tool["call"]): Tool {
  const parameters = [{ name: "x", type: "string", description: "" }] as const;
  return { name, description: "", parameters, returns: "any", call };
}

/** A request past the checks in Python, as the host reads it, and the answer's text. */
const ASK = `
import os
def ask(request):
    os.write(3, request)
    return os.read(3, int.from_bytes(os.read(3, 4), 'little'))
`;

/** What never reaches a tool: each is counted, and none lengthens the step. */
const REFUSED: Readonly<Record<string, string>> = {
  "an unknown tool": `b'{"name": "none", "arguments": []}'`,
  "wrong arguments": `b'{"name": "given", "arguments": [1, 2]}'`,
  "no JSON": "b'{'",
  "no call": `b'[1]'`,
};

Deno.test("calls that are refused are counted, and their time is the step's own", async (t) => {
  let called = 0;
  const interpreter = await createInterpreter({ processes: 1, maxToolCalls: 5 });
  const given = tool("given", () => Promise.resolve(++called));
  for (const [what, request] of Object.entries(REFUSED)) {
    await t.step(what, async () => {
      const session = await interpreter.open([given]);
      const many = `${ASK}for i in range(4): ask(${request})\ngiven('a')\ngiven('b')`;
      const { error } = await session.run(many, PATIENT);
      assert.match(error!.message, /limit of 5 tool calls in one step/);
      const flood = `${ASK}while True: ask(${request})`;
      const late = await session.run(flood, { timeoutMs: 700 });
      assert.equal(late.error?.kind, "timeout");
      const caught = "while True:\n  try: given('c')\n  except Exception: pass";
      assert.equal((await session.run(caught, { timeoutMs: 700 })).error?.kind, "timeout");
      assert.equal((await session.run("6 * 7", PATIENT)).output, "42");
      await session.close();
    });
  }
  assert.equal(called, 4 + 4 * 5);
  await interpreter.close();
});

Deno.test("a step's tools have a limit together", async () => {
  const interpreter = await createInterpreter({
    processes: 1,
    toolTimeoutMs: 800,
    toolsTimeoutMs: 1_000,
  });
  const never = tool("never", () => new Promise(() => {}));
  const session = await interpreter.open([never]);
  const code = "for i in range(9):\n  try: never('x')\n  except Exception as e: print(e)";
  const { logs, error, toolCalls } = await session.run(code, { timeoutMs: 20_000 });
  assert.equal(error, null);
  assert.match(logs, /^The tool did not answer within 0.8 seconds.\n/);
  assert.match(logs, /(The tools of this step took 1 seconds, which is all they may\.\n){7}$/);
  assert.equal(toolCalls.length, 2);
  await interpreter.close();
});

Deno.test("time limits that no timer keeps are refused by name", async () => {
  for (const ms of [3e9, 2 ** 31, Infinity, NaN, -1, 0]) {
    for (const name of ["timeoutMs", "toolTimeoutMs", "toolsTimeoutMs"]) {
      await assert.rejects(
        createInterpreter({ [name]: ms }),
        new RegExp(`${name} is ${String(ms).replace("+", "\\+")}, not a number above 0 and up to`),
      );
    }
  }
  const interpreter = await createInterpreter({ processes: 1, timeoutMs: 2 ** 31 - 1 });
  const session = await interpreter.open([]);
  for (const timeoutMs of [3e9, Infinity, NaN, -5]) {
    await assert.rejects(session.run("1", { timeoutMs }), /Cannot run code: timeoutMs is/);
    await assert.rejects(session.runCandidates(["1"], { timeoutMs }), /timeoutMs is/);
  }
  // The longest that is taken is not cut to nothing.
  const { output } = await session.run("import time\ntime.sleep(0.7)\n5", {
    timeoutMs: 2 ** 31 - 1,
  });
  assert.equal(output, "5");
  await assert.rejects(createInterpreter({ timeout: 5 } as object), /there is no option timeout/);
  await interpreter.close();
});

Deno.test("a step is run again with all that its code was answered", async () => {
  const interpreter = await createInterpreter({ processes: 1 });
  let called = 0;
  const given = tool("given", () => Promise.resolve(++called));
  for (const request of [...Object.values(REFUSED), null]) {
    const session = await interpreter.open([given]);
    const ask = request === null ? "ask(b'?')" : `ask(${request})`;
    const code = `${ASK}seen = []
for i in range(60):
    try: seen.append(str(${request === null ? "given('x')" : ask}))
    except Exception as e: seen.append(str(e))
import hashlib
sum = hashlib.sha256(''.join(seen).encode()).hexdigest()
print(sum)`;
    const first = await session.run(code, PATIENT);
    assert.equal(first.error, null);
    const before = called;
    for (const pid of await childPids()) Deno.kill(pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 200));
    let again = await session.run("print(sum)\nsum = 0", PATIENT);
    if (again.error?.kind === "interpreter") again = await session.run("print(sum)", PATIENT);
    assert.equal(again.logs, first.logs);
    assert.equal(called, before);
    await session.close();
  }
  await interpreter.close();
});

/** Code that makes the host hold as much as it can, and what becomes of it. */
const HOARDS: Readonly<Record<string, [string, RegExp]>> = {
  "contents": ["f = open('/tmp/f', 'wb')\nwhile True: f.write(bytes(100_000))", /No space/],
  "a hole": [
    "f = open('/tmp/f', 'wb')\nf.seek(2_000_000_000)\nf.write(b'x')\nf.flush()",
    /No space/,
  ],
  "truncate": ["open('/tmp/f', 'wb').truncate(2_000_000_000)", /No space/],
  "links": [
    "import os\nfor i in range(10**6): os.symlink(f'{i}' + 'é' * 4_000, f'/tmp/{i}')",
    /No space/,
  ],
  "names": ["for i in range(10**6): open(f'/tmp/{i}' + 'n' * 200, 'w').close()", /No space/],
  "renamed": [
    "import os\nopen('/tmp/a', 'w').close()\nos.rename('/tmp/a', '/tmp/' + 'n' * 300)",
    /too long/,
  ],
  "deleted but open": [
    "import os\nkept = []\nfor i in range(300):\n  f = open('/tmp/f', 'wb')\n  f.write(bytes(1_000_000))\n  f.flush()\n  kept.append(f)\n  os.remove('/tmp/f')",
    /No space/,
  ],
  "a file where the terminal was": ["open('/dev/tty', 'w').write('x' * 10**7)", /No space/],
  "the host's random device": ["open('/dev/urandom', 'rb').read(4)", /No such file/],
};

Deno.test("what code can make the host hold has one limit", async (t) => {
  const interpreter = await createInterpreter({ processes: 1, filesMb: 8, memoryMb: 256 });
  for (const [what, [code, expected]] of Object.entries(HOARDS)) {
    await t.step(what, async () => {
      const session = await interpreter.open([]);
      const { error } = await session.run(code, PATIENT);
      assert.match(error!.message.slice(0, 5_000), expected);
      await session.close();
    });
  }
  await t.step("files that come and go do not count", async () => {
    const session = await interpreter.open([]);
    const code =
      "import os\nfor i in range(200):\n  open('/tmp/f', 'wb').write(bytes(1_000_000))\n" +
      "  os.remove('/tmp/f')\nfor i in range(30_000): open('/tmp/g', 'w').close(); os.remove('/tmp/g')\n'ok'";
    assert.equal((await session.run(code, PATIENT)).output, "ok");
    await session.close();
  });
  await t.step("a state that is taken on counts in its new process", async () => {
    const [one, other] = [await interpreter.open([]), await interpreter.open([])];
    await one.run("open('/tmp/f', 'wb').write(bytes(7_000_000))", PATIENT);
    await other.run("open('/tmp/f', 'wb').write(bytes(100))", PATIENT);
    const { error } = await one.run("open('/tmp/g', 'wb').write(bytes(2_000_000))", PATIENT);
    assert.match(error!.message, /No space/);
    assert.equal((await other.run("open('/tmp/g', 'wb').write(bytes(2_000_000))")).error, null);
  });
  await interpreter.close();
});

Deno.test("a final answer that is too long is refused in words", async () => {
  const interpreter = await createInterpreter({ processes: 1 });
  const session = await interpreter.open([]);
  for (const code of ["final_answer('x' * 1_000_001)", "final_answer = ['é' * 2_000_000]"]) {
    const { error, isFinal, output } = await session.run(code, PATIENT);
    assert.match(
      error!.message,
      /The final answer has [12]\d{6} characters, more than the 1000000/,
    );
    assert.deepEqual([isFinal, output, error!.kind], [false, null, "execution"]);
  }
  const { finalAnswer } = await session.run("final_answer('\\u00e9' * 1_000_000)", PATIENT);
  assert.equal(finalAnswer?.length, 1_000_000);
  const long = `x = '${"y".repeat(1_100_000)}'; while_ = 1/0`;
  assert.match((await session.run(long, PATIENT)).error!.message, /ZeroDivisionError/);
  const endless = `for c in '${"y".repeat(1_100_000)}':\n  while True: pass`;
  const late = await session.run(endless, { timeoutMs: 1_000 });
  assert.equal(late.error?.kind, "timeout");
  await interpreter.close();
});

Deno.test("what holds the owner up is no time of the step", async () => {
  const interpreter = await createInterpreter({ processes: 1, timeoutMs: 1_000 });
  const session = await interpreter.open([tool("look", () => Promise.resolve("seen"))]);
  // Longer than the step's limit each time, as a large student that reads a long prompt.
  const busy = setInterval(() => {
    const end = performance.now() + 2_500;
    while (performance.now() < end);
  });
  try {
    const { error, logs } = await session.run("for _ in range(3): print(look('it'))");
    assert.deepEqual([error, logs], [null, "seen\nseen\nseen\n"]);
  } finally {
    clearInterval(busy);
  }
  assert.equal((await session.run("while True: pass")).error?.kind, "timeout");
  await interpreter.close();
});
