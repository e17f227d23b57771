import { stripVTControlCharacters } from "node:util";
import { escapeHtml } from "../../display/escape_html.ts";
import { markdownHtml } from "./markdown_html.ts";
import { mathHtml } from "./math_rules.ts";
import type { CellOutput, MimeBundle } from "./notebook.ts";
import { safeHtml } from "./safe_html.ts";

/** Options of showing outputs. */
export interface OutputHtmlOptions {
  /** Keep HTML of outputs as it is, with its scripts. @default false */
  readonly isTrusted?: boolean;
}

/** An output of a cell as HTML: its richest form that can be shown without a front end. */
export function outputHtml(output: CellOutput, options: OutputHtmlOptions = {}): string {
  if (output.output_type === "stream") {
    const kind = output.name === "stderr" ? "stream stderr" : "stream";
    return `<pre class="${kind}">${escapeHtml(terminalText(output.text))}</pre>`;
  }
  if (output.output_type === "error") {
    const text = output.traceback.length > 0
      ? output.traceback.join("\n")
      : `${output.ename}: ${output.evalue}`;
    return `<pre class="error">${escapeHtml(terminalText(text))}</pre>`;
  }
  return output.data === undefined ? "" : bundleHtml(output.data, options);
}

/** Text as a terminal leaves it: without colours, and of overwritten lines the last state. */
function terminalText(text: string): string {
  return stripVTControlCharacters(text).replaceAll("\r\n", "\n").split("\n").map((line) =>
    line.replace(/\r+$/, "").split("\r").at(-1)
  ).join("\n");
}

function bundleHtml(data: MimeBundle, { isTrusted }: OutputHtmlOptions): string {
  const text = (type: string) => typeof data[type] === "string" ? data[type] as string : null;
  const svg = text("image/svg+xml");
  if (svg !== null) return picture("image/svg+xml", encodeBase64(svg), text("text/plain"));
  for (const type of ["image/png", "image/jpeg", "image/gif", "image/webp"]) {
    const base64 = text(type)?.replaceAll(/\s/g, "");
    if (base64 !== undefined && /^[A-Za-z0-9+/]+=*$/.test(base64)) {
      return picture(type, base64, text("text/plain"));
    }
  }
  const html = text("text/html");
  if (html !== null && isTrusted) return `<div class="html">${html}</div>`;
  // A frame cannot be shown without its scripts: what stands beside it says the same.
  const isFrame = html !== null && /^\s*<iframe\b/i.test(html);
  if (html !== null && !isFrame) return `<div class="html">${safeHtml(html)}</div>`;
  const markdown = text("text/markdown");
  if (markdown !== null) return `<div class="html">${markdownHtml(markdown, () => null)}</div>`;
  const latex = text("text/latex");
  if (latex !== null) return mathHtml(latex.trim().replace(/^\$+|\$+$/g, ""), true);
  const plain = text("text/plain");
  if (plain !== null) return `<pre>${escapeHtml(terminalText(plain))}</pre>`;
  const [type, value] = Object.entries(data)[0] ?? [];
  if (type === undefined) return "";
  return /^application\/(.*\+)?json$/.test(type)
    ? `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`
    : `<p class="note">An output of type ${escapeHtml(type)}, which a page cannot show.</p>`;
}

/** As a picture, SVG runs no script and loads nothing. */
function picture(type: string, base64: string, alt: string | null): string {
  const label = escapeHtml((alt ?? "").slice(0, 500));
  return `<img class="figure" src="data:${type};base64,${base64}" alt="${label}">`;
}

function encodeBase64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
