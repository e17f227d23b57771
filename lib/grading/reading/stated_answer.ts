import type { AnswerKind } from "../../records/task.ts";
import { mathSpans } from "./math_spans.ts";
import { firstValue, lastValue } from "./sentence_value.ts";

const ANCHOR =
  /(?<![\p{L}\p{N}_\\])(?:final\s{1,3}result|(?:correct|right|best)\s{1,3}(?:option|choice)|answers?|result(?=\s?[:：])|ans(?=\s?[.:])|réponses?|respuestas?|respostas?|risposta|antwort(?:en)?|ответ|정답)(?![\p{L}\p{N}_])|答案|答え|答(?=\s?[:：])|(?<=^|\n)[ \t]{0,8}#{4}(?!#)/giu;

/** Words between "answer" and its value. */
const LINK = new RegExp(
  "[*_\"'`)\\]]{0,6}" +
    "(?:\\s{1,3}\\([^()\\n]{1,60}\\))?(?:\\s{1,3}\\(?(?:final|finale|correcta?|to|for|of|in|here|de|del)\\b[^.:：=\\n]{0,100}?)?" +
    "(?:,?\\s{1,3}(?:then|therefore|thus|hence|here|now|so),?)?\\s{0,4}[*_]{0,4}" +
    "(?:\\s{0,2}(?:[:：=→⇒.]|->|=>|[–—-]\\s)|\\s{0,2}(?:is|are|was|were|equals?|est|sont|ist|lautet|es|son|é|è" +
    "|(?:would|should|must|will|can)(?:\\s{1,3}only)?\\s{1,3}be|comes?\\s{1,3}(?:out\\s{1,3})?to" +
    "|turns\\s{1,3}out\\s{1,3}to\\s{1,3}be|becomes)(?![\\p{L}\\p{N}])|\\s{0,2}(?:是|为|為|は))",
  "iuy",
);
const FILLER = {
  qa: /(?:[\s*:：=]|(?:thus|therefore|then|simply|hence|indeed)\b,?){0,12}/iy,
  math:
    /(?:[\s*:：=`"}]|(?:thus|therefore|then|simply|hence|indeed|just|exactly|only|approximately|about|roughly|around|equal\s+to|given\s+by|option|choice|as\s+follows|be|is|that)\b,?){0,12}/iy,
};
const INVERTED = /\b(?:is|are|as|be)\s{1,3}(?:the|our|my)\s{1,3}(?:final\s{1,3}|correct\s{1,3})?$/i;
const TARGET = /^[*_]{0,3}\s(?:to|for|of)\b[^.\n?]{1,70}(?:\.|\n|$)/i;
const HEADING = /^[\s#*_>-]{0,12}(?:the\s|my\s|your\s)?(?:final\s|correct\s)?$/i;
/** Titles such as "#### Step 2: simplify": a line behind four hashes that is no answer. */
const TITLE = /^(?:step|part|case|method|solution|\d+\s?[.):]\s?[a-z])/i;
/** Behind these words a reason follows, or something else. */
const REASON =
  /,?\s(?:because|since|which|where|as\s(?:the|we|it)|so\s(?:the|we|that))\s|\s\(since\s/i;
/** A remark in brackets behind the value. */
const REMARK = /\s\((?:not|see|since|because|rounded|which|i\.e\.|as|from|in)\s[^()]*\)\.?$/i;
/** Beginnings of a clause that states a value: "that it's 12", "the largest $n$ is 34". */
const CLAUSE = /^(?:(?:it|that|there|we|this|they)(?:'s|\s)|the\s.*\s(?:is|are|equals)\s)/i;
const ABBREVIATION =
  /(?:^|[\s.(])(?:\p{Lu}|Mr|Mrs|Ms|Dr|St|Jr|Sr|Mt|Ft|No|vs|v|Prof|Gen|Col|Lt|Sgt|Capt|Rev|Hon|Sen|Gov|Inc|Ltd|Co|Corp|Bros|etc|approx|Ave|Blvd|Vol|ca|e\.g|i\.e|a\.m|p\.m)$/u;
const MAX_ANSWER = 2_000;
const KEYED = new RegExp(
  '"(?:final[_ ]?)?answer"\\s{0,4}:\\s{0,4}("(?:[^"\\\\\\n]|\\\\.){1,500}"|-?[\\d.]{1,60})' +
    "|\\bfinal_answer\\(([^()\\n]{1,200}(?:\\([^()\\n]{0,100}\\)[^()\\n]{0,100}){0,4})\\)",
  "gi",
);
/** "Option (B) is correct." */
const CHOICE =
  /\b(?:option|choice|statement)\s{1,3}(\(?[A-Z]\)?)\s{1,3}is\s{1,3}(?:the\s{1,3})?(?:correct|right)\b/gi;
/** Number of places that are tried, from the last. */
const MAX_PLACES = 200;

/**
 * The answer that a text states in words: behind "the answer is", "Final answer:", a heading
 * "Answer", "####" or before "is the answer"; the last one that says something. Null without one.
 */
export function statedAnswer(text: string, kind: AnswerKind): string | null {
  const called = calledAnswer(text);
  if (called !== null) return called;
  const places = [...text.matchAll(ANCHOR)].slice(-MAX_PLACES).reverse();
  for (const { index, 0: word } of places) {
    const value = word.includes("#")
      ? behindHashes(text, index + word.length)
      : behindWord(text, index, index + word.length, kind);
    if (value === null) continue;
    const answer = tidy(value, kind);
    if (answer !== "") return answer;
  }
  return [...text.matchAll(CHOICE)].at(-1)?.[1] ?? null;
}

/** The value of an "answer" in JSON, or of a call of `final_answer`. */
function calledAnswer(text: string): string | null {
  const last = [...text.matchAll(KEYED)].at(-1);
  if (last === undefined) return null;
  const value = (last[1] ?? last[2]).trim();
  try {
    return String(JSON.parse(value));
  } catch {
    return value.replace(/^(["'])(.*)\1$/s, "$2");
  }
}

function behindHashes(text: string, at: number): string | null {
  const end = text.indexOf("\n", at);
  const line = text.slice(at, end === -1 ? at + MAX_ANSWER : end).replace(/[*#]/g, "").trim();
  if (line === "" || TITLE.test(line) || /:$/.test(line)) return null;
  const words = line.replace(/\\[a-zA-Z]+/g, "").match(/[a-zA-Z]{2,}/g) ?? [];
  return /[\d\\]/.test(line) ? (words.length <= 3 ? line : null) : words.length <= 1 ? line : null;
}

function behindWord(text: string, at: number, end: number, kind: AnswerKind): string | null {
  LINK.lastIndex = end;
  const link = LINK.exec(text);
  const before = text.slice(Math.max(0, at - 60), at);
  if (link !== null && !INVERTED.test(before)) return valueFrom(text, end + link[0].length, kind);
  if (INVERTED.test(before) && /^[*_"']{0,4}(?:[.!,*\n]|$)/.test(text.slice(end, end + 8))) {
    return sentenceBefore(text, at, kind);
  }
  // "$42$ is the final answer to problem 5."
  if (kind === "math" && INVERTED.test(before) && TARGET.test(text.slice(end, end + 80))) {
    return lastValue(sentenceStart(text, at));
  }
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const isHeading = HEADING.test(line) && /^[\s*_#]{0,12}(?:\n|$)/.test(text.slice(end, end + 16));
  const isMath = /^[*\s]{0,4}(?:\$|\\[([])/.test(text.slice(end, end + 8));
  return isHeading || isMath ? valueFrom(text, end, kind) : null;
}

/** "So 12 is the answer": the sentence up to "is". */
function sentenceBefore(text: string, at: number, kind: AnswerKind): string | null {
  const sentence = sentenceStart(text, at).replace(/^\s*(?:so|thus|therefore|hence|then)\b,?/i, "")
    .trim();
  return kind === "math" ? lastValue(sentence) ?? sentence : sentence;
}

function sentenceStart(text: string, at: number): string {
  const back = text.slice(Math.max(0, at - 300), at).replace(INVERTED, "");
  return back.slice(Math.max(back.lastIndexOf("\n"), back.lastIndexOf(". ") + 1));
}

function valueFrom(text: string, start: number, kind: AnswerKind): string {
  FILLER[kind].lastIndex = start;
  const filler = FILLER[kind].exec(text)?.[0] ?? "";
  const at = start + filler.length;
  const window = text.slice(at, at + MAX_ANSWER)
    .replace(filler.includes("\n") ? /^(?:[-=_]{3,}\s{1,4})?(?:[-•]\s{1,4})?/ : "", "");
  // What is set in bold type is the answer, whatever follows in its sentence.
  const bold = /\*\*\s{0,2}$/.test(filler) ? /^[^*\n]{1,200}(?=\*\*)/.exec(window)?.[0] : undefined;
  return bold ?? window.slice(0, sentenceEnd(window));
}

/** End of a text's first sentence: a line's end or a full stop, not within mathematics. */
function sentenceEnd(text: string): number {
  const spans = mathSpans(text);
  let depth = 0;
  for (let i = 0, next = 0; i < text.length; i++) {
    while (next < spans.length && spans[next].start < i) next++;
    if (next < spans.length && spans[next].start === i) {
      i = spans[next].end - 1;
      continue;
    }
    if (text.startsWith("\\begin", i)) depth++;
    else if (text.startsWith("\\end", i)) depth--;
    else if (depth > 0) continue;
    else if (text[i] === "\n" || text[i] === "。") return i;
    else if (/[!?]/.test(text[i]) && /["'”]/.test(text[i + 1] ?? "")) continue; // within a title
    else if (/[.!?]/.test(text[i]) && /^["'*_)\]]{0,4}(?:\s|$|<)/.test(text.slice(i + 1, i + 7))) {
      const isFactorial = text[i] === "!" && /[\d)}n]/.test(text[i - 1] ?? "");
      const isShort = text[i] === "." && i + 1 < text.length &&
        ABBREVIATION.test(text.slice(Math.max(0, i - 8), i));
      if (!isFactorial && !isShort) return i;
    }
  }
  return text.length;
}

function tidy(value: string, kind: AnswerKind): string {
  let answer = value.trim();
  if (kind === "math") {
    answer = answer.split(REASON, 1)[0].replace(REMARK, "");
    if (isProse(answer) || CLAUSE.test(answer)) {
      answer = firstValue(answer) ?? lastValue(answer) ?? answer;
    }
    // The closing sign of a formula that "answer" stands in.
    if (answer.replace(/\\\$/g, "").split("$").length === 2) answer = answer.replace(/\$$/, "");
  }
  return trimMarks(answer);
}

/** Without emphasis, quotes and punctuation around it. */
export function trimMarks(text: string): string {
  let answer = text.trim();
  for (let layer = 0; layer < 8; layer++) {
    const before = answer;
    answer = answer.replace(/^(?:\*{1,3}|_{2}|`{1,3})/, "").replace(/(?:\*{1,3}|_{2}|`{1,3})$/, "")
      .replace(/[.,;:。]$/, "").trim();
    const quoted = /^(["'“‘«])([^"”»]*)["'”’»]$/.exec(answer);
    if (quoted !== null) answer = quoted[2].trim();
    if (answer === before) break;
  }
  return answer;
}

/**
 * True if a text is a sentence rather than an answer: three words or more beside the mathematics.
 */
export function isProse(text: string): boolean {
  const words = text.replace(/\\text\s?\{[^{}]{0,200}\}/g, "").match(
    /(?<![\\a-zA-Z])[a-zA-Z]{3,}/g,
  );
  return words !== null && words.length >= 3;
}
