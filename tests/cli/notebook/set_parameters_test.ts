import assert from "node:assert/strict";
import type { Notebook } from "@potstill/cli/notebook/notebook.ts";
import { setParameters } from "@potstill/cli/notebook/set_parameters.ts";

function notebookOf(source: string, tags: string[] = ["parameters"]): Notebook {
  const other = { cell_type: "code" as const, metadata: {}, source: "steps;" };
  const cell = { cell_type: "code" as const, id: "a", metadata: { tags }, source };
  return { cells: [other, cell, other], metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

function replaced(source: string, name: string, value: string): string {
  const { cells } = setParameters(notebookOf(source), { [name]: value }, "n.ipynb");
  assert.equal(cells.length, 3, "no cell is injected");
  return cells[1].source;
}

Deno.test("a value is replaced and all around it kept", () => {
  const cases: [string, string, string, string][] = [
    ["const steps = 100;", "steps", "5", "const steps = 5;"],
    ["const steps = 100 // note", "steps", "5", "const steps = 5 // note"],
    ["let steps: number = 1_000;\nfoo();", "steps", "5", "let steps: number = 5;\nfoo();"],
    ["const on = true;", "on", "false", "const on = false;"],
    ['const name = "a;b";', "name", "5", 'const name = "5";'],
    ["const name = 'a';", "name", "it's", `const name = "it's";`],
    ["const list = [\n  1, // one;\n  2,\n];\nx;", "list", "[3]", "const list = [3];\nx;"],
    ["const a = 1;\nconst ab = 2;", "ab", "3", "const a = 1;\nconst ab = 3;"],
    ["const o = { a: '}' };", "o", '{"a":1}', 'const o = {"a":1};'],
    ["const n = -1.5e-3;", "n", "1e-4", "const n = 0.0001;"],
    ["const n = null;", "n", "some text", 'const n = "some text";'],
  ];
  for (const [source, name, value, expected] of cases) {
    assert.equal(replaced(source, name, value), expected);
  }
});

Deno.test("a name declared in another way gets a cell of its own", () => {
  for (const source of ["const { steps } = defaults;", "const a = 1, steps = 2;"]) {
    const { cells } = setParameters(notebookOf(source), { steps: "5" }, "n.ipynb");
    assert.equal(cells[1].source, source);
    assert.equal(cells[2].source, "const steps = 5;");
    assert.deepEqual(cells[2].metadata, { tags: ["injected-parameters"] });
    assert.equal(cells.length, 4);
  }
});

Deno.test("what cannot be set is named", () => {
  const set = (source: string, name: string, value: string, tags?: string[]) => () =>
    setParameters(notebookOf(source, tags), { [name]: value }, "n.ipynb");
  assert.throws(
    set("const steps = 1;\nlet seed = 2;", "step", "5"),
    /Cannot set step: the parameters of n.ipynb are steps, seed/,
  );
  assert.throws(set("const steps = 1;", "steps", "5", []), /no cell of n.ipynb is tagged/);
  assert.throws(set("const steps = 1;", "steps", "many"), /it is a number \(1\), not "many"/);
  assert.throws(set("const on = true;", "on", "1"), /it is a boolean \(true\), not 1/);
});

Deno.test("the notebook given is left as it was", () => {
  const notebook = notebookOf("const steps = 1;");
  const before = structuredClone(notebook);
  setParameters(notebook, { steps: "5" }, "n.ipynb");
  assert.deepEqual(notebook, before);
});
