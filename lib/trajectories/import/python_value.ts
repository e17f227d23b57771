import { PythonStrings } from "../../records/turn/python_strings.ts";

/** Final answer given by an agent's code. */
export interface WrittenAnswer {
  /** The text of the answer as `str()` gives it; null when only running the code would tell. */
  readonly value: string | null;
}

const DEEPEST = 20;
const NUMBER = /[-+]?(?:0[xX][\da-fA-F_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][-+]?\d+)?)/y;
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/**
 * The last `final_answer` that code calls or sets, outside of strings and comments; null when there is
 * none. A function of that name that the code defines is no call.
 */
export function writtenAnswer(code: string): WrittenAnswer | null {
  const strings = new PythonStrings(code);
  const token = /["'#]|(?<![\w.])(?<!\b(?:def|class)[ \t])final_answer[ \t]*/g;
  let found: WrittenAnswer | null = null;
  for (let match = token.exec(code); match !== null; match = token.exec(code)) {
    const at = match.index;
    if (match[0] === "#") {
      const end = code.indexOf("\n", at);
      if (end === -1) break;
      token.lastIndex = end;
    } else if (match[0].length === 1) {
      const end = strings.end(at);
      if (end !== -1) token.lastIndex = end;
    } else {
      const after = token.lastIndex;
      if (code[after] === "(") found = { value: argument(code, after + 1, strings) };
      else if (/^(?::[^=\n]{0,80})?=(?!=)/.test(code.slice(after, after + 100))) {
        const start = code.indexOf("=", after) + 1;
        found = { value: literal(code, start, strings, /^[ \t]*(?:[#;\r\n]|$)/) };
      }
    }
  }
  return found;
}

function argument(code: string, from: number, strings: PythonStrings): string | null {
  const head = /^\s*answer\s*=(?!=)/.exec(code.slice(from, from + 100));
  return literal(code, from + (head?.[0].length ?? 0), strings, /^\s*,?\s*\)/);
}

/** A literal that is followed by `end`, as `str()` gives it. */
function literal(code: string, from: number, strings: PythonStrings, end: RegExp): string | null {
  const read = readValue(code, skip(code, from), strings, 0);
  return read !== null && end.test(code.slice(read.next, read.next + 200)) ? read.text : null;
}

interface ReadValue {
  readonly text: string;
  readonly repr: string;
  readonly next: number;
}

function readValue(
  code: string,
  at: number,
  strings: PythonStrings,
  depth: number,
): ReadValue | null {
  const word = /^(?:True|False|None)\b/.exec(code.slice(at, at + 6))?.[0];
  if (word !== undefined) return { text: word, repr: word, next: at + word.length };
  const char = code[at];
  if ((char === "[" || char === "(") && depth < DEEPEST) return readList(code, at, strings, depth);
  NUMBER.lastIndex = at;
  if (NUMBER.test(code)) {
    const next = NUMBER.lastIndex;
    const text = numberText(code.slice(at, next));
    return text === null || /[\w.]/.test(code[next] ?? "") ? null : { text, repr: text, next };
  }
  return readStrings(code, at, strings);
}

function readList(
  code: string,
  at: number,
  strings: PythonStrings,
  depth: number,
): ReadValue | null {
  const [open, close] = code[at] === "[" ? ["[", "]"] : ["(", ")"];
  const items: ReadValue[] = [];
  let next = skip(code, at + 1);
  let commas = 0;
  while (code[next] !== close) {
    const item = readValue(code, next, strings, depth + 1);
    if (item === null) return null;
    items.push(item);
    next = skip(code, item.next);
    if (code[next] === ",") {
      commas++;
      next = skip(code, next + 1);
    } else if (code[next] !== close) return null;
  }
  if (open === "(" && items.length === 1 && commas === 0) return { ...items[0], next: next + 1 };
  const tail = open === "(" && items.length === 1 ? "," : "";
  const repr = `${open}${items.map((item) => item.repr).join(", ")}${tail}${close}`;
  return { text: repr, repr, next: next + 1 };
}

/** Strings side by side are one. */
function readStrings(code: string, from: number, strings: PythonStrings): ReadValue | null {
  let text = "";
  let next = from;
  let at = from;
  while (true) {
    const prefix = /^[a-zA-Z]{0,2}(?=["'])/.exec(code.slice(at, at + 3))?.[0].toLowerCase();
    if (prefix === undefined || !/^(?:|r|u|f|fr|rf|t)$/.test(prefix)) break;
    const start = at + prefix.length;
    const end = strings.end(start);
    if (end === -1) return null;
    const quotes = code.startsWith(code[start].repeat(3), start) && end - start >= 6 ? 3 : 1;
    let body = code.slice(start + quotes, end - quotes);
    if (/[ft]/.test(prefix)) {
      if (/[{}]/.test(body.replaceAll("{{", "").replaceAll("}}", ""))) return null;
      body = body.replaceAll("{{", "{").replaceAll("}}", "}");
    }
    const read = prefix.includes("r") ? body : unescape(body);
    if (read === null) return null;
    text += read;
    next = end;
    at = skip(code, end);
  }
  if (next === from) return null;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll(
    quote,
    `\\${quote}`,
  );
  return { text, repr: quote + inner + quote, next };
}

function unescape(body: string): string | null {
  if (body.includes("\\N{")) return null;
  return body.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, x, u, long, octal, char: string | undefined) => {
      if (char !== undefined) return ESCAPES[char] ?? whole;
      const point = octal === undefined
        ? Number.parseInt(x ?? u ?? long, 16)
        : Number.parseInt(octal, 8);
      return point > 0x10ffff ? whole : String.fromCodePoint(point);
    },
  );
}

/** A number as Python's `str()` writes it; null for a text that is no number in Python. */
function numberText(written: string): string | null {
  const plain = written.replaceAll("_", "").replace(/^\+/, "");
  if (/^-?0[xX]/.test(plain)) {
    const digits = BigInt(plain.replace("-", ""));
    return plain.startsWith("-") && digits !== 0n ? `-${digits}` : String(digits);
  }
  if (/^-?\d+$/.test(plain)) {
    return /^-?0\d/.test(plain) && !/^-?0+$/.test(plain) ? null : plain.replace(/^-?0+$/, "0");
  }
  const value = Number(plain);
  if (!Number.isFinite(value)) return null;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([-+])(\d)$/, "e$10$2");
  }
  return Number.isInteger(value) ? `${Object.is(value, -0) ? "-0" : value}.0` : String(value);
}

function skip(code: string, at: number): number {
  while (at < code.length && /[\s\\]/.test(code[at])) at++;
  return at;
}
