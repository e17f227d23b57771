import hljs from "highlight.js";
import MarkdownIt from "markdown-it";
import { escapeHtml } from "../../display/escape_html.ts";
import { addMath } from "./math_rules.ts";
import { safeHtml } from "./safe_html.ts";

/** Finds a picture that Markdown names; null when it is not to be shown. */
export type FindImage = (source: string) => string | null;

/** Private-use characters around the number of a formula: no text of a notebook has them here. */
const [OPEN, CLOSE] = ["\uE0F4", "\uE0F5"];

/**
 * Markdown as safe HTML: formulas as MathML, code coloured, HTML within it without what could run.
 *
 * @param findImage gives a picture as a `data:` URL; one that it does not give becomes a link
 *
 * @example
 * ```ts
 * import { markdownHtml } from "@potstill/cli/notebook/markdown_html.ts";
 * const html = markdownHtml("**Loss** of $x^2$<script>alert(1)</script>", () => null);
 * if (!html.includes("<strong>") || !html.includes("<math") || html.includes("<script")) {
 *   throw new Error(html);
 * }
 * ```
 */
export function markdownHtml(source: string, findImage: FindImage): string {
  const formulas: string[] = [];
  const markdown = new MarkdownIt({
    html: true,
    linkify: false,
    highlight: (code, language) => highlighted(code, language),
  });
  addMath(markdown, (html) => `${OPEN}${formulas.push(html) - 1}${CLOSE}`);
  markdown.renderer.rules.image = (tokens, i) => {
    const source = String(tokens[i].attrGet("src") ?? "");
    const label = escapeHtml(tokens[i].content || source);
    const data = findImage(source);
    return data === null
      ? `<a href="${escapeHtml(source)}">${label}</a>`
      : `<img src="${escapeHtml(data)}" alt="${label}">`;
  };
  // Link targets within the page, as Jupyter makes them.
  markdown.renderer.rules.heading_open = (tokens, i) => {
    const { tag } = tokens[i];
    return `<${tag} id="${escapeHtml(tokens[i + 1].content.replaceAll(/\s+/g, "-"))}">`;
  };
  // `data:` pictures are pictures; the link check of the library knows but some of them.
  const isLink = markdown.validateLink;
  markdown.validateLink = (url) => isLink(url) || /^attachment:/i.test(url);
  const plain = source.replaceAll(OPEN, "").replaceAll(CLOSE, "");
  const html = safeHtml(markdown.render(plain));
  return html.replace(
    new RegExp(`${OPEN}(\\d+)${CLOSE}`, "g"),
    (_, number) => formulas[Number(number)],
  );
}

/** Code as HTML with its words marked; of an unknown language as it is. */
export function highlighted(code: string, language: string): string {
  return hljs.getLanguage(language) === undefined
    ? escapeHtml(code)
    : hljs.highlight(code, { language, ignoreIllegals: true }).value;
}
