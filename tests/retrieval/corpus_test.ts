import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import pl from "nodejs-polars";
import { CorpusReader, type CorpusRow, listCorpus } from "../../lib/retrieval/corpus/corpus.ts";
import { contentsOf, splitContents } from "../../lib/retrieval/corpus/passage_of_record.ts";
import { splitLines } from "../../lib/retrieval/corpus/split_lines.ts";

async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "potstill-corpus-"));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

async function read(path: string, fromRow = 0): Promise<CorpusRow[]> {
  const reader = new CorpusReader(await listCorpus([path]));
  const rows = await Array.fromAsync(reader.rows(fromRow));
  assert.equal(reader.fraction, 1);
  return rows;
}

async function readFile(name: string, content: string | Uint8Array, fromRow = 0) {
  return await read(join(await folderWith({ [name]: content }), name), fromRow);
}

const summary = (rows: readonly CorpusRow[]) =>
  rows.map(({ passage, problem }) =>
    passage === null ? problem : `${passage.id}|${passage.title}|${passage.text}`
  );

Deno.test("wiki-18's form: the first line of contents is the title, quotes and all", async () => {
  const rows = await readFile(
    "wiki.jsonl",
    '{"id": "0", "contents": "\\"Aaron\\"\\nAaron is a prophet.\\nBorn"}\n' +
      '{"id": 1, "contents": "one line"}\r\n\n' +
      '{"id": "2", "contents": "T\\u2028x\\ntext"}',
  );
  assert.deepEqual(rows.map(({ passage }) => passage), [
    { id: "0", title: '"Aaron"', text: "Aaron is a prophet.\nBorn" },
    { id: "1", title: "", text: "one line" },
    { id: "2", title: "T\u2028x", text: "text" },
  ]);
  assert.deepEqual(rows.map(({ row }) => row), [0, 1, 2]);
});

Deno.test("contents are put together as they were cut", () => {
  for (const contents of ["", "a", "a\nb", "a\n", "\n\nc", "a\nb\nc"]) {
    assert.equal(contentsOf(splitContents(contents)), contents, JSON.stringify(contents));
  }
});

Deno.test("title and text, other names of the id, and none", async () => {
  const rows = await readFile(
    "beir.jsonl",
    '{"_id": "x", "title": "T", "text": "t"}\n{"docid": "y", "text": "t"}\n{"text": "u"}\n',
  );
  assert.deepEqual(summary(rows), ["x|T|t", "y||t", "2||u"]);
});

Deno.test("malformed lines are told with file, line number and reason", async () => {
  const bytes = Buffer.concat([
    Buffer.from('{"id": 1, "text": "good"}\n\n{"id": 2, "text": \n[1]\n{"id": 3}\n'),
    Buffer.from('{"id": 4, "text": "'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('"}\n{"id": {}, "text": "a"}\n{"id": 6, "text": 7}\n{"id": 7, "text": " "}\n'),
    Buffer.from('{"id": 8, "text": "last"}'),
  ]);
  const rows = await readFile("bad.jsonl", bytes);
  const lines = summary(rows);
  assert.equal(lines.length, 9);
  assert.equal(lines[0], "1||good");
  assert.match(lines[1]!, /^bad\.jsonl line 3: .*JSON.*; it is: \{"id": 2/);
  assert.match(lines[2]!, /^bad\.jsonl line 4: a passage must be an object, not \[1\]/);
  assert.match(lines[3]!, /^bad\.jsonl line 5: a passage needs "contents".*its fields are id$/);
  assert.match(lines[4]!, /^bad\.jsonl line 6: not UTF-8$/);
  assert.match(lines[5]!, /^bad\.jsonl line 7: "id" must be a text or a number, not \{\}/);
  assert.match(lines[6]!, /^bad\.jsonl line 8: "text" must be a text, not 7/);
  assert.match(lines[7]!, /^bad\.jsonl line 9: the passage is empty/);
  assert.equal(lines[8], "8||last");
});

Deno.test("a line is never kept beyond the limit", async () => {
  const long = "x".repeat(100);
  async function* chunks() {
    for (const part of ["ab\n", long, long, "\ncd", "\r\n", long.slice(0, 10)]) {
      yield Buffer.from(part);
    }
  }
  const lines = await Array.fromAsync(splitLines(chunks(), 50));
  assert.deepEqual(
    lines.map(({ bytes, number, isTooLong }) => [String(bytes), number, isTooLong]),
    [
      ["ab", 1, false],
      ["", 2, true],
      ["cd", 3, false],
      ["xxxxxxxxxx", 4, false],
    ],
  );
});

Deno.test("CSV: quotes, separators and line breaks in fields; TSV; gzip", async () => {
  const csv = '\ufeffid,title,text\r\n1,"A, ""B""","two\nlines"\r\n2,,plain\n';
  for (
    const [name, content] of [
      ["a.csv", csv],
      ["a.csv.gz", gzipSync(csv)],
      ["a.tsv", csv.replaceAll(/,(?! )/g, "\t")],
    ] as const
  ) assert.deepEqual(summary(await readFile(name, content)), ['1|A, "B"|two\nlines', "2||plain"]);
});

Deno.test("CSV: malformed records are told with the line where they begin", async () => {
  const rows = await readFile(
    "bad.csv",
    'id,text\n1,"one\nmore"\n2\n3,a"b"\n4,"x"y\n5,good\n6,"open\nto the end\n',
  );
  assert.deepEqual(summary(rows), [
    "1||one\nmore",
    "bad.csv line 4: 1 fields where the header has 2",
    '3||a"b"',
    "bad.csv line 6: a quoted field has text after its closing quote",
    "5||good",
    "bad.csv line 8: a quoted field that begins here has no end",
    "bad.csv line 9: 1 fields where the header has 2",
  ]);
});

Deno.test("Parquet: rows in order, other columns left out", async () => {
  const folder = await folderWith({});
  const ids = Array.from({ length: 45_000 }, (_, i) => i);
  pl.DataFrame({
    id: ids,
    contents: ids.map((i) => i === 7 ? null : `T${i}\ntext ${i}`),
    other: ids.map(() => "x".repeat(20)),
  }).writeParquet(join(folder, "a.parquet"));
  const rows = await read(join(folder, "a.parquet"));
  assert.equal(rows.length, 45_000);
  assert.deepEqual(rows[44_999].passage, { id: "44999", title: "T44999", text: "text 44999" });
  assert.match(rows[7].problem!, /^a\.parquet row 8: a passage needs "contents"/);
  const late = await read(join(folder, "a.parquet"), 40_001);
  assert.deepEqual(late, rows.slice(40_001));
});

Deno.test("a folder is read file by file, and from any place on", async () => {
  const folder = await folderWith({
    "b.jsonl": '{"id": "b1", "text": "x"}\nnot JSON\n{"id": "b2", "text": "x"}\n',
    "a.csv": 'id,text\na1,"x\ny"\na2,x\n',
    "c.jsonl.gz": gzipSync('{"id": "c1", "text": "x"}\n'),
    "readme.md": "no corpus",
  });
  const all = await read(folder);
  assert.deepEqual(all.map(({ passage }) => passage?.id), [
    "a1",
    "a2",
    "b1",
    undefined,
    "b2",
    "c1",
  ]);
  for (let from = 0; from <= all.length; from++) {
    assert.deepEqual(await read(folder, from), all.slice(from), `from ${from}`);
  }
});

Deno.test("what is no corpus is told by its path", async () => {
  const folder = await folderWith({ "x.txt": "", "broken.parquet": "PAR1", "b.jsonl.gz": "no" });
  await assert.rejects(listCorpus([join(folder, "none")]), /there is no .*none/);
  await assert.rejects(listCorpus([join(folder, "x.txt")]), /x\.txt must end in \.jsonl/);
  await assert.rejects(read(join(folder, "broken.parquet")), /Cannot read .*broken\.parquet/);
  await assert.rejects(read(join(folder, "b.jsonl.gz")), /Cannot read .*b\.jsonl\.gz: .*header/);
});
