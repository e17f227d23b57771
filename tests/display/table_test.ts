import assert from "node:assert/strict";
import { frameFrom, rowsFrame } from "@potstill/report/frame.ts";
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
