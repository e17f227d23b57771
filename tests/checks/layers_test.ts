import assert from "node:assert/strict";
import { circles, folderOrder, orderFaults } from "./layers.ts";

const order = ["records", "runs", "agent"];
const task = ["lib/records/task.ts", "export interface Task {}\n"] as const;

Deno.test("the order of folders is the first column of a document's table", () => {
  const document = "| folder | what |\n| --- | --- |\n| `records/` | shapes of `agent/` |\n" +
    "| `training_data/` | masks |\n\nSee `runs/`.\n";
  assert.deepEqual(folderOrder(document), ["records", "training_data"]);
});

Deno.test("a folder may import those before it and itself", () => {
  const files = new Map([
    task,
    ["lib/runs/run.ts", 'import type { Task } from "../records/task.ts";\n'],
    ["lib/agent/run_agent.ts", 'import {\n  a,\n  b,\n} from "../runs/run.ts";\n'],
    ["lib/agent/vote.ts", 'export { run } from "./run_agent.ts";\nimport ort from "ort";\n'],
    ["lib/mod.ts", 'export * from "./agent/vote.ts";\n'],
  ]);
  assert.deepEqual(orderFaults(order, files), []);
  assert.deepEqual(circles(files), []);
});

for (
  const [kind, source] of [
    ["an import", 'import { run } from "../agent/vote.ts";\n'],
    ["a type", 'import type { Vote } from "../agent/vote.ts";\n'],
    ["a re-export on several lines", 'export {\n  run,\n  vote,\n} from "../agent/vote.ts";\n'],
    ["a dynamic import", 'const { run } = await import("../agent/vote.ts");\n'],
    ["a bare import", 'import "../agent/vote.ts";\n'],
  ]
) {
  Deno.test(`${kind} of a later folder is told with its place`, () => {
    const files = new Map([
      task,
      ["lib/runs/run.ts", `// A comment.\n${source}`],
      ["lib/agent/vote.ts", ""],
    ]);
    const [fault, ...more] = orderFaults(order, files);
    assert.deepEqual(more, []);
    assert.equal(fault, "lib/runs/run.ts:2: runs/ comes before agent/ and may not import it");
  });
}

Deno.test("a folder that the order lacks, has twice or has in vain is told", () => {
  const files = new Map([task, ["lib/lab/world.ts", ""], ["lib/runs/run.ts", ""]]);
  assert.deepEqual(orderFaults(["records", "runs", "runs", "agent"], files), [
    "lib/lab/ is not in the order of folders",
    "agent/ is in the order of folders, and not in lib/",
    "runs/ is in the order of folders twice",
  ]);
});

Deno.test("code in lib/ names files, not doors", () => {
  const faults = orderFaults(
    order,
    new Map([
      task,
      ["lib/runs/run.ts", 'import { Task } from "@potstill/records/task.ts";\n'],
      ["lib/agent/mod.ts", ""],
      ["lib/agent/vote.ts", 'import { a } from "./mod.ts";\n'],
    ]),
  );
  assert.match(faults[0], /run\.ts:1: imports @potstill\/records\/task\.ts/);
  assert.match(faults[1], /vote\.ts:1: imports the door lib\/agent\/mod\.ts/);
  assert.equal(faults.length, 2);
});

Deno.test("files that import each other by whatever way are one circle", () => {
  const files = new Map([
    ["lib/agent/a.ts", 'import { b } from "./b.ts";\n'],
    ["lib/agent/b.ts", 'import type { C } from "./c.ts";\n'],
    ["lib/agent/c.ts", 'export { a } from "./a.ts";\n'],
    ["lib/agent/d.ts", 'import { a } from "./a.ts";\n'],
    ["lib/agent/e.ts", '/**\n * import { d } from "./d.ts";\n */\nimport { e } from "./e.ts";\n'],
  ]);
  assert.deepEqual(circles(files), [
    "a circle of files: lib/agent/a.ts, lib/agent/b.ts, lib/agent/c.ts",
    "a circle of files: lib/agent/e.ts",
  ]);
});
