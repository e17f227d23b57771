import assert from "node:assert/strict";
import { unused } from "./unused_exports.ts";

const aliases = { "@potstill": "./lib/mod.ts", "@potstill/": "./lib/" };

Deno.test("an export that no other file imports is told", () => {
  const files = new Map([
    ["lib/a.ts", "export function one() {}\nexport const two = one;\nexport class Three {}\n"],
    ["lib/b.ts", 'import { one } from "./a.ts";\n'],
    ["tests/a_test.ts", 'import { Three as Own } from "@potstill/a.ts";\n'],
  ]);
  assert.deepEqual(unused(files, aliases), [
    "lib/a.ts: two is exported, and no other file uses it",
  ]);
});

Deno.test("doors, whole modules and dynamic imports are uses; a file's own is none", () => {
  const files = new Map([
    ["lib/mod.ts", 'export {\n  type A,\n  one,\n} from "./a.ts";\n'],
    ["lib/a.ts", "export async function one() {}\nexport interface A {}\n"],
    ["lib/b.ts", "export abstract class B {}\n"],
    ["lib/c.ts", "export const c = 1;\n"],
    ["lib/h.ts", "export const KINDS = [1] as const;\nexport type K = (typeof KINDS)[number];\n"],
    ["lib/d.ts", 'export const d = 1;\nimport { d } from "./d.ts";\n'],
    ["lib/f.ts", "export function run() {}\n"],
    ["lib/g.ts", 'const COMMANDS = { f: { file: "f.ts" } };\n'],
    ["lib/e.ts", 'import * as b from "./b.ts";\nawait import("./c.ts");\n'],
  ]);
  assert.deepEqual(unused(files, aliases), ["lib/d.ts: d is exported, and no other file uses it"]);
});
