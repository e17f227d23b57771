/**
 * The ends of Python's string literals: any prefix, single and triple quotes, escapes, line
 * continuations, and f-strings whose fields hold strings with the same quotes (Python 3.12).
 *
 * All questions about one text together take time linear in its length, also where strings never end:
 * what was looked through in vain is not looked through again.
 *
 * @source the Python language reference, section 2.4 (lexical analysis of literals)
 *
 * @example
 * ```ts
 * import { PythonStrings } from "@potstill/records/turn/python_strings.ts";
 * const code = `x = f"{names["a"]}" + y`;
 * const end = new PythonStrings(code).end(code.indexOf('"'));
 * if (code.slice(end) !== " + y") throw new Error(code.slice(end));
 * ```
 */
export class PythonStrings {
  readonly #text: string;
  /** By kind of string: the place up to which one of the kind was looked for in vain. */
  readonly #lookedTo = new Map<string, number>();

  /** The strings of a text, which may be more than Python. */
  constructor(text: string) {
    this.#text = text;
  }

  /** The place after the string whose first quote is at `start`; -1 when it does not end. */
  end(start: number): number {
    const delimiter = delimiterAt(this.#text, start);
    const prefix = prefixBefore(this.#text, start);
    if (/[ft]/.test(prefix)) {
      const isRaw = prefix.includes("r");
      const end = this.#find(
        `f${delimiter}`,
        start,
        () => this.#fieldsEnd(start, delimiter, isRaw),
      );
      if (end !== -1) return end;
    }
    const from = start + delimiter.length;
    return this.#find(delimiter, start, () => plainEnd(this.#text, from, delimiter));
  }

  /** @param find gives the place after the string, or `-1 - place` when it ended there in vain */
  #find(kind: string, start: number, find: () => number): number {
    if ((this.#lookedTo.get(kind) ?? -1) > start) return -1;
    const end = find();
    if (end >= 0) return end;
    this.#lookedTo.set(kind, -1 - end);
    return -1;
  }

  /** The end of an f-string; its fields are read as Python, their format specifications as text. */
  #fieldsEnd(start: number, delimiter: string, isRaw: boolean): number {
    const text = this.#text;
    const open: Frame[] = [{ delimiter, isRaw }];
    let at = start + delimiter.length;
    while (at < text.length) {
      const frame = open[open.length - 1];
      const char = text[at];
      if ("delimiter" in frame) {
        if (text.startsWith(frame.delimiter, at)) {
          open.pop();
          at += frame.delimiter.length;
          if (open.length === 0) return at;
        } else if (char === "{" && text[at + 1] === "{") at += 2;
        else if (char === "{") {
          open.push({ depth: 0, isFormat: false });
          at++;
        } else if (char === "\\") at = afterEscape(text, at, frame.isRaw);
        else if (char === "\n" && frame.delimiter.length === 1) return -1 - at;
        else at++;
        continue;
      }
      if (char === "\n" && /[`~]/.test(text[at + 1] ?? "")) return -1 - at;
      if (frame.isFormat) {
        const outer = open[open.length - 2] as StringFrame;
        if (text.startsWith(outer.delimiter, at)) return -1 - at;
        if (char === "{") open.push({ depth: 0, isFormat: false });
        else if (char === "}") open.pop();
        at++;
      } else if (char === '"' || char === "'") {
        const inner = delimiterAt(text, at);
        const prefix = prefixBefore(text, at);
        if (/[ft]/.test(prefix)) {
          open.push({ delimiter: inner, isRaw: prefix.includes("r") });
          at += inner.length;
        } else {
          const end = plainEnd(text, at + inner.length, inner);
          if (end < 0) return end;
          at = end;
        }
      } else {
        if (char === "(" || char === "[" || char === "{") frame.depth++;
        else if (char === ")" || char === "]") frame.depth--;
        else if (char === "}" && frame.depth <= 0) open.pop();
        else if (char === "}") frame.depth--;
        else if (char === ":" && frame.depth <= 0) frame.isFormat = true;
        at++;
      }
    }
    return -1 - at;
  }
}

interface StringFrame {
  readonly delimiter: string;
  readonly isRaw: boolean;
}

interface FieldFrame {
  depth: number;
  isFormat: boolean;
}

type Frame = StringFrame | FieldFrame;

function delimiterAt(text: string, start: number): string {
  const quote = text[start];
  return text[start + 1] === quote && text[start + 2] === quote ? quote.repeat(3) : quote;
}

/** The letters of a string's prefix, in lower case; empty when there is none. */
function prefixBefore(text: string, start: number): string {
  const before = text.slice(Math.max(0, start - 3), start);
  return /(?:^|[^\p{L}\p{N}_])([a-z]{1,2})$/iu.exec(before)?.[1].toLowerCase() ?? "";
}

/** The place after a plain string, or `-1 - place` when it does not end before `place`. */
function plainEnd(text: string, from: number, delimiter: string): number {
  const isLine = delimiter.length === 1;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === "\\") at += text[at + 1] === "\r" && text[at + 2] === "\n" ? 2 : 1;
    else if (char === "\n" && isLine) return -1 - at;
    else if (char === delimiter[0] && text.startsWith(delimiter, at)) return at + delimiter.length;
  }
  return -1 - text.length;
}

/** In an f-string a backslash does not keep a brace from beginning a field. */
function afterEscape(text: string, at: number, isRaw: boolean): number {
  const next = text[at + 1];
  if (next === "{" || next === "}") return at + 1;
  if (!isRaw && next === "N" && text[at + 2] === "{") {
    const name = /[A-Z0-9 -]{0,100}\}/iy;
    name.lastIndex = at + 3;
    return name.test(text) ? name.lastIndex : at + 3;
  }
  return at + (next === "\r" && text[at + 2] === "\n" ? 3 : 2);
}
