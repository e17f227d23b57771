import assert from "node:assert/strict";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";
import type { InterpreterSession } from "@potstill/interpreter/interpreter.ts";
import { RAW_MEMORY } from "./raw_memory.ts";

const PATIENT = { timeoutMs: 60_000 };
const mask = (byte: number) => byte ^ 85;

/** The secret: 32 bytes that come to stand in memory when their SHA-256 is computed. */
const secret = new Uint8Array(
  await crypto.subtle.digest("SHA-256", new TextEncoder().encode("secret of another")),
);

/** Leaves the secret wherever code can: heap, grown and freed memory, deep C stack, files, replies. */
const PLANT = `
import hashlib, os, random, sys, json
def digest(): return hashlib.sha256(b'secret of another').digest()
kept = [digest() + bytes([i]) for i in range(50)]
# At many depths of the C stack.
class Deep:
    def __init__(self, n): self.n = n
    def __lt__(self, other):
        digest()
        if self.n: sorted([Deep(self.n - 1), Deep(0)])
        return False
sorted([Deep(40), Deep(0)])
# In memory that is then given back.
big = bytearray(digest() * 500_000)
address = int.from_bytes(bytes(raw_memory(id(big) + 32)[0][id(big) - 8 + 20:id(big) - 8 + 24]), 'little')
print(address + len(big))
del big, kept
open('/tmp/left', 'wb').write(digest() * 9)
os.environ['LEFT'] = digest().hex()
random.secret = json.secret = digest()
os.write(3, json.dumps({'name': digest().decode('latin1'), 'arguments': []}).encode())
`;

/** The same without files, and so quick that its state is not saved: it is given up with the memory. */
const PLANT_UNSAVED = PLANT.replace(/^(open|address|print).*$/gm, "").replace("500_000", "20_000")
  .replace("Deep(40)", "Deep(8)");

/** Prints how often the secret is in memory, and what can be read from the tools' device. */
const scan = (end: number) => `
import os
shown = [${[...secret].map(mask)}]
memory, keep = raw_memory(${end} - 8)
start, at, found = bytes(b ^ 85 for b in shown[:5]), -1, 0
while (at := memory.find(start, at + 1)) >= 0:
    if at + 32 <= len(memory) and all(memory[at + i] ^ 85 == shown[i] for i in range(32)): found += 1
    if found > 99: break
print('found', found, os.read(3, 1000), os.path.exists('/tmp/left'))
`;

async function end(session: InterpreterSession): Promise<number> {
  const { logs, error } = await session.run(RAW_MEMORY + PLANT, PATIENT);
  assert.equal(error, null);
  return Number(logs);
}

const STEP_BACK = 4 * 1024 * 1024;

/** Scans memory up to `top`, or as far as there is any: a process that replaces another may have less. */
async function look(session: InterpreterSession, top: number): Promise<string> {
  for (let to = top;; to -= STEP_BACK) {
    const { logs, error } = await session.run(RAW_MEMORY + scan(to), PATIENT);
    if (error !== null && /out of bounds/.test(error.message) && to > 2 * STEP_BACK) continue;
    assert.equal(error, null);
    return logs;
  }
}

Deno.test("the scan finds what a session itself left", async () => {
  const interpreter = await createInterpreter({ processes: 1 });
  const session = await interpreter.open([]);
  const top = await end(session);
  const logs = await look(session, top);
  assert.ok(Number(/found (\d+)/.exec(logs)![1]) > 9, logs);
  // Nothing of a step's answers is there for the next.
  assert.match(logs, / b'' True/);
  await interpreter.close();
});

Deno.test("nothing of a session is left for the next, wherever it was put", async () => {
  let top = 0;
  for (const isSaved of [true, false]) {
    const interpreter = await createInterpreter({ processes: 1 });
    const first = await interpreter.open([]);
    if (isSaved) top = await end(first);
    else assert.equal((await first.run(PLANT_UNSAVED, PATIENT)).error, null);
    for (const gone of [false, true]) {
      if (gone) await first.close();
      const next = await interpreter.open([]);
      assert.equal(await look(next, top), "found 0 b'' False\n");
      await next.close();
    }
    await interpreter.close();
  }
});

Deno.test("nothing of a candidate is left for the next, nor of a step that is undone", async () => {
  const interpreter = await createInterpreter({ processes: 1 });
  const session = await interpreter.open([]);
  const other = await interpreter.open([]);
  const top = await end(other);
  await other.close();
  const codes = [RAW_MEMORY + PLANT, RAW_MEMORY + scan(top), RAW_MEMORY + PLANT + "\n1 / 0"];
  const run = await session.runCandidates([...codes, RAW_MEMORY + scan(top) + "#"], PATIENT);
  assert.equal(run.executions[0].error, null);
  assert.equal(run.executions[1].logs, "found 0 b'' False\n");
  assert.equal(run.executions[3].logs, "found 0 b'' False\n");
  await run.commit(1);
  const late = await session.run(RAW_MEMORY + PLANT + "\nwhile True: pass", { timeoutMs: 3_000 });
  assert.equal(late.error?.kind, "timeout");
  assert.equal(await look(session, top), "found 0 b'' False\n");
  await interpreter.close();
});
