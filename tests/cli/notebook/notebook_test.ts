import assert from "node:assert/strict";
import { cleanNotebook } from "@potstill/cli/notebook/clean_notebook.ts";
import { extractCells, mapPositions } from "@potstill/cli/notebook/extract_cells.ts";
import {
  decodeMessage,
  encodeMessage,
  jupyterRequest,
} from "@potstill/cli/notebook/jupyter_message.ts";
import {
  type CellOutput,
  formatNotebook,
  type Notebook,
  parseNotebook,
} from "@potstill/cli/notebook/notebook.ts";
import { OutputCollector } from "@potstill/cli/notebook/output_collector.ts";

const fixture = new URL("fixtures/outputs.ipynb", import.meta.url);

function oneCell(source: string, outputs: CellOutput[], tags: string[] = []): Notebook {
  const metadata = { tags, execution: { "iopub.status.busy": "2026-01-01" } };
  const cell = { cell_type: "code" as const, metadata, source, outputs, execution_count: 1 };
  return { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

Deno.test("a notebook file is written as it was read", async () => {
  const text = await Deno.readTextFile(fixture);
  assert.equal(formatNotebook(parseNotebook(text, "outputs.ipynb")), text);
});

Deno.test("outputs of every media type survive writing and reading", () => {
  const notebook = oneCell("1", [{
    output_type: "display_data",
    data: {
      "text/plain": "a\nb\n",
      "image/svg+xml": "<svg>\n</svg>",
      "image/png": "aGVsbG8=",
      "application/vnd.vegalite.v5+json": { data: { values: ["x", "y"] } },
      "application/json": ["x", "y"],
    },
    metadata: {},
  }]);
  const text = formatNotebook(notebook);
  assert.deepEqual(parseNotebook(text, "n"), notebook);
  const { data } = JSON.parse(text).cells[0].outputs[0];
  assert.deepEqual(data["text/plain"], ["a\n", "b\n"]);
  assert.equal(data["image/png"], "aGVsbG8=");
});

Deno.test("a broken notebook file is named with its cell", () => {
  const bad = (value: unknown) => () => parseNotebook(JSON.stringify(value), "n.ipynb");
  assert.throws(() => parseNotebook("{", "n.ipynb"), /Cannot read notebook n.ipynb: /);
  assert.throws(bad([]), /not a JSON object/);
  assert.throws(bad({ nbformat: 3, worksheets: [] }), /nbformat is 3, not 4/);
  assert.throws(bad({ nbformat: 4 }), /no list of cells/);
  assert.throws(bad({ nbformat: 4, cells: [{ cell_type: "x" }] }), /cell 1 has the cell_type "x"/);
  assert.throws(bad({ nbformat: 4, cells: [{ cell_type: "code" }] }), /cell 1 has no source/);
});

Deno.test("cleaning leaves results and takes out what changes from run to run", () => {
  const volatile = { potstill: { volatile: true } };
  const notebook = oneCell("", [
    { output_type: "stream", name: "stdout", text: "\x1b[33m42\x1b[39m in /home/ada/p/data/x" },
    { output_type: "display_data", data: { "text/plain": "99%" }, metadata: volatile },
    {
      output_type: "error",
      ename: "E",
      evalue: "/home/ada/notes",
      traceback: ["at file:///home/ada/p/lib/a.ts:1:2", "at /home/adam/p"],
    },
  ]);
  const folders = { "/home/ada": "~", "/home/ada/p": "." };
  assert.deepEqual(cleanNotebook(notebook, { folders }).cells[0].outputs, [
    { output_type: "stream", name: "stdout", text: "42 in ./data/x" },
    {
      output_type: "error",
      ename: "E",
      evalue: "~/notes",
      traceback: ["at ./lib/a.ts:1:2", "at /home/adam/p"],
    },
  ]);
  assert.deepEqual(cleanNotebook(notebook, { folders }).cells[0].metadata, { tags: [] });
  const stream: CellOutput = { output_type: "stream", name: "stdout", text: "took 1 s" };
  const tagged = cleanNotebook(oneCell("", [stream], ["volatile"]), { folders });
  assert.deepEqual(tagged.cells[0].outputs, []);
});

Deno.test("positions in extracted code lead back to the cells", async () => {
  const notebook = parseNotebook(await Deno.readTextFile(fixture), "outputs.ipynb");
  const { source, origins } = extractCells(notebook);
  assert.ok(!source.includes("may fail") && !source.includes("is not run"));
  const line = source.split("\n").findIndex((text) => text.startsWith("const answer")) + 1;
  const report = `TS2322: error\n  at file:///t/a.ts:${line}:7\n/t/a.ts:1:1\n/t/b.ts:${line}:7`;
  assert.equal(
    mapPositions(report, "/t/a.ts", "n.ipynb", origins),
    `TS2322: error\n  at n.ipynb cell 4, line 2, column 7\n/t/a.ts:1:1\n/t/b.ts:${line}:7`,
  );
});

Deno.test("a message with a wrong signature is refused", () => {
  const frames = encodeMessage(jupyterRequest("execute_request", "s", { code: "1" }), "key");
  const bytes = ["identity", ...frames].map((frame) => new TextEncoder().encode(frame));
  assert.deepEqual(decodeMessage(bytes, "key").content, { code: "1" });
  assert.throws(() => decodeMessage(bytes, "other"), /signature is wrong/);
  assert.throws(() => decodeMessage(bytes.slice(0, 4), "key"), /frames are missing/);
});

Deno.test("a signature is what other Jupyter clients compute", () => {
  // printf '{"a":1}{}{}{}' | openssl dgst -sha256 -hmac key
  const parts = ['{"a":1}', "{}", "{}", "{}"];
  const signature = "f1128388193e4dd1aa760827bd756a1b40b627676b5efe22c0e8297919bfa218";
  const frames = ["<IDS|MSG>", signature, ...parts].map((part) => new TextEncoder().encode(part));
  assert.deepEqual(decodeMessage(frames, "key").header as unknown, { a: 1 });
});

Deno.test("outputs can be cleared, and displays updated in every cell that shows them", () => {
  const collector = new OutputCollector();
  const send = (type: string, content: Record<string, unknown>) =>
    collector.add(jupyterRequest(type, "s", content));
  const display = (type: string, text: string) =>
    send(type, { data: { "text/plain": text }, transient: { display_id: "d" } });
  const print = (text: string, name = "stdout") => send("stream", { name, text });
  const texts = (outputs: CellOutput[]) =>
    outputs.map((output) =>
      output.output_type === "stream"
        ? `${output.name}:${output.text}`
        : output.output_type === "error"
        ? output.ename
        : output.data["text/plain"]
    );
  const first = collector.startCell();
  print("a");
  print("b", "stderr");
  print("c", "stderr");
  display("display_data", "1");
  assert.deepEqual(texts(first.outputs), ["stdout:a", "stderr:bc", "1"]);
  const second = collector.startCell();
  display("display_data", "2");
  display("update_display_data", "3");
  assert.deepEqual([...texts(first.outputs), ...texts(second.outputs)].slice(-2), ["3", "3"]);
  send("clear_output", { wait: true });
  assert.equal(second.outputs.length, 1, "not before the next output");
  print("d");
  send("error", { ename: "TypeError", evalue: "x", traceback: [] });
  assert.deepEqual(texts(second.outputs), ["stdout:d", "TypeError"]);
  send("clear_output", { wait: false });
  assert.deepEqual(texts(second.outputs), []);
  assert.equal(first.outputs.length, 3, "other cells keep theirs");
});
