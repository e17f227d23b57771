/** A run of a text that came from a value which was given to a template. */
export interface TextSpan {
  /** First place, in UTF-16 code units. */
  readonly start: number;
  /** The place after the last. */
  readonly end: number;
  /** The number under which the value was given. */
  readonly origin: number;
}

/**
 * A text that remembers which of its characters came from given values: what a template itself writes
 * can then be told from what stands in a message, whatever the template did to the message on the way.
 */
export class MarkedText {
  /** The characters. */
  readonly text: string;
  /** Runs that came from values, ascending and apart. */
  readonly spans: readonly TextSpan[];

  /** A text and its marks. */
  constructor(text: string, spans: readonly TextSpan[]) {
    this.text = text;
    this.spans = spans;
  }

  /** A text that came from a value as a whole. */
  static from(text: string, origin: number): Text {
    return text === "" ? "" : new MarkedText(text, [{ start: 0, end: text.length, origin }]);
  }
}

/** A text of a template: its own, or one with marks. */
export type Text = string | MarkedText;

/** True if a value is a text. */
export function isText(value: unknown): value is Text {
  return typeof value === "string" || value instanceof MarkedText;
}

/** The characters of a text. */
export function plain(text: Text): string {
  return typeof text === "string" ? text : text.text;
}

/** The marks of a text. */
export function spansOf(text: Text): readonly TextSpan[] {
  return typeof text === "string" ? [] : text.spans;
}

/** The part of a text from `start` up to before `end`, in UTF-16 code units, with its marks. */
export function sliceText(text: Text, start: number, end: number): Text {
  if (typeof text === "string") return text.slice(start, end);
  const spans: TextSpan[] = [];
  for (const span of text.spans) {
    const from = Math.max(span.start, start);
    const to = Math.min(span.end, end);
    if (from < to) spans.push({ start: from - start, end: to - start, origin: span.origin });
  }
  const part = text.text.slice(start, end);
  return spans.length === 0 ? part : new MarkedText(part, spans);
}

/** Collects pieces of text. */
export class TextBuilder {
  readonly #pieces: string[] = [];
  readonly #spans: TextSpan[] = [];
  #length = 0;

  /** Adds a piece at the end. */
  add(piece: Text): this {
    for (const { start, end, origin } of spansOf(piece)) {
      const last = this.#spans.at(-1);
      const from = this.#length + start;
      const to = this.#length + end;
      if (last !== undefined && last.end === from && last.origin === origin) {
        this.#spans[this.#spans.length - 1] = { ...last, end: to };
      } else this.#spans.push({ start: from, end: to, origin });
    }
    const text = plain(piece);
    this.#pieces.push(text);
    this.#length += text.length;
    return this;
  }

  /** All pieces, one after another. */
  text(): Text {
    const text = this.#pieces.join("");
    return this.#spans.length === 0 ? text : new MarkedText(text, [...this.#spans]);
  }
}

/** Texts one after another. */
export function concatTexts(texts: Iterable<Text>): Text {
  const builder = new TextBuilder();
  for (const text of texts) builder.add(text);
  return builder.text();
}

/**
 * Another text in place of a marked one, such as the same in capital letters. Where the lengths agree
 * the marks stay where they are, else all of it counts as given.
 */
export function markedLike(source: Text, text: string): Text {
  const spans = spansOf(source);
  if (spans.length === 0 || text === "") return text;
  if (text.length === plain(source).length) return new MarkedText(text, spans);
  return MarkedText.from(text, spans[0].origin);
}
