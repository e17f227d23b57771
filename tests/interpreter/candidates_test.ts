import assert from "node:assert/strict";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";
import type { InterpreterSession, Tool } from "@potstill/interpreter/interpreter.ts";

const PATIENT = { timeoutMs: 60_000 };

/** Everything that a candidate could leave behind. */
const SETUP = `
import random, math, json, builtins, os, sys
random.seed(7)
items = [1, 2, 3]
nested = {'a': [1], 'b': {'c': (1, 2)}}
def f(): return 'f'
class C: attribute = 1
generator = (i * i for i in range(100))
next(generator)
log = open('/tmp/log', 'w+')
log.write('one\\n')
log.flush()
`;
const MESS = `
items.append('x'); nested['b']['c'] = 0; nested['new'] = 1
def f(): return 'changed'
C.attribute = 2; C.more = 3
next(generator); next(generator)
math.pi = 3; json.dumps = None; sys.path.append('/mess'); builtins.leak = 1
builtins.sum = lambda x: 'no sum'; os.environ['LEAK'] = '1'
random.random(); random.seed(1)
log.write('mess\\n'); log.seek(0)
open('/tmp/other', 'w').write('other'); os.mkdir('/tmp/folder'); os.chdir('/tmp/folder')
os.rename('/tmp/other', '/tmp/moved'); os.symlink('/tmp/moved', '/tmp/link')
sys.modules['evil'] = sys; sys.setrecursionlimit(500)
import decimal, fractions
decimal.getcontext().prec = 5
del items
`;
const LOOK = `
import decimal
def look():
    return [
        globals().get('items'), nested, f(), C.attribute, hasattr(C, 'more'), math.pi,
        json.dumps is None, sys.path[-1], hasattr(builtins, 'leak'), sum([1, 2]),
        os.environ.get('LEAK'), random.random(), log.tell(), sorted(os.listdir('/tmp')), os.getcwd(),
        'evil' in sys.modules, sys.getrecursionlimit(), decimal.getcontext().prec, next(generator),
        open('/tmp/log').read(), os.stat('/tmp/log').st_mtime, os.stat('/tmp').st_ino,
        list({'set', 'of', 'texts', 'in', 'some', 'order'}), id(C) % 1000,
    ]
print(look())
`;

async function look(session: InterpreterSession): Promise<string> {
  const run = await session.runCandidates([LOOK], PATIENT);
  assert.equal(run.executions[0].error, null);
  return run.executions[0].logs;
}

Deno.test("candidates leave nothing behind; the chosen one leaves everything", async (t) => {
  const interpreter = await createInterpreter({ processes: 2, imports: ["*"] });
  const session = await interpreter.open([]);
  assert.equal((await session.run(SETUP, PATIENT)).error, null);
  const before = await look(session);
  await t.step("nothing is left of candidates that are not chosen", async () => {
    const run = await session.runCandidates([MESS, LOOK, MESS + LOOK, LOOK + "#"], PATIENT);
    assert.deepEqual(run.executions.map(({ error }) => error), [null, null, null, null]);
    assert.equal(run.executions[1].logs, before);
    assert.equal(run.executions[3].logs, before);
    assert.notEqual(run.executions[2].logs, before);
    assert.equal(await look(session), before);
  });
  await t.step("the chosen one's state is what running it alone gives", async () => {
    const other = await interpreter.open([]);
    await other.run(SETUP, PATIENT);
    await other.run(MESS, PATIENT);
    const alone = await look(other);
    const run = await session.runCandidates(["1 / 0", MESS, "items = 0"], PATIENT);
    await run.commit(1);
    const times = /\d{10}\.\d+/g;
    assert.equal((await look(session)).replace(times, "t"), alone.replace(times, "t"));
    await other.close();
  });
  await t.step("an open file goes on where it was", async () => {
    const { output } = await session.run("log.write('two\\n'); log.seek(0); log.read()");
    assert.equal(output, "two\nmess\n");
  });
  await t.step("a new session is as the first was", async () => {
    const fresh = await interpreter.open([]);
    assert.equal((await fresh.run(SETUP, PATIENT)).error, null);
    const times = /\d{10}\.\d+/g;
    assert.equal((await look(fresh)).replace(times, "t"), before.replace(times, "t"));
    await fresh.close();
  });
  await interpreter.close();
});

Deno.test("a candidate's failure is its own; limits undo it", async () => {
  const interpreter = await createInterpreter({ processes: 2, memoryMb: 128 });
  const session = await interpreter.open([]);
  await session.run("x = 1", PATIENT);
  const run = await session.runCandidates(
    ["x = 2\nwhile True: pass", "x = 3\n1 / 0", "x = 4\nmax(iter(int, 1))", "x = 5\nx"],
    { timeoutMs: 400 },
  );
  const kinds = run.executions.map(({ error }) => error?.kind ?? null);
  assert.deepEqual(kinds.slice(0, 3), ["timeout", "execution", "timeout"]);
  await run.commit(0);
  assert.equal((await session.run("x", PATIENT)).output, "1");
  await assert.rejects(run.commit(1), /has run other code since/);
  const again = await session.runCandidates(["x = 3\n1 / 0", "y = [0] * 10**8"], PATIENT);
  assert.equal(again.executions[1].error?.kind, "memory");
  await again.commit(0);
  assert.equal((await session.run("x", PATIENT)).output, "3");
  await assert.rejects(again.commit(7), RangeError);
  await interpreter.close();
});

Deno.test("tools of candidates are called once and recorded; equal candidates run once", async () => {
  const asked: string[] = [];
  const tool: Tool = {
    name: "web_search",
    description: "",
    parameters: [{ name: "query", type: "string", description: "" }],
    returns: "string",
    call: ([query]) => {
      asked.push(query as string);
      return query === "bad"
        ? Promise.reject(new Error("no index"))
        : Promise.resolve(`<${query}>`);
    },
  };
  const interpreter = await createInterpreter({ processes: 1 });
  const session = await interpreter.open([tool]);
  const codes = ["a = web_search('x')", "a = web_search(query='y')", "a = web_search('x')"];
  const run = await session.runCandidates(codes, PATIENT);
  assert.deepEqual(asked.toSorted(), ["x", "y"]);
  assert.deepEqual(run.executions.map((e) => e.output), ["<x>", "<y>", "<x>"]);
  assert.deepEqual(run.executions[1].toolCalls, [
    { name: "web_search", arguments: ["y"], result: "<y>" },
  ]);
  await run.commit(1);
  assert.equal((await session.run("a", PATIENT)).output, "<y>");
  assert.equal(asked.length, 2);
  const failed = await session.run("web_search('bad')", PATIENT);
  assert.match(failed.error!.message, /InterpreterError: no index/);
  assert.deepEqual(failed.toolCalls, [
    { name: "web_search", arguments: ["bad"], result: null, error: "no index" },
  ]);
  await interpreter.close();
});
