import { printable } from "./printable.ts";

/** Characters that Markdown reads as markup: escapes, code, emphasis, links, cells, formulas, tags, entities. */
const MARKUP =
  /[\\`*[\]|$~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|<(?=[A-Za-z/!?])|&(?=#|[A-Za-z]+;)/gu;

/**
 * A text as GitHub's Markdown shows it, on one line, in a paragraph or a table's cell.
 *
 * @source GitHub Flavored Markdown, section 2.4 (backslash escapes)
 */
export function escapeMarkdown(text: string): string {
  return printable(text).replace(MARKUP, (sign) => sign === "<" ? "&lt;" : `\\${sign}`);
}

/** A code block that holds a text whatever fences stand in it. */
export function markdownCode(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text.split("\n").map(printable).join("\n")}\n${fence}`;
}
