import { cutAtStop } from "../../records/turn/cut_at_stop.ts";
import { stripThinking } from "../../records/turn/strip_thinking.ts";
import { finishReasonOf } from "../../records/finish_reason.ts";
import type { ChatRequest, Completion } from "../chat_model.ts";
import type { StartedMessage } from "./request_body.ts";
import type { WireAnswer, WireChoice } from "./wire.ts";

/** Reason why a choice cannot be used. */
export interface AnswerProblem {
  /** Completes "answers could not be used: ". */
  readonly detail: string;
  /** True if the model caused it, so that asking again later will not help. */
  readonly isModels: boolean;
}

/** Usable parts of an answer. */
export interface ReadAnswer {
  /** The completions that can be used, with the tokens of their choice. */
  readonly completions: readonly Completion[];
  /** Texts that the endpoint's filter or the model itself broke off: for want of whole ones. */
  readonly broken: readonly Completion[];
  /** Problems of the other choices, or the reason why there is none; empty when all can be used. */
  readonly problems: readonly AnswerProblem[];
  /** Tokens read, or null when the endpoint does not say. */
  readonly promptTokens: number | null;
}

/** A longer text is no turn of a conversation. */
const MOST_CHARACTERS = 2_000_000;
/** Characters of a token, roughly, for endpoints that count none. */
const CHARACTERS_PER_TOKEN = 4;
/** A shorter beginning that comes again is chance, not an echo. */
const ECHO_CHARACTERS = 12;

/**
 * Reads the completions out of an answer: thinking removed, the started message taken off where the
 * endpoint repeats it, cut at the stop sequences, tokens shared out among the choices.
 *
 * @param tellsReasons whether the endpoint tells why a text ended; one that does and is silent broke off
 */
export function readAnswer(
  answer: WireAnswer,
  request: ChatRequest,
  started: StartedMessage | null,
  tellsReasons = true,
): ReadAnswer {
  const choices = answer.choices ?? [];
  const promptTokens = answer.usage?.prompt_tokens ?? null;
  if (choices.length === 0) {
    const problems = [{ detail: "the answer has no choice", isModels: false }];
    return { completions: [], broken: [], problems, promptTokens };
  }
  const texts = choices.map(contentOf);
  const tokens = shareTokens(texts, answer.usage?.completion_tokens);
  const reasoning = answer.usage?.completion_tokens_details?.reasoning_tokens;
  const reasoningShare = reasoning === undefined ? null : shareTokens(texts, reasoning);
  const completions: Completion[] = [];
  const broken: Completion[] = [];
  const problems: AnswerProblem[] = [];
  choices.forEach((choice, i) => {
    const stops = request.stop ?? [];
    // What stands before a stop text is whole, whatever ended what follows.
    const isCut = cutAtStop(texts[i], stops).length < texts[i].length;
    const ended = isCut ? "stop" : endOf(choice, tellsReasons);
    if (typeof ended !== "string") return problems.push(ended);
    const read = readText(texts[i], started, stops);
    if ("problem" in read) return problems.push({ detail: read.problem, isModels: true });
    const isMissing = typeof choice.message?.content !== "string" && started === null;
    if (ended === "stop" && read.text === "" && isMissing) {
      return problems.push({ detail: "the answer holds no text", isModels: true });
    }
    const completion: Completion = {
      text: read.text,
      finishReason: ended,
      completionTokens: tokens[i],
      ...(reasoningShare === null ? {} : { reasoningTokens: reasoningShare[i] }),
      ...(request.logprobs && choice.logprobs?.content
        ? { logprobs: choice.logprobs.content.map(({ token, logprob }) => ({ token, logprob })) }
        : {}),
    };
    const isBroken = ended === "content_filter" || ended === "tool_calls";
    if (!isBroken) return completions.push(completion);
    problems.push({ detail: BROKEN[ended], isModels: true });
    if (read.text !== "") broken.push(completion);
  });
  return { completions, broken, problems, promptTokens };
}

const BROKEN = {
  content_filter: "the endpoint's content filter broke off the text",
  tool_calls: "the model called a tool of the protocol's, though none is offered",
} as const;

/**
 * Finish reason of a text, or the endpoint's fault that ended it: then another attempt may be
 * complete.
 */
function endOf(
  choice: WireChoice,
  tellsReasons: boolean,
): Completion["finishReason"] | AnswerProblem {
  const { finish_reason: reason, error } = choice;
  if (error) return { detail: `the text broke off: ${error.message}`, isModels: false };
  if (reason === null || reason === undefined || reason === "") {
    if (!tellsReasons) return "unknown";
    return { detail: "the text broke off without a reason", isModels: false };
  }
  return finishReasonOf(reason) ??
    { detail: `the text broke off: ${reason.slice(0, 100)}`, isModels: false };
}

function readText(
  content: string,
  started: StartedMessage | null,
  stops: readonly string[],
): { text: string } | { problem: string } {
  if (content.length > MOST_CHARACTERS) {
    return { problem: `the text has ${content.length} characters, more than any turn` };
  }
  const text = stripThinking(content, started !== null);
  const rest = started === null ? text : continuation(text, started);
  if (rest === null) {
    return { problem: "the reply does not begin with the text that it was told to begin with" };
  }
  return { text: cutAtStop(rest, stops) };
}

function contentOf(choice: WireChoice): string {
  const content = choice.message?.content;
  if (typeof content === "string") return content;
  if (Array.isArray(content)) {
    return content.map((part) => (typeof part?.text === "string" ? part.text : "")).join("");
  }
  return typeof choice.message?.refusal === "string" ? choice.message.refusal : "";
}

/** Text after the started message, or null when the reply does not begin with it. */
function continuation(text: string, started: StartedMessage): string | null {
  const { sent } = started;
  if (started.emulated) {
    const rest = afterPrefix(text, sent);
    return rest === null ? null : withoutRepeatedSpace(rest, started);
  }
  const mayEcho = started.isEchoed || sent.length >= ECHO_CHARACTERS;
  const isEcho = mayEcho && text.trimStart().startsWith(sent);
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
