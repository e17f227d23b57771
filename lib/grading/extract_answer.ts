import type { AnswerKind } from "../records/task.ts";
import { readBoxes } from "./last_boxed.ts";
import { replyText } from "./reading/reply_text.ts";
import { lastValue } from "./reading/sentence_value.ts";
import { isProse, statedAnswer, trimMarks } from "./reading/stated_answer.ts";
import { repairEscapes } from "./repair_escapes.ts";

/** Place of an answer in a text; `last-number` is a sentence's last number or formula. */
export type AnswerSource = "answer-tag" | "boxed" | "phrase" | "whole" | "last-number";

/** An answer read out of a model's text. */
export interface ExtractedAnswer {
  /** The answer as written. */
  readonly answer: string;
  /** Place at which it was found. */
  readonly source: AnswerSource;
}

/** A reply of at most this many characters on one line is an answer, not an explanation. */
const SHORT = 120;
/** Label before the value in a one-line reply. */
const LABEL = /^(?:A|Solution|Output|Value|Total)\s?[:：]\s+/i;
/** A reply that reports a fault of a program. */
const FAILURE = /^\W{0,4}(?:error|traceback|exception|\w+Error)\b/i;
const DENIAL =
  /,?\s(?:is\s|are\s)?(?:not|isn't|aren't|never)\s(?:equal\sto\s|be\s)?[$\\({]{0,3}-?[\d.][^.\s]{0,40}\.?$/i;
const LIST =
  /\b(?:solutions|roots|zeros|answers|intercepts|values(?:\sof\s\S{1,12})?)\s(?:are|:)\s+([^\n:]{1,200}?)\.?$/i;
/** Beginnings of a short sentence that is no answer by itself. */
const SENTENCE =
  /^(?:so|thus|therefore|hence|then|finally|now|and|in total|it|this|that|there|the|we|i|you|he|she|they)(?:\s|,|')/i;

/**
 * Finds the final answer in a model's text: the last `<answer>` tag, then the last `\boxed{}`
 * (also inside the tag; several side by side are one list), then what the text states ("the answer
 * is ...", "#### ..."), then the text itself; for mathematics a sentence gives its last formula or
 * number. Reasoning in `<think>` and whatever follows the end of the turn are left out. Takes time
 * in proportion to the text's length.
 *
 * @example
 * ```ts
 * import { extractAnswer } from "@potstill/evaluation";
 * const found = extractAnswer("So 6 * 7 is <answer> \\boxed{42} </answer>", "math");
 * if (found.answer !== "42") throw new Error(found.answer);
 * ```
 */
export function extractAnswer(text: string, kind: AnswerKind): ExtractedAnswer {
  const found = findAnswer(replyText(repairEscapes(text)), kind);
  // Models told to box their answers write \\text{Paris}; the question was not one of LaTeX.
  return kind === "math" ? found : { ...found, answer: plainText(found.answer) };
}

function plainText(answer: string): string {
  const inner = /^\$?\\(?:text|textbf|textit|mathrm|mathbf)\s?\{([^{}]*)\}\.?\$?$/.exec(
    answer.trim(),
  );
  const text = inner?.[1] ?? answer;
  return /^\s*[*_`"'“‘«]/.test(text) ? trimMarks(text) : text.trim();
}

function findAnswer(reply: string, kind: AnswerKind): ExtractedAnswer {
  const tagged = lastTagged(reply);
  if (tagged !== null) {
    const boxes = kind === "math" || tagged.startsWith("\\boxed") ? readBoxes(tagged) : null;
    const answer = boxes?.answer ?? null;
    return {
      answer: answer === null ? spoken(tagged, kind) : spoken(answer, kind),
      source: "answer-tag",
    };
  }
  const boxes = readBoxes(reply);
  const hope = reply.lastIndexOf("I hope it is correct");
  if (boxes.answer !== null && hope < boxes.end) {
    return { answer: spoken(boxes.answer, kind), source: "boxed" };
  }
  // A box that is never closed was cut at the token limit: what it began is no answer.
  const read = boxes.answer === null && boxes.openAt !== null
    ? reply.slice(0, boxes.openAt)
    : reply;
  const stated = read === reply ? statedAnswer(reply, kind) : null;
  if (stated !== null) return { answer: stated, source: "phrase" };
  if (boxes.answer !== null) return { answer: spoken(boxes.answer, kind), source: "boxed" };
  if (kind === "math" && read === reply && isSentence(reply) && !FAILURE.test(reply)) {
    const value = listed(reply) ?? lastValue(affirmed(reply));
    if (value !== null) return { answer: value, source: "last-number" };
  }
  const isLine = reply.length <= SHORT && !reply.includes("\n");
  return { answer: reply.replace(isLine ? LABEL : /^A:\s/, ""), source: "whole" };
}

/** The list in "The solutions are 3 and -3.", unless it is itself a sentence. */
function listed(reply: string): string | null {
  const list = LIST.exec(reply)?.[1] ?? null;
  return list === null || isProse(list) || lastValue(list) === null ? null : list;
}

/** The reply without what it denies at its end, as in "It is 5, not 7." */
function affirmed(reply: string): string {
  const denied = DENIAL.exec(reply);
  return denied === null ? reply : reply.slice(0, denied.index);
}

/** An answer that is itself a sentence, as in `\boxed{\text{The answer is 460}}`: what it says. */
function spoken(answer: string, kind: AnswerKind): string {
  if (kind !== "math") return answer;
  const plain = answer.replace(/\\(?:text|mathrm|textbf|mbox)\s?\{([^{}]*)\}/g, " $1 ");
  const stated = statedAnswer(plain, kind);
  return stated ?? (isProse(answer) ? lastValue(plain) : null) ?? answer;
}

function isSentence(reply: string): boolean {
  const isShort = reply.length <= SHORT && !reply.includes("\n");
  return isProse(reply) || (isShort && SENTENCE.test(reply));
}

/** The content of the last `<answer>` that has one; an unclosed one goes to the end. */
function lastTagged(text: string): string | null {
  const tags = [...text.matchAll(/[<[](\/?)(?:final[_ ]?)?answer[>\]]/gi)];
  for (let i = tags.length - 1; i >= 0; i--) {
    if (tags[i][1] === "/") continue;
    const content = text.slice(tags[i].index + tags[i][0].length, tags[i + 1]?.index).trim();
    if (content !== "") return content;
  }
  return null;
}
