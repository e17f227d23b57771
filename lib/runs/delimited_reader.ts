// @ts-types="npm:@types/papaparse@5.5.2"
import Papa from "papaparse";

/** A line of a file of delimited values. */
export interface DelimitedLine {
  /** Its text, without the line break; empty where there is a problem. */
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Reason why it cannot be read, such as invalid UTF-8, or null. */
  readonly problem: string | null;
}

/** A record of a file of delimited values, or the reason why it cannot be read. */
export interface DelimitedRecord {
  /** The line where it begins, from 1. */
  readonly number: number;
  /** Values by the names of the header; null for a record that cannot be read. */
  readonly value: Readonly<Record<string, string>> | null;
  /** Reason why it cannot be read, or null. */
  readonly problem: string | null;
}

/** Longest record, in UTF-16 units. */
const MAX_RECORD = 16 * 1024 * 1024;

/**
 * Makes records of the lines of a CSV or TSV file, one after another. The first line names the fields.
 *
 * A field in quotes may hold separators, doubled quotes and line breaks. A quote within a field is
 * text. Where quotes do not fit, the separators of a TSV line alone part its fields, as in dumps
 * that quote nothing; in CSV, the line is malformed. A quoted field that is never closed costs its
 * own line and no other.
 *
 * @source RFC 4180
 *
 * @example
 * ```ts
 * import { DelimitedReader } from "@potstill/runs/delimited_reader.ts";
 * const reader = new DelimitedReader("\t");
 * for (const [i, text] of ["id\ttext", '1\tA 6" pipe', '2\t"so"'].entries()) {
 *   for (const { value } of reader.push({ text, number: i + 1, problem: null })) {
 *     if (value?.text !== 'A 6" pipe' && value?.text !== "so") throw new Error("not read");
 *   }
 * }
 * if (reader.end().length !== 0) throw new Error("nothing was left");
 * ```
 */
export class DelimitedReader {
  readonly #separator: string;
  #header: readonly string[] | null = null;
  /** A line with an open quote and those after it, until it is closed. */
  #held: DelimitedLine[] = [];
  #heldLength = 0;
  /** Number of times that the fields of the held lines were closed. */
  #closed = 0;

  /** A reader at the beginning. */
  constructor(separator: "," | "\t") {
    this.#separator = separator;
  }

  /**
   * The records that are complete with the next line.
   *
   * @throws {Error} when the header is malformed
   */
  push(line: DelimitedLine): DelimitedRecord[] {
    if (this.#header === null) {
      if (line.text.trim() !== "" || line.problem !== null) this.#header = this.#readHeader(line);
      return [];
    }
    return this.#take([line]);
  }

  /** The records that are left when there is no further line. */
  end(): DelimitedRecord[] {
    const found: DelimitedRecord[] = [];
    while (this.#held.length > 0) found.push(...this.#giveUp());
    return found;
  }

  #take(lines: readonly DelimitedLine[]): DelimitedRecord[] {
    const found: DelimitedRecord[] = [];
    for (const line of lines) {
      if (this.#held.length > 0) found.push(...this.#goOn(line));
      else found.push(...this.#begin(line));
    }
    return found;
  }

  #begin(line: DelimitedLine): DelimitedRecord[] {
    const { text, number, problem } = line;
    if (problem !== null) return [{ number, value: null, problem }];
    if (text === "") return [];
    const parsed = this.#parse(text);
    if (parsed === "open") {
      this.#held = [line];
      this.#heldLength = text.length;
      this.#closed = 0;
      return [];
    }
    if (parsed !== "malformed" && this.#isWhole(parsed)) return [this.#record(number, parsed)];
    const isText = parsed === "malformed" ||
      this.#separator === "\t" && this.#isWhole(text.split("\t"));
    return [isText ? this.#asText(line) : this.#record(number, parsed)];
  }

  /** Adds a line to an open quoted field: it closes it, or cannot belong to it, or the field goes on. */
  #goOn(line: DelimitedLine): DelimitedRecord[] {
    this.#held.push(line);
    this.#heldLength += line.text.length + 1;
    const cannotBelong = line.problem !== null || this.#heldLength > MAX_RECORD ||
      // Text with as many tabs as there are columns is a record of a dump that quotes nothing.
      this.#separator === "\t" && this.#isWhole(line.text.split("\t"));
    if (cannotBelong) return this.#giveUp();
    if (!hasClosingQuote(line.text)) return [];
    const parsed = this.#parse(this.#held.map(({ text }) => text).join("\n"));
    // Each line looked at here ends a field, so that no record is looked at more often than it has fields.
    const isTooMany = ++this.#closed > this.#header!.length;
    if (parsed === "open" && !isTooMany) return [];
    if (typeof parsed === "string" || !this.#isWhole(parsed)) return this.#giveUp();
    const [{ number }] = this.#held;
    this.#held = [];
    return [this.#record(number, parsed)];
  }

  /** The line that opened a quote stands alone; those after it are read anew. */
  #giveUp(): DelimitedRecord[] {
    const [first, ...rest] = this.#held;
    this.#held = [];
    return [this.#asText(first), ...this.#take(rest)];
  }

  #asText({ text, number }: DelimitedLine): DelimitedRecord {
    const fields = text.split("\t");
    if (this.#separator === "\t" && this.#isWhole(fields)) return this.#record(number, fields);
    const isOpen = this.#parse(text) === "open";
    const problem = isOpen
      ? "a quoted field that begins here has no end"
      : "a quoted field has text after its closing quote";
    return { number, value: null, problem };
  }

  #record(number: number, fields: readonly string[]): DelimitedRecord {
    const header = this.#header!;
    if (fields.length !== header.length) {
      const problem = `${fields.length} fields where the header has ${header.length}`;
      return { number, value: null, problem };
    }
    return {
      number,
      value: Object.fromEntries(header.map((name, i) => [name, fields[i]])),
      problem: null,
    };
  }

  #isWhole(fields: readonly string[]): boolean {
    return this.#header!.length > 1 && fields.length === this.#header!.length;
  }

  #readHeader(line: DelimitedLine): string[] {
    const parsed = line.problem === null
      ? this.#parse(line.text.replace(/^\ufeff/, ""))
      : line.problem;
    if (typeof parsed === "string") throw new Error(`its header is malformed (${parsed})`);
    const names = parsed.map((name) => name.trim());
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new Error(`its header has ${JSON.stringify(twice)} twice`);
    return names;
  }

  /** The fields of a record; `open` when a quoted field has no end yet. */
  #parse(text: string): string[] | "open" | "malformed" {
    if (!text.includes('"')) return text.split(this.#separator);
    const { data, errors } = Papa.parse<string[]>(text, {
      delimiter: this.#separator,
      newline: "\n",
    });
    if (errors.some(({ code }) => code === "InvalidQuotes")) return "malformed";
    if (errors.length > 0) return "open";
    return data.length === 1 ? data[0] : "malformed";
  }
}

/**
 * True if a text within an open quoted field has the quote that ends it: one that is not doubled.
 */
function hasClosingQuote(text: string): boolean {
  let at = text.indexOf('"');
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at !== -1;
}
