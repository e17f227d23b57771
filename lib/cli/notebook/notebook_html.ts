import { readFileSync } from "node:fs";
import { extname, resolve, sep } from "node:path";
import { escapeHtml } from "../../display/escape_html.ts";
import { highlighted, markdownHtml } from "./markdown_html.ts";
import type { Notebook, NotebookCell } from "./notebook.ts";
import { NOTEBOOK_CSS } from "./notebook_css.ts";
import { outputHtml } from "./output_html.ts";

/** Options of turning a notebook into a page. */
export interface NotebookHtmlOptions {
  /** Shown where the notebook has no heading of its own, and as the source. */
  readonly fileName: string;
  /** Folder of the pictures that its Markdown names. @default pictures of files are links */
  readonly folder?: string;
  /** Keep the HTML of outputs as it is, with scripts. Only for notebooks whose outputs you made. @default false */
  readonly isTrusted?: boolean;
}

const IMAGE_TYPES: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".svg": "image/svg+xml",
};

/**
 * A notebook with its outputs as one page that needs no network: charts as SVG, formulas as MathML,
 * coloured code, and a style for paper. Nothing in it runs: HTML of outputs is reduced to what cannot,
 * and the page forbids the rest itself.
 *
 * @example
 * ```ts
 * import type { Notebook } from "@potstill/cli/notebook/notebook.ts";
 * import { notebookHtml } from "@potstill/cli/notebook/notebook_html.ts";
 * const notebook: Notebook = {
 *   cells: [{ cell_type: "markdown", metadata: {}, source: "# Ten tasks" }],
 *   metadata: {},
 *   nbformat: 4,
 *   nbformat_minor: 5,
 * };
 * const page = notebookHtml(notebook, { fileName: "a.ipynb" });
 * if (!page.includes("<title>Ten tasks</title>")) throw new Error(page);
 * ```
 */
export function notebookHtml(notebook: Notebook, options: NotebookHtmlOptions): string {
  const title = titleOf(notebook) ?? options.fileName;
  const language = languageOf(notebook);
  const cells = notebook.cells.map((cell) => cellHtml(cell, language, options)).join("\n");
  const policy = options.isTrusted
    ? ""
    : `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; ` +
      `style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${policy}<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Potstill">
<title>${escapeHtml(title)}</title>
<style>${NOTEBOOK_CSS}</style>
</head>
<body>
<main>
${cells}
</main>
<footer>${escapeHtml(options.fileName)}</footer>
</body>
</html>
`;
}

function cellHtml(
  cell: NotebookCell,
  language: string,
  options: NotebookHtmlOptions,
): string {
  if (cell.source.trim() === "" && (cell.outputs ?? []).length === 0) return "";
  if (cell.cell_type === "markdown") {
    const html = markdownHtml(cell.source, (source) => findImage(source, cell, options));
    return `<section class="text">\n${html}</section>`;
  }
  if (cell.cell_type === "raw") {
    return `<section class="raw"><pre>${escapeHtml(cell.source)}</pre></section>`;
  }
  const number = cell.execution_count ?? " ";
  const code = `<pre class="code"><code>${
    highlighted(cell.source.trimEnd(), language)
  }</code></pre>`;
  const outputs = (cell.outputs ?? []).map((output) => outputHtml(output, options))
    .filter((html) => html !== "");
  return `<section class="cell"><div class="number">[${number}]</div>${code}` +
    `${outputs.length === 0 ? "" : `<div class="outputs">${outputs.join("\n")}</div>`}</section>`;
}

/** The text of the first heading. */
function titleOf({ cells }: Notebook): string | null {
  for (const { cell_type, source } of cells) {
    const heading = cell_type === "markdown" ? /^#\s+(.+)$/m.exec(source)?.[1] : undefined;
    if (heading !== undefined) return heading.replaceAll(/[*_`$]/g, "").trim();
  }
  return null;
}

function languageOf({ metadata }: Notebook): string {
  const info = metadata.language_info as { readonly name?: unknown } | undefined;
  const spec = metadata.kernelspec as { readonly language?: unknown } | undefined;
  const name = info?.name ?? spec?.language ?? "typescript";
  return typeof name === "string" ? name.toLowerCase() : "typescript";
}

/** A pasted picture, or one in the notebook's folder; what is elsewhere stays a link. */
function findImage(
  source: string,
  { attachments }: NotebookCell,
  { folder }: NotebookHtmlOptions,
): string | null {
  if (/^data:image\//i.test(source)) return source;
  const pasted = /^attachment:(.*)$/i.exec(source)?.[1];
  if (pasted !== undefined) return attachment(attachments, decoded(pasted));
  if (folder === undefined || /^[a-z][a-z0-9+.-]*:|^\/\//i.test(source)) return null;
  const home = resolve(folder);
  const path = resolve(home, decoded(source));
  const type = IMAGE_TYPES[extname(path).toLowerCase()];
  if (type === undefined || !path.startsWith(home + sep)) return null;
  try {
    return `data:${type};base64,${readFileSync(path).toString("base64")}`;
  } catch {
    return null;
  }
}

function attachment(attachments: unknown, name: string): string | null {
  const bundles = attachments as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const found = Object.entries(bundles?.[name] ?? {}).find(([type, value]) =>
    type.startsWith("image/") && typeof value === "string"
  );
  return found === undefined ? null : `data:${found[0]};base64,${found[1]}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
