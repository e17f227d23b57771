import assert from "node:assert/strict";
import { doorFaults, exampleCode, exampleFaults, markdownCode } from "./doors.ts";
import { importStatements } from "./import_statements.ts";

const aliases = {
  "@potstill": "./lib/mod.ts",
  "@potstill/student": "./lib/student/mod.ts",
  "@potstill/": "./lib/",
  "nodejs-polars": "npm:nodejs-polars@0.25.2",
};

function faults(source: string, file = "docs/guide.md"): string[] {
  return doorFaults(importStatements(source), file, aliases);
}

Deno.test("doors, packages and files elsewhere may be imported", () => {
  assert.deepEqual(
    faults(
      'import { openLab, type Task } from "@potstill";\nimport { Tape } from "@potstill/student";\n' +
        'import pl from "nodejs-polars";\nimport { join } from "node:path";\n',
    ),
    [],
  );
  assert.deepEqual(faults('import { work } from "../training_work.ts";', "bench/fuzz/a.ts"), []);
});

for (
  const [kind, source] of [
    ["a deep path", 'import { openLab } from "@potstill/workbench/open_lab.ts";'],
    ["a door's file", 'import { Tape } from "@potstill/student/mod.ts";'],
    ["a folder that is no door", 'import { gradeQa } from "@potstill/grading";'],
    ["a type", 'import type { Task } from "@potstill/records/task.ts";'],
    ["a dynamic import", 'const { mainTable } = await import("@potstill/report/main_table.ts");'],
    [
      "an import on several lines",
      'import {\n  a,\n  b,\n} from "@potstill/report/main_table.ts";',
    ],
    ["a relative path into lib/", 'import { Tape } from "../../lib/student/graph/tape.ts";'],
  ]
) {
  Deno.test(`${kind} is no door`, () => {
    const [fault, ...more] = faults(source, "bench/fuzz/a.ts");
    assert.match(fault, /is not a door; there are @potstill, /);
    assert.deepEqual(more, []);
  });
}

Deno.test("an example goes through a door where there is one, else to files beside its own", () => {
  const behind = new Map([
    ["lib/student/graph/tape.ts Tape", { door: "@potstill/student", isType: false }],
    ["lib/student/graph/tape.ts Value", { door: "@potstill/student", isType: true }],
  ]);
  const check = (source: string, file = "lib/student/graph/linear.ts") =>
    exampleFaults(file, 10, importStatements(source), aliases, behind);
  assert.deepEqual(check('import { Tape } from "@potstill/student";'), []);
  assert.deepEqual(check('import { linear } from "@potstill/student/graph/linear.ts";'), []);
  assert.deepEqual(check('import { swiglu } from "@potstill/student/graph/swiglu.ts";'), []);
  assert.deepEqual(check('import { Tape } from "@potstill/student/graph/tape.ts";'), [
    "lib/student/graph/linear.ts:11: Tape is behind @potstill/student",
  ]);
  // A class that a door exports as a type alone has no other way to its value.
  assert.deepEqual(check('import { Value } from "@potstill/student/graph/tape.ts";'), []);
  assert.match(
    check('\nimport { trainer } from "@potstill/student/train/trainer.ts";')[0],
    /linear\.ts:12: an example imports .*trainer\.ts, which is neither a door nor beside the file/,
  );
});

Deno.test("code is found in Markdown and in documentation comments, with its line", () => {
  const text = "Text.\n\n```ts\nimport a;\n```\n\n```sh\nimport b\n```\n";
  assert.deepEqual(markdownCode(text), [{ source: "import a;\n", line: 3 }]);
  const module =
    "/**\n * Adds.\n *\n * ```ts\n * import a;\n *\n * a();\n * ```\n */\nexport const x;\n";
  assert.deepEqual(exampleCode(module), [{ source: "import a;\n\na();\n", line: 4 }]);
});
