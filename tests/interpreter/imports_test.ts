import assert from "node:assert/strict";
import { longSystemPrompt } from "@potstill/agent/agent_prompt.ts";
import { createInterpreter } from "@potstill/interpreter/pyodide/create_interpreter.ts";
import {
  describeImports,
  type ImportList,
  PAPER_IMPORTS,
  SMOLAGENTS_IMPORTS,
} from "@potstill/interpreter/pyodide/import_list.ts";
import { loadPrompts } from "@potstill/agent/prompts/prompt_set.ts";

const PATIENT = { timeoutMs: 300_000 };

/** Imports every module of the standard library, with its submodules; prints what failed and why. */
const EVERY = `
import sys, pkgutil
names = {m.name for m in pkgutil.iter_modules() if m.name in sys.stdlib_module_names}
names = sorted(names | {n for n in sys.stdlib_module_names if n in sys.builtin_module_names})
for package in list(names):
    for path in sys.path:
        names += [m.name for m in pkgutil.iter_modules([path + '/' + package], package + '.')]
names = [n for n in names if not n.endswith('__main__') and n not in ('antigravity', 'this')]
print('modules', len(names))
import builtins
for name in names:
    try:
        exec('import ' + name)
    except ImportError as error:
        print(name, '|', error)
`;

for (const imports of ["standard", ["*"]] as const) {
  Deno.test(`no module of the standard library ends the process (${imports})`, async () => {
    const interpreter = await createInterpreter({ processes: 1, imports, memoryMb: 1_000 });
    const session = await interpreter.open([]);
    await session.run("x = 1", PATIENT);
    const { error, logs } = await session.run(EVERY, PATIENT);
    assert.equal(error, null);
    const lines = logs.trim().split("\n");
    assert.ok(Number(/^modules (\d+)/.exec(lines[0])![1]) > 400, lines[0]);
    if (imports === "standard") {
      const mute = lines.slice(1).filter((line) =>
        !/ not allowed: .+\. Authorized|No mod|win32 only|(mbcs|oem)_encode/.test(line)
      );
      assert.deepEqual(mute, []);
    }
    for (const name of ["asyncio", "doctest", "subprocess", "pdb", "selectors", "decimal"]) {
      const refused = lines.some((line) => line.startsWith(`${name} |`));
      const isOut = imports === "standard" && ["subprocess", "pdb", "selectors"].includes(name);
      assert.equal(refused, isOut, name);
    }
    assert.equal((await session.run("x", PATIENT)).output, "1");
    await interpreter.close();
  });
}

Deno.test("lists of imports: words, names, what is told of the others", async (t) => {
  const cases: [ImportList, string, RegExp | null][] = [
    ["standard", "import os, sys, pathlib, functools, decimal", null],
    ["standard", "from fractions import Fraction", null],
    ["standard", "import urllib.parse", null],
    ["standard", "import urllib.request", /no network\. Authorized imports are: Python's standard/],
    ["standard", "import numpy", /numpy is not allowed: it is not installed/],
    ["standard", "import subprocess", /no processes/],
    ["standard", "import tkinter", /no terminal and no window/],
    ["standard", "import _thread", /private module/],
    ["smolagents", "import re, queue, statistics", null],
    ["smolagents", "from time import strptime\nstrptime('2020', '%Y')", null],
    ["smolagents", "import functools", /Authorized imports are: \['collections', 'datetime', /],
    [["os"], "import os.path", null],
    [["os.path"], "import os", /Import of os is not allowed/],
    [["math"], "from datetime import date", /Import from datetime is not allowed/],
  ];
  const lists = Map.groupBy(cases, ([imports]) => JSON.stringify(imports));
  for (const [list, group] of lists) {
    const interpreter = await createInterpreter({ processes: 1, imports: JSON.parse(list) });
    for (const [, code, wrong] of group) {
      await t.step(`${list}: ${code}`, async () => {
        const session = await interpreter.open([]);
        const { error } = await session.run(code, PATIENT);
        if (wrong === null) assert.equal(error, null);
        else assert.match(error!.message, wrong);
        await session.close();
      });
    }
    await interpreter.close();
  }
  await assert.rejects(
    createInterpreter({ imports: "all" as ImportList }),
    /"all" is not "standard", "smolagents" or a list of names/,
  );
});

Deno.test("the system prompt says what may be imported", async () => {
  const prompts = await loadPrompts();
  const prompt = (imports: ImportList, packages: string[] = []) =>
    longSystemPrompt(prompts, [], describeImports(imports, packages), 5);
  assert.ok(
    prompt("standard", ["sympy"]).includes("import only from: Python's standard library, sympy."),
  );
  assert.ok(prompt("smolagents").includes(`import only from: ${SMOLAGENTS_IMPORTS.join(", ")}.`));
  // The text that the lab's agents have always had.
  const lab =
    "collections, datetime, itertools, math, numpy, numpy.linalg, queue, random, re, stat, " +
    "statistics, sympy, time, unicodedata";
  assert.ok(prompt(PAPER_IMPORTS).includes(`import only from: ${lab}.`));
});
