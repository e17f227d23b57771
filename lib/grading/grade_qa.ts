import type { Grade } from "./grade.ts";
import { normalizeQaAnswer } from "./normalize_qa_answer.ts";

/**
 * Variant of F1: `hotpotqa` gives 0 when one side is yes, no or noanswer and the sides differ;
 * `musique` (SQuAD's) has no such rule.
 */
export type QaPolicy = "hotpotqa" | "musique";

/** Options of {@link gradeQa}. */
export interface QaGradeOptions {
  /** Other texts that count as the gold answer; the best match decides. */
  readonly aliases?: readonly string[];
  /** Variant of F1. @default "hotpotqa" */
  readonly policy?: QaPolicy;
}

const CLOSED_ANSWERS = new Set(["yes", "no", "noanswer"]);

/**
 * 1 when both texts have the same normal form, else 0. Where nothing is left of them, as of "The" and
 * "%", the texts themselves are compared.
 */
function exactMatch(gold: string, prediction: string): number {
  const normal = normalizeQaAnswer(gold);
  if (normal !== normalizeQaAnswer(prediction)) return 0;
  return normal !== "" || plain(gold) === plain(prediction) ? 1 : 0;
}

function plain(text: string): string {
  return text.normalize("NFC").toLowerCase().trim();
}

/** F1 of the tokens of both normal forms, counted with multiplicity; 0 to 1. */
export function tokenF1(gold: string, prediction: string, policy: QaPolicy = "hotpotqa"): number {
  const goldText = normalizeQaAnswer(gold);
  const predictedText = normalizeQaAnswer(prediction);
  if (
    policy === "hotpotqa" && goldText !== predictedText &&
    (CLOSED_ANSWERS.has(goldText) || CLOSED_ANSWERS.has(predictedText))
  ) return 0;
  if (goldText === "" || predictedText === "") {
    return policy === "musique" ? exactMatch(gold, prediction) : 0;
  }
  const goldTokens = goldText.split(" ");
  const predictedTokens = predictedText.split(" ");
  const left = new Map<string, number>();
  for (const token of goldTokens) left.set(token, (left.get(token) ?? 0) + 1);
  let shared = 0;
  for (const token of predictedTokens) {
    const count = left.get(token) ?? 0;
    if (count > 0) {
      shared++;
      left.set(token, count - 1);
    }
  }
  if (shared === 0) return 0;
  const precision = shared / predictedTokens.length;
  const recall = shared / goldTokens.length;
  return (2 * precision * recall) / (precision + recall);
}

/**
 * Grades an answer to a question by exact match of the normal forms, over the gold answer and its
 * aliases. The prediction is the answer itself, already extracted.
 *
 * @source HotpotQA's evaluation script; MuSiQue's for the maximum over aliases
 *
 * @example
 * ```ts
 * import { gradeQa } from "@potstill/evaluation";
 * const grade = gradeQa("United States", "the USA", { aliases: ["USA"] });
 * if (grade.verdict !== "correct") throw new Error(grade.why);
 * ```
 */
export function gradeQa(gold: string, prediction: string, options: QaGradeOptions = {}): Grade {
  const { aliases = [], policy = "hotpotqa" } = options;
  const golds = [gold, ...aliases];
  // An empty normal form (gold "The") would match every empty prediction.
  const usable = golds.filter((text) => text.trim() !== "");
  if (usable.length === 0) {
    return {
      verdict: "unscored",
      em: null,
      f1: null,
      extracted: prediction,
      why: "no gold answer",
    };
  }
  if (prediction.trim() === "") {
    return { verdict: "wrong", em: 0, f1: 0, extracted: prediction, why: "empty answer" };
  }
  let em = 0;
  let f1 = 0;
  let matched = gold;
  for (const text of usable) {
    if (em === 0 && exactMatch(text, prediction) === 1) {
      em = 1;
      matched = text;
    }
    f1 = Math.max(f1, tokenF1(text, prediction, policy));
  }
  // Where both are only punctuation and articles, F1 of the official script is 0 and match is 1.
  f1 = Math.max(f1, em);
  return {
    verdict: em === 1 ? "correct" : "wrong",
    em,
    f1,
    extracted: prediction,
    why: em === 1
      ? (matched === gold ? "exact match" : `exact match with the alias ${JSON.stringify(matched)}`)
      : `no exact match; F1 ${f1.toFixed(2)}`,
  };
}
