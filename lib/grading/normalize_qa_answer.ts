const PUNCTUATION = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g;
// The articles as whole words; \b of JavaScript would cut "ça" in two.
const ARTICLE = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/**
 * The normal form in which question-answering benchmarks compare answers: lower case, no ASCII
 * punctuation, no articles, single spaces. Composed and decomposed letters are the same.
 *
 * @source SQuAD's, HotpotQA's and MuSiQue's evaluation scripts, which share it
 *
 * @example
 * ```ts
 * import { normalizeQaAnswer } from "@potstill/grading/normalize_qa_answer.ts";
 * if (normalizeQaAnswer("The  Beatles!") !== "beatles") throw new Error("not normal");
 * ```
 */
export function normalizeQaAnswer(text: string): string {
  return text.normalize("NFC").toLowerCase().replace(PUNCTUATION, "").replace(ARTICLE, " ")
    .split(/\s+/u).filter((word) => word !== "").join(" ");
}
