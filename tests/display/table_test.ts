import assert from "node:assert/strict";
import { frameFrom } from "@potstill/display/frame.ts";
import { rowsFrame } from "@potstill/evaluation/rows_frame.ts";
import pl from "nodejs-polars";
import { crossTable } from "@potstill/display/cross_table.ts";
import { tableOf } from "@potstill/display/table_of.ts";
import { percent, Table } from "@potstill/display/table.ts";
import { row } from "../evaluation/rows.ts";

const frame = frameFrom([{ x: "a,b", y: 0.5 }, { x: "c", y: null }], { x: "text", y: "number" });
const table = new Table({
  name: "t",
  caption: "A <caption>",
  columns: ["system", "a long | heading"],
  rows: [
    ["A & B", { estimate: 0.4186, low: 0.4, high: 0.44, best: true }],
    ["C_1", { estimate: -0.021, low: -0.05, high: 0.012, signed: true }],
    ["D", null],
  ],
  frame,
});

Deno.test("shares are shown in percent with one decimal", () => {
  assert.deepEqual([percent(0.4186), percent(1), percent(0)], ["41.9", "100.0", "0.0"]);
  assert.deepEqual([percent(0.02, true), percent(-0.02, true), percent(-0.0001, true)], [
    "+2.0",
    "−2.0",
    "0.0",
  ]);
  assert.equal(percent(NaN), "–");
});

Deno.test("a table shows as text, Markdown, LaTeX, HTML and CSV", () => {
  assert.equal(
    table.toText(),
    [
      "                 a long |",
      "system            heading",
      "---------  --------------",
      "A & B      *41.9 (40..44)",
      "C_1         −2.1 (−5..+1)",
      "D",
      "",
    ].join("\n"),
  );
  assert.match(table.toMarkdown(), /\| system \| a long \\\| heading \|\n\| --- \| ---: \|/);
  assert.match(table.toMarkdown(), /\*\*41\.9 \[40\.0, 44\.0\]\*\*/);
  assert.match(table.toLatex(), /A \\& B & \$\\mathbf\{41\.9\}\$/);
  assert.match(table.toLatex(), /C\\_1 & \$-2\.1\$ \{\\scriptsize \$\[-5\.0, \+1\.2\]\$\}/);
  assert.match(table.toHtml(), /<th scope="row">A &amp; B<\/th><td><strong>41\.9<\/strong>/);
  assert.equal(table.toCsv(), 'x,y\n"a,b",0.5\nc,\n');
  assert.deepEqual(table.transpose().columns, ["system", "A & B", "C_1", "D"]);
});

Deno.test("a notebook gets text and HTML", () => {
  const display = (table as unknown as Record<symbol, () => Record<string, string>>)[
    Symbol.for("Jupyter.display")
  ].bind(table)();
  assert.equal(display["text/plain"], table.toText());
  assert.match(display["text/html"], /A &lt;caption&gt;/);
});

Deno.test("a row of the wrong length is refused", () => {
  assert.throws(
    () => new Table({ name: "t", caption: "", columns: ["a"], rows: [["x", "y"]], frame }),
    /Cannot make table t: 1 columns, a row of 2 cells/,
  );
});

Deno.test("the frame of rows keeps types when a column is null at first", () => {
  const rows = [row({ voteShare: null }), row({ voteShare: 0.5, taskId: "2" })];
  const made = rowsFrame(rows);
  assert.equal(made.height, 2);
  assert.deepEqual(made.getColumn("voteShare").toArray(), [null, 0.5]);
  assert.deepEqual(made.getColumn("errors_max_steps").toArray(), [0, 0]);
});

Deno.test("columns described once show in every form, and hidden ones are in the CSV", () => {
  const table = tableOf({
    data: [
      { system: "a", gain: 0.1, low: -0.02, high: 0.2, n: 1200, share: 0.5, note: "x" },
      { system: "b", gain: null, low: null, high: null, n: 7, share: null, note: "y" },
    ],
    columns: [
      "system",
      { field: "gain", interval: ["low", "high"], signed: true },
      { field: "n", header: "tasks", digits: 0, align: "left" },
      { field: "share", percent: true },
      { field: "note", header: null },
      { header: "both", show: ({ system, note }) => system + note },
    ],
  });
  assert.deepEqual(table.columns, ["system", "gain", "tasks", "share", "both"]);
  assert.equal(
    table.toText().split("\n")[2],
    "a          +10.0 (−2..+20)  1,200           50.0  ax",
  );
  assert.match(table.toMarkdown(), /\| --- \| ---: \| --- \| ---: \| --- \|/);
  assert.match(table.toLatex(), /\{lrlrl\}/);
  assert.match(table.toHtml(), /<td style="text-align:left">1,200<\/td>/);
  assert.equal(
    table.toCsv(),
    "system,gain,low,high,n,share,note\na,0.1,-0.02,0.2,1200.0,0.5,x\nb,,,,7.0,,y\n",
  );
});

Deno.test("a table of a frame has all its fields; one without columns or records is refused", () => {
  const table = tableOf({ data: pl.DataFrame({ size: ["1M"], n: [3] }) });
  assert.deepEqual([table.columns, table.rows], [["size", "n"], [["1M", "3"]]]);
  assert.throws(() => tableOf({ data: [] }), /no record, and no columns are named/);
  assert.equal(tableOf({ data: [] as { a: number }[], columns: ["a"] }).rows.length, 0);
  assert.throws(
    () => tableOf({ data: [{ a: 1 }] as { a: number; b?: number }[], columns: ["b"] }),
    /Cannot make table table: no row has the field b, they have a/,
  );
  const strange = tableOf({ data: [{ constructor: 1, "a.b": "=1+1", "2": true }] });
  assert.deepEqual(strange.rows, [["true", "1", "=1+1"]]);
});

Deno.test("cells that are no plain values, and columns of several kinds", () => {
  const data = [
    { at: new Date(0), n: 3n, list: [1, 2], mixed: 1, gone: undefined, rate: NaN },
    { at: new Date(1), n: 4n, list: null, mixed: "two", gone: undefined, rate: Infinity },
  ];
  const table = tableOf({
    data,
    columns: ["at", "n", "list", "mixed", "gone", { field: "rate", digits: 1 }],
  });
  assert.deepEqual(table.rows[0], ["1970-01-01T00:00:00.000Z", "3", "[1,2]", "1", null, "–"]);
  assert.equal(
    table.toCsv().split("\n")[1].split(",").slice(0, 2).join(),
    "1970-01-01T00:00:00.000Z,3.0",
  );
  assert.deepEqual(table.frame.getColumn("mixed").toArray(), ["1", "two"]);
  const frame = pl.DataFrame({ day: [new Date(0)], tags: [["a", "b"]], n: [1] });
  assert.match(tableOf({ data: frame }).toText(), /1970-01-01/);
});

Deno.test("a row that begins with a number is named on the left", () => {
  const data = [{ tier: "4M", system: "4M agent", b: "x", v: 0.5 }];
  const table = crossTable({
    data,
    rows: ["tier", "system"],
    across: "b",
    cells: [{ field: "v", percent: true }],
  });
  assert.match(table.toMarkdown(), /\| --- \| --- \| ---: \|/);
});

Deno.test("records by two fields: the best of a column or a row, and holes", () => {
  const data = [["a", "x", 0.5], ["a", "y", 0.1], ["b", "x", 0.3], ["c", "x", 0.9]]
    .map(([system, benchmark, v]) => ({ system, benchmark, v: Number(v), low: 0, high: 1, n: 4 }));
  const cross = (best: "row" | "column") =>
    crossTable({
      data,
      rows: ["system"],
      across: "benchmark",
      values: ["y", "x"],
      cells: [{ field: "v", interval: ["low", "high"] }],
      trail: [{ field: "n", header: "tasks" }],
      best,
      ranked: ({ system }) => system !== "c",
    });
  const stars = (table: Table) =>
    table.rows.map((row) =>
      row.map((cell) => cell === null ? "-" : typeof cell === "object" && cell.best ? "*" : ".")
        .join("")
    );
  assert.deepEqual(cross("column").columns, ["system", "y", "x", "tasks"]);
  assert.deepEqual(stars(cross("column")), ["..*.", ".-..", ".-.."]);
  assert.deepEqual(stars(cross("row")), ["..*.", ".-..", ".-.."]);
  assert.equal(cross("row").frame.height, 4);
});
