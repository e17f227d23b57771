/** Owns two busy interpreter processes, prints their ids, and waits to be killed. */
import { createInterpreter } from "@potstill";
import { childPids } from "./fault_runs.ts";

const interpreter = await createInterpreter({ processes: 2, timeoutMs: 600_000 });
const sessions = await Promise.all([interpreter.open([]), interpreter.open([])]);
const busy = ["while True: pass", "max(iter(int, 1))"].map((code, i) => sessions[i].run(code));
let pids = await childPids();
while (pids.length < 2) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  pids = await childPids();
}
console.log(pids.join(" "));
await Promise.all(busy);
