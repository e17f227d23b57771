import assert from "node:assert/strict";
import { DelimitedReader, type DelimitedRecord } from "@potstill/runs/delimited_reader.ts";

function read(separator: "," | "\t", text: string): DelimitedRecord[] {
  const reader = new DelimitedReader(separator);
  const found = text.split("\n").flatMap((line, i) =>
    reader.push({ text: line, number: i + 1, problem: null })
  );
  return [...found, ...reader.end()];
}

const rows = (separator: "," | "\t", text: string) =>
  read(separator, text).map(({ number, value, problem }) =>
    value === null ? `${number}: ${problem}` : Object.values(value).join("|")
  );

Deno.test("a dump that quotes nothing loses and joins no row", () => {
  assert.deepEqual(
    rows(
      "\t",
      [
        "id\ttext\ttitle",
        '1\tSaid "let us go" to them\tA',
        '2\t"Begins so" and goes on\tB',
        '3\tA 6" pipe\tC',
        '4\t"never closed\tD',
        "5\tplain\tE",
        '6\t"never closed either\t"F',
        '7\t""twice"" at the start\tG',
        '8\t"\tH',
        '9\t5" by 3"\tI',
        '9b\t"half\t"',
        "10\ttwo few",
        "11\tlast\tJ",
      ].join("\n"),
    ),
    [
      '1|Said "let us go" to them|A',
      '2|"Begins so" and goes on|B',
      '3|A 6" pipe|C',
      '4|"never closed|D',
      "5|plain|E",
      '6|"never closed either|"F',
      '7|""twice"" at the start|G',
      '8|"|H',
      '9|5" by 3"|I',
      '9b|"half|"',
      "12: 2 fields where the header has 3",
      "11|last|J",
    ],
  );
});

Deno.test("a dump that quotes as CSV does", () => {
  const header = "id\ttext\ttitle\n";
  assert.deepEqual(
    rows("\t", `${header}1\t"So ""they"" said"\tA\n2\t"a\ttab"\tB\n3\t"""Whole"""\t"C ""c"""`),
    ['1|So "they" said|A', "2|a\ttab|B", '3|"Whole"|C "c"'],
  );
  assert.deepEqual(rows("\t", `${header}1\tA\t"two\n\nlines"\n2\tB\tb`), [
    "1|A|two\n\nlines",
    "2|B|b",
  ]);
});

Deno.test("an open quote in CSV costs its own line, not those after it", () => {
  assert.deepEqual(
    rows(
      ",",
      [
        "id,text,title",
        '1,"never closed,A',
        "2,plain,B",
        '3,"quoted, with a comma",C',
        '4,6" pipe,D',
        '5,"two',
        'lines, ""and"" a quote",E',
        '6,"x"y,F',
        '7,"x","open',
        "8,good,G",
      ].join("\n"),
    ),
    [
      "2: a quoted field that begins here has no end",
      "2|plain|B",
      "3|quoted, with a comma|C",
      '4|6" pipe|D',
      '5|two\nlines, "and" a quote|E',
      "8: a quoted field has text after its closing quote",
      "9: a quoted field that begins here has no end",
      "8|good|G",
    ],
  );
});

Deno.test("names of fields are kept whatever they are, and must differ", () => {
  const [{ value }] = read(",", "\ufeffid, __proto__ ,constructor\n1,a,b");
  assert.deepEqual(Object.entries(value!), [["id", "1"], ["__proto__", "a"], ["constructor", "b"]]);
  assert.throws(() => read(",", "id,id\n1,2"), /its header has "id" twice/);
  assert.throws(() => read(",", 'id,"text\n1,2'), /its header is malformed \(open\)/);
});

Deno.test("lines of quotes are read in time that grows as they do", () => {
  for (const line of ['6" x,"open', 'x","y', '1,"', '"', '""', '1,"""', '"a","b']) {
    const lines = Array.from({ length: 30_000 }, () => line);
    const found = read(",", ["id,text", ...lines].join("\n"));
    // Quadratic reading would take minutes.
    assert.ok(found.length > 0, line);
  }
});
