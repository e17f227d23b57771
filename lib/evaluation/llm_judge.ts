import { stripThinking } from "../records/turn/strip_thinking.ts";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { ChatModel } from "../models/chat_model.ts";
import type { Message } from "../records/message.ts";
import { renderPrompt } from "../agent/prompts/template.ts";
import { sha256Hex, sha256OfJson } from "../runs/hash.ts";
import type { Verdict } from "../records/verdict.ts";

/** An answer to judge. */
export interface JudgeQuestion {
  /** The question that was asked. */
  readonly question: string;
  /** The gold answer. */
  readonly gold: string;
  /** The answer. */
  readonly prediction: string;
}

/** A judge's verdict. `unscored` when no readable judgement could be had. */
export interface Judgement {
  /** The judgement. */
  readonly verdict: Verdict;
  /** The judge's reason. */
  readonly explanation: string;
}

/** Keeps judgements, so that the same answer is never paid for twice. */
export interface JudgeCache {
  /** The judgement of that key, if any. */
  get(key: string): Judgement | undefined;
  /** Keeps a judgement; resolves when it is safe. */
  set(key: string, judgement: Judgement): Promise<void>;
}

/** Options of {@link createJudge}. */
export interface JudgeOptions {
  /** The model that judges. */
  readonly model: ChatModel;
  /** The prompt, with the variables `question`, `gold` and `prediction`. */
  readonly prompt: string;
  /** Cache of judgements. @default none */
  readonly cache?: JudgeCache;
  /** Times to ask when the reply cannot be read. @default 3 */
  readonly attempts?: number;
  /** Longer predictions are cut in their middle, in characters. @default 4000 */
  readonly maxPredictionLength?: number;
  /** Seed of the first request; each further attempt adds one. @default 0 */
  readonly seed?: number;
}

/** Judges one answer. */
export type Judge = (question: JudgeQuestion, signal?: AbortSignal) => Promise<Judgement>;

/** The judge's prompt that comes with the project. */
export async function loadJudgePrompt(): Promise<string> {
  const path = fileURLToPath(new URL("../../prompts/judge.txt", import.meta.url));
  return (await readFile(path, "utf8")).trimEnd();
}

/**
 * A judge that asks a language model whether an answer says the same as the gold answer, as the
 * paper does for factual questions. An empty prediction is wrong without asking. Judgements are
 * cached by model, prompt and question; failures to judge are not.
 *
 * @throws {GenerationError} from the judge, when the model cannot be asked
 *
 * @source arXiv 2505.17612, section 4: gpt-4o-mini as judge, a JSON reply with explanation and score
 *
 * @example
 * ```ts
 * import { createJudge, loadJudgePrompt } from "@potstill/evaluation/llm_judge.ts";
 * const model = {
 *   name: "yes-man",
 *   prefixContinuation: "native" as const,
 *   complete: () =>
 *     Promise.resolve({
 *       promptTokens: 1,
 *       completions: [{
 *         text: '{"explanation": "The same.", "score": 1}',
 *         finishReason: "stop" as const,
 *         completionTokens: 1,
 *       }],
 *     }),
 * };
 * const judge = createJudge({ model, prompt: await loadJudgePrompt() });
 * const { verdict } = await judge({ question: "Capital?", gold: "Paris", prediction: "It is Paris." });
 * if (verdict !== "correct") throw new Error(verdict);
 * ```
 */
export function createJudge(options: JudgeOptions): Judge {
  const { model, prompt, cache, attempts = 3, maxPredictionLength = 4000, seed = 0 } = options;
  const promptHash = sha256Hex(prompt);
  return async (asked, signal) => {
    const { question, gold } = asked;
    const prediction = shorten(asked.prediction.trim(), maxPredictionLength);
    if (prediction === "") return { verdict: "wrong", explanation: "The answer is empty." };
    if (gold.trim() === "") return { verdict: "unscored", explanation: "There is no gold answer." };
    const key = sha256OfJson({ model: model.name, promptHash, question, gold, prediction });
    const known = cache?.get(key);
    if (known !== undefined) return known;
    const content = renderPrompt("judge", prompt, { question, gold, prediction });
    let messages: Message[] = [{ role: "user", content }];
    let reply = "";
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { completions } = await model.complete({
        messages,
        maxNewTokens: 400,
        temperature: 0,
        seed: seed + attempt,
        ...signal === undefined ? {} : { signal },
      });
      reply = completions[0]?.text ?? "";
      const judgement = readJudgement(reply);
      if (judgement !== null) {
        await cache?.set(key, judgement);
        return judgement;
      }
      messages = [
        { role: "user", content },
        { role: "assistant", content: reply },
        {
          role: "user",
          content: 'Reply with the JSON object only: {"explanation": ..., "score": 0 or 1}',
        },
      ];
    }
    return {
      verdict: "unscored",
      explanation: `No judgement could be read from ${JSON.stringify(reply.slice(0, 200))}`,
    };
  };
}

/** Opening braces, from the end, that are tried as a judgement's first. */
const MOST_BRACES = 100;

/** Reads a judge's reply: a JSON object, bare or fenced or within other text; null when there is none. */
export function readJudgement(reply: string): Judgement | null {
  const text = stripThinking(reply);
  const end = text.lastIndexOf("}");
  let start = text.lastIndexOf("{");
  for (let tries = 0; start !== -1 && tries < MOST_BRACES; tries++) {
    if (end > start) {
      try {
        const value = JSON.parse(text.slice(start, end + 1)) as Record<string, unknown>;
        const score = Number(value.score);
        if (score === 0 || score === 1) {
          const explanation = typeof value.explanation === "string" ? value.explanation : "";
          return { verdict: score === 1 ? "correct" : "wrong", explanation };
        }
      } catch {
        // Not the start of the object: an earlier brace may be.
      }
    }
    start = start === 0 ? -1 : text.lastIndexOf("{", start - 1);
  }
  return null;
}

function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const half = Math.floor((length - 20) / 2);
  return `${text.slice(0, half)} [...] ${text.slice(-half)}`;
}
