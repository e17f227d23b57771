import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import Papa from "papaparse";
import { reportResults } from "@potstill/report/report_results.ts";
import { bestEstimate } from "@potstill/display/best_estimate.ts";
import { figure } from "@potstill/display/figure.ts";
import { escapeHtml } from "@potstill/display/escape_html.ts";
import { escapeLatex } from "@potstill/display/escape_latex.ts";
import { escapeMarkdown, markdownCode } from "@potstill/display/escape_markdown.ts";
import { frameFrom } from "@potstill/display/frame.ts";
import { printable } from "@potstill/display/printable.ts";
import { Table } from "@potstill/display/table.ts";
import { row } from "../evaluation/rows.ts";

/** Names that end a report, or do something in one of its files, unless they are escaped. */
const NAMES = [
  "constructor",
  "__proto__",
  "hasOwnProperty",
  "line\u2028end",
  "line\u2029end",
  "\0\x01\x1b[31m\x7f\x9b",
  "\ud800 half",
  "\u202eright to left",
  "\ufffe",
  "\\input{/etc/passwd}",
  "\\write18{touch pwned}",
  "^^5cinput",
  "$&$`$'$1",
  "${x}",
  "=1+1",
  "@SUM(A1)",
  "+1-1",
  "'=1",
  "-",
  "</script><script>alert(1)</script>",
  "<!--",
  "]]>",
  "a|b\\|c\\",
  "two\nlines\r\nand\ttab",
  "`code` **bold** _em_ [x](y)",
  "```",
  "quotes \" and ' and “these”",
  "[x]",
  "*",
  "# % & _ ~ ^ { } < > -- ---",
  "→ ≥ × ± − ≠ ∞ α β Ω µ ½ ² … • ✓ ✗",
  "Café Łódź Ångström Dvořák Þórr ĳ ǆ İı Nguyễn Ǻ",
  "中文 हिन्दी 👩‍🚀 Привет",
  "datum['x']",
  "",
  " ",
];

const rowsOf = (name: string) => {
  const rows = ["A", "B"].flatMap((system) =>
    [0, 1, 2, 3].map((i) =>
      row({
        system,
        taskId: `t${i}`,
        verdict: i % 2 === 0 ? "correct" : "wrong",
        ...(system === "B" ? { samples: 8, voteShare: 0.5 } : {}),
      })
    )
  );
  const own = [0, 1, 2, 3].map((i) =>
    row({
      system: name,
      model: name,
      tier: name,
      student: name,
      benchmark: i % 2 === 0 ? name : "lab-math",
      taskId: `${name}${i}`,
    })
  );
  return [...rows, ...own];
};

const NOTHING = frameFrom<{ x: string }>([], { x: "text" });

const pdflatex = spawnSync("pdflatex", ["--version"]).status === 0;

/** Compiles a document of LaTeX tables; the log. */
async function compile(folder: string, tables: readonly string[]): Promise<string> {
  const document = `\\documentclass{article}\\usepackage{booktabs}
\\usepackage[paperwidth=5000mm,paperheight=5000mm]{geometry}
\\begin{document}\n${tables.join("\n\n\\newpage\n")}\n\\end{document}\n`;
  await Deno.writeTextFile(join(folder, "all.tex"), document);
  const args = ["-halt-on-error", "-interaction=nonstopmode", "-no-shell-escape", "all.tex"];
  const { status, stdout } = spawnSync("pdflatex", args, { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stdout.slice(-2000));
  return await readFile(join(folder, "all.log"), "latin1");
}

Deno.test("names of any kind make a whole report, harmless in each of its files", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of NAMES) {
      const out = join(folder, "report");
      const { files } = await reportResults(
        { rows: rowsOf(name), imported: [], files: [] },
        { out, command: `potstill report "${name}"`, title: name },
      );
      for (const file of files) {
        // Data are what they are.
        if (file.endsWith(".csv")) continue;
        const text = await readFile(file, "utf8");
        // deno-lint-ignore no-control-regex
        assert.ok(!/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe]/.test(text), `${name} in ${file}`);
        // In Markdown the command is code.
        if (file.endsWith(".md")) continue;
        assert.ok(!text.includes("<script>alert"), `${name} in ${file}`);
      }
      await Deno.remove(out, { recursive: true });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: `every LaTeX table is compiled${pdflatex ? "" : " (skipped: there is no pdflatex)"}`,
  ignore: !pdflatex,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const rows = NAMES.flatMap((name) =>
        [0, 1].map((i) => row({ system: `${name}${i === 0 ? "" : " 2"}`, taskId: `t${i}` }))
      );
      const sag = rowsOf("ftp").map((r) => ({ ...r, completionTokens: r.samples * 7 }));
      const tables: string[] = [];
      for (const [name, all] of [["names", rows], ["sag", sag]] as const) {
        const out = join(folder, name);
        await reportResults({ rows: all, imported: [], files: [] }, { out, command: "x" });
        for (const file of (await readdir(join(out, "tables"))).sort()) {
          if (file.endsWith(".tex")) tables.push(await readFile(join(out, "tables", file), "utf8"));
        }
      }
      assert.ok(tables.some((text) => text.includes("$\\rightarrow$")), "no ablation");
      const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
      const cells = [
        ...ascii,
        ...ascii.map((c) => c + c),
        ascii.join(""),
        ...Array.from({ length: 0x2ff0 - 0xa0 }, (_, i) => String.fromCharCode(0xa0 + i)),
      ];
      tables.push(
        new Table({
          name: "t",
          caption: "",
          columns: ["[heading]", "*"],
          rows: [
            ...cells.map((cell) => [cell, cell]),
            ["no number", { estimate: NaN, low: NaN, high: NaN, best: true }],
            ["below", { estimate: -0.1, low: -0.2, high: 0.1, signed: true }],
          ],
          frame: NOTHING,
        }).toLatex().replaceAll("\\begin{tabular}", "\\setbox0\\vbox{\\begin{tabular}")
          .replaceAll("\\end{tabular}", "\\end{tabular}}"),
      );
      const log = await compile(folder, tables);
      assert.ok(!log.includes("Missing character"), log.match(/Missing character.*/)?.[0]);
      assert.ok(!log.includes("pwned"));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("LaTeX: what has a command is written by it, the rest by its number", () => {
  assert.equal(escapeLatex("a_1 → 50% ≥ α"), "a\\_1 $\\rightarrow$ 50\\% $\\ge$ $\\alpha$");
  assert.equal(escapeLatex("\\input{x}"), "\\textbackslash{}input\\{x\\}");
  assert.equal(escapeLatex("Nguye\u0302\u0303n í ç"), "Nguy\\~{\\^{e}}n \\'{\\i{}} \\c{c}");
  assert.equal(escapeLatex("中"), "{[}U+4E2D{]}");
  assert.equal(escapeLatex("👩‍🚀"), "{[}U+1F469{]}{[}U+1F680{]}");
});

Deno.test("CSV is read back, and no cell is a formula", () => {
  const texts = NAMES.filter((name) => name !== "" && !name.includes("\ud800"));
  const frame = frameFrom(texts.map((x, i) => ({ x, y: i - 3, z: null })), {
    x: "text",
    y: "number",
    z: "text",
  });
  const table = new Table({ name: "t", caption: "", columns: ["x"], rows: [], frame });
  const { data, errors } = Papa.parse<string[]>(table.toCsv().trimEnd(), { newline: "\n" });
  assert.deepEqual(errors, []);
  assert.equal(data.length, texts.length + 1);
  data.slice(1).forEach(([x, y], i) => {
    assert.ok(!/^[=+@\t\r]/.test(x), x);
    assert.equal(x.replace(/^'(?='*[=+\-@\t\r])/, ""), texts[i]);
    assert.equal(Number(y), i - 3);
  });
});

Deno.test("Markdown keeps its cells", () => {
  assert.equal(escapeMarkdown("a|b\\|c\\"), "a\\|b\\\\\\|c\\\\");
  assert.equal(
    escapeMarkdown("snake_case and _em_ 5 < 6 <b>"),
    "snake_case and \\_em\\_ 5 < 6 &lt;b>",
  );
  assert.equal(escapeMarkdown("two\r\nlines"), "two lines");
  assert.equal(markdownCode("a\n```\nb"), "````\na\n```\nb\n````");
  const table = new Table({
    name: "t",
    caption: "",
    columns: ["sys|tem", "b"],
    rows: NAMES.map((name) => [name, "x"]),
    frame: NOTHING,
  });
  const lines = table.toMarkdown().trimEnd().split("\n");
  assert.equal(lines.length, NAMES.length + 2);
  for (const line of lines) {
    // As GitHub parts cells: an escaped sign is none.
    assert.equal(line.replace(/\\./g, "").split("|").length, 4, line);
  }
});

Deno.test("HTML, SVG and terminals get no control characters", () => {
  assert.equal(escapeHtml("a\0<b>\x1b\ud800&\n"), "a\ufffd&lt;b&gt;\ufffd\ufffd&amp;\n");
  assert.equal(printable("a\u2028b\x1b[31m\u202e"), "a b\ufffd[31m\ufffd");
});

Deno.test("the best is set off when it is one", () => {
  assert.equal(bestEstimate([0.5, 0.5, 0.5]), null);
  assert.equal(bestEstimate([0.4, 0.6, 0.5]), 0.6);
  assert.equal(bestEstimate([0.6001, 0.6, 0.1]), null);
  assert.equal(bestEstimate([0, 0]), null);
  assert.equal(bestEstimate([0.7]), null);
  assert.equal(bestEstimate([NaN, 0.2, 0.1]), 0.2);
  assert.equal(bestEstimate([]), null);
});

Deno.test("an axis of shares that are all 0 is labelled in percent", async () => {
  for (const form of ["line", "points", "bars", "columns"] as const) {
    const chart = await figure({
      form,
      caption: "Nothing",
      data: [{ x: "a", y: 0, low: 0, high: 0 }, { x: "b", y: 0, low: 0, high: 0 }],
      x: "x",
      y: "y",
      interval: ["low", "high"],
      yAxis: { percent: true },
    });
    assert.doesNotMatch(chart.svg, /0\.000000/);
    assert.match(chart.svg, />10%</);
  }
});
