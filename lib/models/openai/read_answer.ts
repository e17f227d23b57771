import { cutAtStop } from "../../agent/cut_at_stop.ts";
import { stripThinking } from "../../agent/strip_thinking.ts";
import type { ChatRequest, Completion } from "../chat_model.ts";
import type { StartedMessage } from "./request_body.ts";
import type { WireAnswer, WireChoice } from "./wire.ts";

/** Why a choice cannot be used. */
export interface AnswerProblem {
  /** Completes "answers could not be used: ". */
  readonly detail: string;
  /** Whether it is the model's doing, and asking again later is no better than now. */
  readonly isModels: boolean;
}

/** What could be read from an answer. */
export interface ReadAnswer {
  /** The completions that can be used, with the tokens of their choice. */
  readonly completions: readonly Completion[];
  /** Why the other choices cannot be used, or why there is none; empty when all can. */
  readonly problems: readonly AnswerProblem[];
  /** Tokens read, or null when the endpoint does not say. */
  readonly promptTokens: number | null;
}

/** Characters of a token, roughly, for endpoints that count none. */
const CHARACTERS_PER_TOKEN = 4;
/** A shorter beginning that comes again is chance, not an echo. */
const ECHO_CHARACTERS = 12;

/**
 * Reads the completions out of an answer: thinking removed, the started message taken off where the
 * endpoint repeats it, cut at the stop sequences, tokens shared out among the choices.
 */
export function readAnswer(
  answer: WireAnswer,
  request: ChatRequest,
  started: StartedMessage | null,
): ReadAnswer {
  const choices = answer.choices ?? [];
  const promptTokens = answer.usage?.prompt_tokens ?? null;
  if (choices.length === 0) {
    const problems = [{ detail: "the answer has no choice", isModels: false }];
    return { completions: [], problems, promptTokens };
  }
  const texts = choices.map(contentOf);
  const tokens = shareTokens(texts, answer.usage?.completion_tokens);
  const reasoning = answer.usage?.completion_tokens_details?.reasoning_tokens;
  const reasoningShare = reasoning === undefined ? null : shareTokens(texts, reasoning);
  const completions: Completion[] = [];
  const problems: AnswerProblem[] = [];
  choices.forEach((choice, i) => {
    const read = readText(texts[i], choice, request, started);
    if ("problem" in read) return problems.push({ detail: read.problem, isModels: true });
    completions.push({
      text: read.text,
      finishReason: read.isCut || choice.finish_reason !== "length" ? "stop" : "length",
      completionTokens: tokens[i],
      ...(reasoningShare === null ? {} : { reasoningTokens: reasoningShare[i] }),
      ...(request.logprobs && choice.logprobs?.content
        ? { logprobs: choice.logprobs.content.map(({ token, logprob }) => ({ token, logprob })) }
        : {}),
    });
  });
  return { completions, problems, promptTokens };
}

function readText(
  content: string,
  choice: WireChoice,
  request: ChatRequest,
  started: StartedMessage | null,
): { text: string; isCut: boolean } | { problem: string } {
  if (choice.finish_reason === "content_filter" && content === "") {
    return { problem: "the endpoint's content filter withheld the text" };
  }
  let text = stripThinking(content, started !== null);
  if (started !== null) {
    const rest = continuation(text, started);
    if (rest === null) {
      return { problem: "the reply does not begin with the text that it was told to begin with" };
    }
    text = rest;
  }
  const cut = cutAtStop(text, request.stop ?? []);
  return { text: cut, isCut: cut.length < text.length };
}

function contentOf(choice: WireChoice): string {
  const content = choice.message?.content;
  if (typeof content === "string") return content;
  if (Array.isArray(content)) {
    return content.map((part) => (typeof part?.text === "string" ? part.text : "")).join("");
  }
  return typeof choice.message?.refusal === "string" ? choice.message.refusal : "";
}

/** What follows the started message, or null when the reply does not begin with it. */
function continuation(text: string, started: StartedMessage): string | null {
  const { sent } = started;
  if (started.emulated) {
    const rest = afterPrefix(text, sent);
    return rest === null ? null : withoutRepeatedSpace(rest, started);
  }
  const isEcho = sent.length >= ECHO_CHARACTERS && text.trimStart().startsWith(sent);
  const rest = isEcho ? text.trimStart().slice(sent.length) : text;
  return withoutRepeatedSpace(rest, started);
}

/** White space that the started message ends with and the model wrote again counts once. */
function withoutRepeatedSpace(rest: string, started: StartedMessage): string {
  const space = started.text.slice(started.sent.length);
  return space !== "" && rest.startsWith(space) ? rest.slice(space.length) : rest;
}

/** The text after `prefix`, compared without regard to white space; null when it does not begin so. */
export function afterPrefix(text: string, prefix: string): string | null {
  let at = 0;
  for (const char of prefix.replace(/\s+/g, "")) {
    while (at < text.length && /\s/.test(text[at])) at++;
    if (!text.startsWith(char, at)) return null;
    at += char.length;
  }
  return text.slice(at);
}

/** A total shared out by the lengths of the texts, in whole tokens that add up to it. */
function shareTokens(texts: readonly string[], total: number | undefined): number[] {
  const lengths = texts.map((text) => text.length);
  if (total === undefined) return lengths.map((n) => Math.ceil(n / CHARACTERS_PER_TOKEN));
  const sum = lengths.reduce((a, b) => a + b, 0);
  const shares: number[] = [];
  let given = 0;
  let seen = 0;
  lengths.forEach((length, i) => {
    seen += length;
    const upTo = i === texts.length - 1
      ? total
      : Math.round(sum === 0 ? (total * (i + 1)) / texts.length : (total * seen) / sum);
    shares.push(upTo - given);
    given = upTo;
  });
  return shares;
}
