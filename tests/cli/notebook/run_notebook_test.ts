import assert from "node:assert/strict";
import { DenoKernel, KernelDiedError } from "@potstill/cli/notebook/deno_kernel.ts";
import {
  type CellOutput,
  type Notebook,
  type NotebookCell,
  parseNotebook,
} from "@potstill/cli/notebook/notebook.ts";
import { runNotebook } from "@potstill/cli/notebook/run_notebook.ts";
import { setParameters } from "@potstill/cli/notebook/set_parameters.ts";

const folder = new URL("fixtures/", import.meta.url);
const cwd = new URL(".", folder).pathname;

async function fixture(name: string, parameters: Record<string, string> = {}): Promise<Notebook> {
  const text = await Deno.readTextFile(new URL(name, folder));
  return setParameters(parseNotebook(text, name), parameters, name);
}

function codeCells(...sources: string[]): Notebook {
  const cells = sources.map((source): NotebookCell => ({
    cell_type: "code",
    metadata: {},
    source,
  }));
  return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

function printed(outputs: readonly CellOutput[] = []): string {
  return outputs.map((output) => output.output_type === "stream" ? output.text : "").join("");
}

async function isAlive(pid: number): Promise<boolean> {
  for (let i = 0; i < 200; i++) {
    try {
      Deno.kill(pid, "SIGCONT");
    } catch {
      return false;
    }
    // Dead, and waiting for the system to take note of it.
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
    if (/\) Z /.test(stat)) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

Deno.test("every kind of output is kept, in its cell and in order", async () => {
  const { status, notebook, cellsRun } = await runNotebook(await fixture("outputs.ipynb"), { cwd });
  assert.equal(status, "ok");
  assert.equal(cellsRun, 9);
  const outputs = notebook.cells.map((cell) => cell.outputs ?? []);
  const lines = Array.from({ length: 60 }, (_, i) => `line ${i}\n`).join("");
  assert.deepEqual(outputs[2], [{ output_type: "stream", name: "stdout", text: lines }]);
  assert.deepEqual(outputs[3].map((output) => output.output_type).sort(), [
    "execute_result",
    "stream",
  ]);
  const [display] = outputs[4];
  assert.ok(display.output_type === "display_data");
  assert.equal(display.data["text/plain"], "after", "a later cell updated it");
  assert.deepEqual(outputs[5], []);
  assert.ok(outputs[6][0].output_type === "error" && /may fail/.test(outputs[6][0].evalue));
  assert.deepEqual([notebook.cells[7].execution_count, outputs[7]], [null, []]);
  const [progress] = outputs[8];
  assert.equal(outputs[8].length, 1);
  assert.ok(progress.output_type === "display_data");
  assert.match(String(progress.data["text/plain"]), /^count {2}4\/4 in [\d.]+ m?s$/);
  assert.equal(printed(outputs[9]).trimEnd(), cwd.replace(/\/$/, ""));
  assert.ok(outputs[10].length === 1, "a replaced console.log does not hold up the run");
});

Deno.test("text that the kernel sends late still belongs to its cell", async () => {
  const cells = Array.from(
    { length: 20 },
    (_, cell) => `for (let i = 0; i < 200; i++) console.log("cell ${cell} line", i);`,
  );
  const { notebook } = await runNotebook(codeCells(...cells), { cwd });
  notebook.cells.forEach((cell, index) => {
    const lines = Array.from({ length: 200 }, (_, i) => `cell ${index} line ${i}\n`).join("");
    assert.equal(printed(cell.outputs), lines);
  });
});

Deno.test("parameters reach the cells", async () => {
  const notebook = await fixture("outputs.ipynb", { repeats: "2", label: "row" });
  const run = await runNotebook(notebook, { cwd });
  assert.equal(printed(run.notebook.cells[2].outputs), "row 0\nrow 1\n");
});

Deno.test("the first failing cell stops the run and is told", async () => {
  const events: string[] = [];
  const run = await runNotebook(await fixture("failing.ipynb"), {
    cwd,
    onCell: ({ number, total, durationMs }) =>
      events.push(`${number}/${total} ${durationMs === null ? "starts" : "ends"}`),
  });
  assert.equal(run.status, "error");
  assert.equal(run.failure?.index, 1);
  assert.deepEqual([run.failure?.error.ename, run.failure?.error.evalue], [
    "RangeError",
    "bad value",
  ]);
  assert.equal(printed(run.notebook.cells[0].outputs), "ran\n");
  assert.equal(run.notebook.cells[1].outputs?.length, 1);
  assert.deepEqual(run.notebook.cells[2].outputs, []);
  assert.deepEqual(events, ["1/3 starts", "1/3 ends", "2/3 starts", "2/3 ends"]);
});

Deno.test("an interrupt aborts the cell that listens and keeps its output", async () => {
  const controller = new AbortController();
  const folder = await Deno.makeTempDir();
  const marker = `${folder}/marker`;
  const watch = setInterval(() => {
    Deno.stat(marker).then(() => controller.abort(), () => {});
  }, 50);
  try {
    const start = performance.now();
    const run = await runNotebook(await fixture("sleeping.ipynb", { marker }), {
      cwd,
      signal: controller.signal,
      graceMs: 50_000,
    });
    assert.equal(run.status, "interrupted");
    assert.equal(run.failure?.error.ename, "InterruptedError");
    assert.match(run.failure!.error.evalue, /The cell was interrupted/, "the cell's own error");
    assert.equal(printed(run.notebook.cells[2].outputs), "asleep\n");
    assert.ok(performance.now() - start < 50_000);
  } finally {
    clearInterval(watch);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an interrupt ends a kernel whose cell does not listen or is busy", async () => {
  for (
    const source of ["await new Promise(() => setTimeout(() => {}, 60_000));", "while (true);"]
  ) {
    const controller = new AbortController();
    const run = await runNotebook(codeCells("console.log(Deno.pid);", source), {
      cwd,
      signal: controller.signal,
      graceMs: 500,
      onCell: ({ index, durationMs }) => {
        if (index === 1 && durationMs === null) setTimeout(() => controller.abort(), 200);
      },
    });
    assert.equal(run.status, "interrupted");
    assert.equal(run.failure?.error.evalue, "The run was interrupted");
    assert.equal(await isAlive(Number(printed(run.notebook.cells[0].outputs))), false);
  }
});

Deno.test("a cell that takes too long is stopped", async () => {
  const run = await runNotebook(codeCells("1;", "while (true);"), {
    cwd,
    timeoutMs: 3000,
    graceMs: 200,
  });
  assert.equal(run.status, "timeout");
  assert.equal(run.failure?.index, 1);
  assert.match(run.failure!.error.evalue, /more than 3000 ms/);
});

Deno.test("processes that a cell started end with the kernel", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const start = performance.now();
  const run = await runNotebook(
    codeCells(
      'const child = new Deno.Command("sleep", { args: ["60"], stderr: "inherit" }).spawn();',
      "console.log(child.pid);",
    ),
    { cwd },
  );
  assert.equal(run.status, "ok");
  assert.ok(performance.now() - start < 50_000, "it is not waited for");
  assert.equal(await isAlive(Number(printed(run.notebook.cells[1].outputs))), false);
});

Deno.test("a cell that ends the kernel is told as such", async () => {
  const run = await runNotebook(codeCells("Deno.exit(7);", "1;"), { cwd });
  assert.equal(run.status, "kernel-died");
  assert.match(run.failure!.error.evalue, /exit code 7/);
});

Deno.test("a kernel that cannot start is told", async () => {
  await assert.rejects(
    DenoKernel.start({ cwd: "/no/such/folder" }),
    /Cannot start the Deno kernel in \/no\/such\/folder/,
  );
  const broken = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${broken}/deno.json`, "{ not json");
    await assert.rejects(DenoKernel.start({ cwd: broken }), KernelDiedError);
  } finally {
    await Deno.remove(broken, { recursive: true });
  }
});
