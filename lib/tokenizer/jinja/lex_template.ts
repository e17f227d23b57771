import { TemplateError } from "./budget.ts";
import { isSpace, skipEnd, skipStart } from "./white_space.ts";

/** A token of a template. */
export interface Token {
  /** Kind of token; each operator is its own kind. */
  readonly kind:
    | "data"
    | "begin"
    | "end"
    | "name"
    | "string"
    | "integer"
    | "float"
    | "operator"
    | "eof";
  /** Its text; a string without quotes and escapes; `{{`, `{%` for a beginning, `}}`, `%}` for an end. */
  readonly value: string;
  /** The line on which it begins, from 1. */
  readonly line: number;
}

/** A template longer than this is none; the longest published ones have 30,000 characters. */
const MAX_LENGTH = 300_000;

const RAW = /\{%[-+]?\s*raw\s*(?:-%\}\s*|%\})/y;
const END_RAW = /\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?)/g;
const ENDS = {
  "{%": /\+%\}|-%\}\s*|%\}\n?/y,
  "{{": /-\}\}\s*|\}\}/y,
  "{#": /\+#\}|-#\}\s*|#\}\n?/g,
};
const FLOAT = /(?<!\.)\d+(?:_\d+)*(?:(?:\.\d+(?:_\d+)*)?[eE][+-]?\d+(?:_\d+)*|\.\d+(?:_\d+)*)/y;
const INTEGER =
  /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\da-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*/y;
const NAME = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;
const STRING = /'([^'\\]*(?:\\[^][^'\\]*)*)'|"([^"\\]*(?:\\[^][^"\\]*)*)"/y;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[+\-*/%~[\](){}><=.:|,;]/y;
const CLOSES: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/**
 * The tokens of a template, cut as Jinja does with `trim_blocks` and `lstrip_blocks`: the line break
 * after a block is dropped, and white space on its line before it.
 *
 * @throws {TemplateError} naming the line
 * @source Jinja 3.1, "Whitespace Control"
 */
export function lexTemplate(template: string): Token[] {
  if (template.length > MAX_LENGTH) {
    throw new TemplateError(`it has ${template.length} characters, and ${MAX_LENGTH} are the most`);
  }
  const source = template.replace(/\r\n|\r/g, "\n").replace(/\n$/, "");
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let countedTo = 0;
  // Whether the last tag took its line break with it.
  let isLineStart = true;
  const lineAt = (place: number): number => {
    for (let i = source.indexOf("\n", countedTo); i !== -1 && i < place;) {
      line++;
      countedTo = i + 1;
      i = source.indexOf("\n", countedTo);
    }
    return line;
  };
  const push = (kind: Token["kind"], value: string, place: number) => {
    tokens.push({ kind, value, line: lineAt(place) });
  };
  const fail = (message: string, place: number): never => {
    throw new TemplateError(`line ${lineAt(place)}: ${message}`);
  };
  const match = (pattern: RegExp, place: number): RegExpExecArray | null => {
    pattern.lastIndex = place;
    return pattern.exec(source);
  };
  const pushData = (text: string, sign: string, isPrint: boolean, place: number) => {
    let data = text;
    if (sign === "-") data = text.slice(0, skipEnd(text, isSpace));
    else if (sign !== "+" && !isPrint) {
      const lineFrom = text.lastIndexOf("\n") + 1;
      const isAlone = lineFrom < text.length && skipStart(text, isSpace, lineFrom) === text.length;
      if ((lineFrom > 0 || isLineStart) && isAlone) data = text.slice(0, lineFrom);
    }
    if (data !== "") push("data", data, place);
  };
  const BEGIN = /\{[%{#]/g;
  while (at < source.length) {
    const begin = match(BEGIN, at);
    if (begin === null) {
      push("data", source.slice(at), at);
      break;
    }
    const open = begin.index;
    const kind = begin[0] as keyof typeof ENDS;
    const sign = /[-+]/.test(source[open + 2] ?? "") ? source[open + 2] : "";
    pushData(source.slice(at, open), sign, kind === "{{", at);
    const raw = kind === "{%" ? match(RAW, open) : null;
    if (raw !== null) {
      const from = open + raw[0].length;
      const end = match(END_RAW, from);
      if (end === null) return fail("raw has no endraw", open);
      isLineStart = raw[0].endsWith("\n");
      pushData(source.slice(from, end.index), end[1], false, from);
      at = end.index + end[0].length;
      isLineStart = end[0].endsWith("\n");
      continue;
    }
    at = open + 2 + sign.length;
    if (kind === "{#") {
      const end = match(ENDS[kind], at);
      if (end === null) return fail("a comment is not closed", open);
      at = end.index + end[0].length;
      isLineStart = end[0].endsWith("\n");
      continue;
    }
    push("begin", kind, open);
    const awaited: string[] = [];
    for (;;) {
      at = skipStart(source, isSpace, at);
      if (at >= source.length) return fail(`${kind} is not closed`, open);
      const end = awaited.length === 0 ? match(ENDS[kind], at) : null;
      if (end !== null) {
        push("end", kind === "{%" ? "%}" : "}}", at);
        at += end[0].length;
        isLineStart = end[0].endsWith("\n");
        break;
      }
      const found = lexInTag(match, at) ?? fail(`unexpected character ${source[at]}`, at);
      if (found.kind === "operator") {
        if (found.value in CLOSES) awaited.push(CLOSES[found.value]);
        else if (/[)\]}]/.test(found.value) && awaited.pop() !== found.value) {
          return fail(`unexpected ${found.value}`, at);
        }
      }
      push(found.kind, found.value, at);
      at += found.length;
    }
  }
  push("eof", "the end of the template", source.length);
  return tokens;
}

type Match = (pattern: RegExp, place: number) => RegExpExecArray | null;

function lexInTag(match: Match, at: number): Omit<Token, "line"> & { length: number } | null {
  const kinds = [["float", FLOAT], ["integer", INTEGER], ["name", NAME], ["string", STRING], [
    "operator",
    OPERATOR,
  ]] as const;
  for (const [kind, pattern] of kinds) {
    const found = match(pattern, at);
    if (found === null) continue;
    const value = kind === "string" ? unescape(found[1] ?? found[2]) : found[0];
    return { kind, value, length: found[0].length };
  }
  return null;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** A string's escapes as Python reads them; an unknown one stays as it is. */
function unescape(body: string): string {
  if (!body.includes("\\")) return body;
  return body.replace(
    /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g,
    (whole, octal, hex, short, long, other) => {
      if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8));
      const code = hex ?? short ?? long;
      if (code !== undefined) {
        const point = parseInt(code, 16);
        if (point > 0x10ffff) throw new TemplateError(`the escape ${whole} is no character`);
        return String.fromCodePoint(point);
      }
      if (/[xuUN]/.test(other)) throw new TemplateError(`the escape ${whole} cannot be read`);
      return ESCAPES[other] ?? whole;
    },
  );
}
