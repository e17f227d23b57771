// @ts-types="npm:@types/sanitize-html@2.16.2"
import sanitizeHtml from "sanitize-html";
import { wordList } from "../../records/word_list.ts";

const TEXT = wordList(`
  p div span h1 h2 h3 h4 h5 h6 br hr blockquote pre code kbd samp var b strong i em u s del ins
  mark small sub sup abbr cite q ul ol li dl dt dd details summary figure figcaption a img
  center font progress meter output
`);
const TABLES = ["table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"];

/** Values of styles that fetch something or run something. */
const DANGEROUS_STYLE = /url\s*\(|expression\s*\(|image-set|@import|javascript:|\\/i;

/**
 * HTML of a stranger without what could run, load or cover anything: scripts, handlers, forms, frames,
 * style sheets, pictures from elsewhere, positions outside of the flow.
 *
 * @example
 * ```ts
 * import { safeHtml } from "@potstill/cli/notebook/safe_html.ts";
 * const safe = safeHtml('<b onclick="x()">bold</b><script>x()</script>');
 * if (safe !== "<b>bold</b>") throw new Error(safe);
 * ```
 */
export function safeHtml(html: string): string {
  return sanitizeHtml(html, {
    allowedTags: [...TEXT, ...TABLES],
    allowedAttributes: {
      "*": ["class", "style", "title", "dir", "lang", "align", "valign", "width", "height", "role"],
      a: ["href", "name"],
      img: ["src", "alt"],
      details: ["open"],
      ol: ["start", "type"],
      progress: ["value", "max"],
      meter: ["value", "min", "max"],
      ...Object.fromEntries(["td", "th"].map((cell) => [cell, ["colspan", "rowspan", "scope"]])),
      ...Object.fromEntries(["h1", "h2", "h3", "h4", "h5", "h6"].map((name) => [name, ["id"]])),
    },
    allowedSchemes: ["http", "https", "mailto"],
    allowedSchemesByTag: { img: ["data"] },
    allowProtocolRelative: false,
    // Styles are checked below; the parser of the library would need a package more.
    parseStyleAttributes: false,
    transformTags: {
      "*": (tagName, attribs) => ({ tagName, attribs: withSafeStyle(attribs) }),
      a: (tagName, attribs) => ({
        tagName,
        attribs: { ...withSafeStyle(attribs), rel: "noopener noreferrer" },
      }),
    },
    exclusiveFilter: ({ tag, attribs }) =>
      tag === "img" && !/^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i.test(attribs.src ?? ""),
  });
}

function withSafeStyle(attribs: Readonly<Record<string, string>>): Record<string, string> {
  const { style, ...rest } = attribs;
  if (style === undefined) return rest;
  const kept = style.split(";").filter((declaration) => {
    const [name] = declaration.split(":");
    return declaration.includes(":") && !DANGEROUS_STYLE.test(declaration) &&
      !/^\s*(position|z-index|behavior|-moz-binding)\s*$/i.test(name);
  });
  return kept.length === 0 ? rest : { ...rest, style: kept.join(";") };
}
