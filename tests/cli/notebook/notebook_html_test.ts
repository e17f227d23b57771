import assert from "node:assert/strict";
import { join } from "node:path";
import { runNotebookCommand } from "@potstill/cli/notebook.ts";
import { markdownHtml } from "@potstill/cli/notebook/markdown_html.ts";
import {
  type CellOutput,
  type Notebook,
  type NotebookCell,
  parseNotebook,
} from "@potstill/cli/notebook/notebook.ts";
import { notebookHtml } from "@potstill/cli/notebook/notebook_html.ts";
import { withFolder } from "../../generation/setup.ts";

const notebook = (cells: readonly Partial<NotebookCell>[]): Notebook => ({
  cells: cells.map((cell) => ({ cell_type: "markdown", metadata: {}, source: "", ...cell })),
  metadata: { kernelspec: { language: "typescript" } },
  nbformat: 4,
  nbformat_minor: 5,
});

const code = (outputs: readonly unknown[], source = "1"): Partial<NotebookCell> => ({
  cell_type: "code",
  source,
  execution_count: 3,
  outputs: outputs as CellOutput[],
});

const display = (data: object) => code([{ output_type: "display_data", metadata: {}, data }]);

const page = (...cells: Partial<NotebookCell>[]) =>
  notebookHtml(notebook(cells), { fileName: "a.ipynb" });

/** The page without its own head, in which a style sheet stands. */
const body = (...cells: Partial<NotebookCell>[]) => page(...cells).split("<body>")[1];

const attacks: [what: string, cell: Partial<NotebookCell>][] = [
  ["a script in Markdown", { source: "a <script>alert(1)</script> b" }],
  ["a handler in Markdown", { source: "<b onclick='alert(1)'>b</b>" }],
  ["a link that is code", { source: "[a](javascript:alert(1))" }],
  ["a disguised link", { source: "<a href='java&#10;script:alert(1)'>a</a>" }],
  ["a link that is a page", { source: "<a href='data:text/html,<script>alert(1)</script>'>a</a>" }],
  ["a frame", { source: "<iframe src='https://x.example'></iframe>" }],
  ["a formula with a link", { source: "$\\href{javascript:alert(1)}{x}$" }],
  ["a formula with HTML", {
    source: "$\\htmlData{onclick=alert(1)}{x}$ $$<script>alert(1)</script>$$",
  }],
  ["the mark of a formula", { source: "\uE0F40\uE0F5 <script>alert(1)</script>" }],
  ["a script in an output", display({ "text/html": "<p>a</p><script>alert(1)</script>" })],
  ["a picture with a handler", display({ "text/html": "<img src=x onerror=alert(1)>" })],
  ["a style sheet", display({ "text/html": "<style>body{display:none}</style><p>a</p>" })],
  ["a form", display({ "text/html": "<form action='https://x.example'><input name=a></form>" })],
  ["a refresh", display({ "text/html": "<meta http-equiv=refresh content='0;url=https://x'>" })],
  ["a base", display({ "text/html": "<base href='https://x.example/'>" })],
  ["an unclosed script", display({ "text/html": "<p>a<script>alert(1)" })],
  [
    "MathML with a link",
    display({ "text/html": "<math><a href='javascript:alert(1)'>a</a></math>" }),
  ],
  [
    "an SVG with a script",
    display({ "text/html": "<svg onload=alert(1)><script>a</script></svg>" }),
  ],
  ["a style that loads", display({ "text/html": "<p style='background:url(https://x)'>a</p>" })],
  ["a layer over the page", display({ "text/html": "<p style='position:fixed;top:0'>a</p>" })],
  ["Markdown of an output", display({ "text/markdown": "<script>alert(1)</script>" })],
  ["a picture's data", display({ "image/png": `" onerror="alert(1)`, "text/plain": "a" })],
  [
    "printed text",
    code([{ output_type: "stream", name: "stdout", text: "<script>alert(1)</script>" }]),
  ],
  [
    "an error",
    code([{ output_type: "error", ename: "<script>", evalue: "alert(1)", traceback: [] }]),
  ],
  ["an unknown type", display({ "x/<script>alert(1)</script>": "a" })],
  ["the code", code([], "const a = '</code><script>alert(1)</script>';")],
  ["a raw cell", { cell_type: "raw", source: "<script>alert(1)</script>" }],
];

for (const [what, cell] of attacks) {
  Deno.test(`nothing of a notebook runs or loads: ${what}`, () => {
    const html = body(cell);
    const tags = [...html.matchAll(/<[a-zA-Z!/][^>]*>/g)].map(([tag]) => tag);
    for (const tag of tags) {
      assert.doesNotMatch(
        tag,
        /^<\/?(script|iframe|frame|object|embed|style|form|input|meta|base|link|svg|template)\b/i,
      );
      assert.doesNotMatch(tag, /\son[a-z]+\s*=|javascript:|data:text|url\(|position\s*:/i);
      assert.doesNotMatch(tag, /<img[^>]*src="(?!data:image)/i);
    }
    assert.match(page(cell), /Content-Security-Policy" content="default-src 'none'; img-src data:/);
  });
}

Deno.test("names go into the page as text", () => {
  const html = notebookHtml(notebook([{ source: "# A <b>title</b> & </title><script>" }]), {
    fileName: "</footer><script>alert(1)</script>",
  });
  assert.match(html, /<title>A &lt;b&gt;title&lt;\/b&gt; &amp; &lt;\/title&gt;/);
  assert.ok(!html.includes("<script"));
});

Deno.test("Markdown, formulas and code are set", () => {
  const html = markdownHtml(
    [
      "## Mean of $n$ tasks",
      "",
      "It costs $5 and $6, or \\$7; `$x$` is code. $\\frac{a}{b}$ and $$e^{i\\pi}$$",
      "",
      "$$",
      "\\sum_i x_i",
      "= 3",
      "$$",
      "",
      "| a | b |",
      "| - | - |",
      "| 1 | <sub>2</sub> |",
      "",
      "```ts",
      "const a = 1;",
      "```",
    ].join("\n"),
    () => null,
  );
  assert.equal(html.match(/<math/g)?.length, 4);
  assert.match(html, /display="block"/);
  assert.match(html, /It costs \$5 and \$6, or \$7; <code>\$x\$<\/code> is code/);
  assert.match(html, /<h2 id="Mean-of-\$n\$-tasks">/);
  assert.match(html, /<td><sub>2<\/sub><\/td>/);
  assert.match(html, /<span class="hljs-keyword">const<\/span>/);
  // A formula that TeX cannot read is shown as it was written.
  assert.match(markdownHtml("$\\frac{a$", () => null), /\\frac\{a/);
});

Deno.test("an output is shown in its richest form that needs no program", () => {
  const chart = display({
    "application/vnd.vegalite.v5+json": {},
    "image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "text/plain": `bars "1"`,
  });
  assert.match(
    body(chart),
    /<img class="figure" src="data:image\/svg\+xml;base64,[^"]+" alt="bars/,
  );
  const framed = display({ "text/html": "<iframe srcdoc='x'></iframe>", "text/plain": "3 runs" });
  assert.match(body(framed), /<pre>3 runs<\/pre>/);
  const table = display({
    "text/html": `<table><tr><td style="text-align:left">a</td></tr></table>`,
  });
  assert.match(body(table), /<td style="text-align:left">a<\/td>/);
  assert.match(body(display({ "application/json": { a: [1] } })), /&quot;a&quot;: \[\s+1/);
  assert.match(body(display({ "application/pdf": "x" })), /application\/pdf, which a page cannot/);
  const printed = code([{
    output_type: "stream",
    name: "stdout",
    text: "1/2\r2/2\r\nx \u001b[31mred\u001b[0m\n",
  }]);
  assert.match(body(printed), /<pre class="stream">2\/2\nx red\n<\/pre>/);
  assert.match(body(code([])), /<div class="number">\[3\]<\/div>/);
});

Deno.test("pictures of the notebook and of its folder are in the page, others are links", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(join(folder, "in"));
    await Deno.writeTextFile(join(folder, "out.png"), "secret");
    await Deno.writeTextFile(join(folder, "in", "key.txt"), "secret");
    await Deno.writeTextFile(join(folder, "in", "a b.png"), "png");
    const source =
      "![one](a%20b.png) ![two](../out.png) ![three](key.txt) ![four](attachment:p.png)" +
      " ![five](https://x.example/y.png) ![six](missing.png)";
    const html = notebookHtml(
      notebook([{ source, attachments: { "p.png": { "image/png": "cG5n" } } }]),
      { fileName: "a.ipynb", folder: join(folder, "in") },
    );
    const images = [...html.matchAll(/<img src="([^"]+)" alt="(\w+)"/g)].map(([, src, alt]) => [
      alt,
      src,
    ]);
    assert.deepEqual(images, [
      ["one", "data:image/png;base64,cG5n"],
      ["four", "data:image/png;base64,cG5n"],
    ]);
    for (const name of ["two", "three", "five", "six"]) {
      assert.match(html, new RegExp(`<a href="[^"]+"[^>]*>${name}</a>`));
    }
    assert.ok(!html.includes(btoa("secret")));
  }));

Deno.test("trusted outputs keep their scripts, Markdown does not", () => {
  const cells = [
    display({ "text/html": "<script>draw()</script>" }),
    { source: "<script>alert(1)</script>" },
  ];
  const html = notebookHtml(notebook(cells), { fileName: "a.ipynb", isTrusted: true });
  assert.ok(html.includes("<script>draw()</script>"));
  assert.ok(!html.includes("alert(1)"));
  assert.ok(!html.includes("Content-Security-Policy"));
});

const root = new URL("../../../notebooks/", import.meta.url);
for (const { name } of Deno.readDirSync(root)) {
  if (!name.endsWith(".ipynb")) continue;
  Deno.test(`${name} becomes a page that loads nothing`, async () => {
    const text = await Deno.readTextFile(new URL(name, root));
    const html = notebookHtml(parseNotebook(text, name), { fileName: name });
    assert.match(html, /<title>[^<]{5,}<\/title>/);
    assert.doesNotMatch(html.split("<body>")[1], /<(script|link|iframe)\b|\ssrc="(?!data:)/);
    const { cells } = parseNotebook(text, name);
    const shown = html.match(/<section class="cell">/g)?.length;
    assert.equal(shown, cells.filter((cell) => cell.cell_type === "code").length);
  });
}

Deno.test("notebook --to html writes the page beside the notebook and runs nothing", () =>
  withFolder(async (folder) => {
    const file = join(folder, "one.ipynb");
    const cell = { cell_type: "code", metadata: {}, source: "throw 1", outputs: [] };
    const text = JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 });
    await Deno.writeTextFile(file, text);
    assert.equal(await runNotebookCommand([file, "--to", "html"]), 0);
    assert.match(await Deno.readTextFile(join(folder, "one.html")), /throw/);
    assert.equal(await Deno.readTextFile(file), text);
    assert.equal(await runNotebookCommand([file, "--to", "html", "--out", file]), 2);
    assert.equal(await runNotebookCommand([file, "--to", "html", "--set", "a=1"]), 2);
    assert.equal(await runNotebookCommand([file, "--trust"]), 2);
    assert.equal(await runNotebookCommand([file, "--to", "pdf"]), 2);
    assert.equal(await runNotebookCommand([join(folder, "no.ipynb"), "--to", "html"]), 1);
  }));
