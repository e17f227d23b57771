import assert from "node:assert/strict";
import { join } from "node:path";
import { recordsOfFile } from "@potstill/trajectories/import/records_of_file.ts";
import { jsonLine } from "@potstill/runs/jsonl.ts";

async function read(bytes: string | Uint8Array<ArrayBuffer>, name = "x.jsonl") {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, name);
    await Deno.writeFile(path, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
    const all: unknown[] = [];
    for await (const record of recordsOfFile(path)) all.push(record);
    return all;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const one = { value: { a: 1 }, number: 1 };

Deno.test("records stand in lines, in a list or alone, with or without a byte-order mark", async () => {
  for (
    const text of ['{"a":1}\n', '{"a":1}', '[{"a":1}]', '\n [\n{"a":1}\n]\n', '{\n  "a": 1\n}\n']
  ) {
    for (const mark of ["", "\ufeff"]) {
      for (const name of ["x.jsonl", "x.json"]) {
        assert.deepEqual(await read(mark + text, name), [one], JSON.stringify(mark + text));
      }
    }
  }
  assert.deepEqual(await read('{"a":1}\r\n\r\n{"a":"\u2028"}\r\n'), [
    one,
    { value: { a: "\u2028" }, number: 3 },
  ]);
  assert.deepEqual(await read(""), []);
  assert.deepEqual(await read("[]"), []);
});

Deno.test("files that are no such thing are refused by name", async () => {
  await assert.rejects(read("[1,"), /Cannot read .*x\.jsonl: /);
  await assert.rejects(read('{"a":1}\n{"a"\n'), /x\.jsonl line 2: /);
  await assert.rejects(read(new Uint8Array([0xff, 0xfe, 0x7b, 0])), /UTF-16/);
  await assert.rejects(recordsOfFile("/nowhere/x.json").next(), /Cannot read \/nowhere\/x\.json/);
});

Deno.test("a written line is one line for every reader, and UTF-8", () => {
  const row = { a: "x\u2028y\u2029z\u0085", b: "\ud83d", c: "\\ud83d", d: "😀", e: "\\\ud83d" };
  const line = jsonLine(row);
  assert.doesNotMatch(line.slice(0, -1), /[\u0085\u2028\u2029\n]|(?<!\\)(?:\\\\)*\\ud83d/);
  assert.deepEqual(JSON.parse(line), { ...row, b: "\ufffd", e: "\\\ufffd" });
});
