import type { ChatRequest, Completion } from "../../models/chat_model.ts";
import { cutAtStop } from "../../records/turn/cut_at_stop.ts";
import { writeTurn } from "../write_turn.ts";

/** Length of a token of English text and Python, roughly; a script has no tokenizer. */
const CHARACTERS_PER_TOKEN = 4;

/** An agent step: a thought and Python code without fences. */
export interface ScriptedAction {
  /** A short sentence or two: the fact just read, then the next move. */
  readonly thought: string;
  /** Python that runs as it stands. */
  readonly code: string;
}

/** The rest of an agent's turn that was begun with `started`. */
export function continuedTurn(action: ScriptedAction, started: string): string {
  const whole = writeTurn(action.thought, action.code);
  if (whole.startsWith(started)) return whole.slice(started.length);
  const fromCode = whole.slice(whole.indexOf("\nCode:\n"));
  if (!/\n[ \t]*Code:/.test(started)) {
    return `${started.trim() === "Thought:" ? ` ${action.thought}` : ""}${fromCode}`;
  }
  if (!started.includes("```")) {
    return `${started.endsWith("\n") ? "" : "\n"}${fromCode.slice("\nCode:\n".length)}`;
  }
  return `${started.endsWith("\n") ? "" : "\n"}${action.code}\n\`\`\`<end_code>`;
}

/** The rest of a chain-of-thought answer that was begun with `started`. */
export function continuedAnswer(whole: string, started: string): string {
  if (whole.startsWith(started)) return whole.slice(started.length);
  const rest = whole.split("\n\n").slice(1).join("\n\n");
  return `${started.endsWith("\n") ? "" : "\n\n"}${rest}`;
}

/** The thought in an agent's turn that was begun; empty where there is none. */
export function thoughtOf(started: string): string {
  return started.trimStart().replace(/^Thought:/, "").replace(/\n[ \t]*Code:[\s\S]*$/, "").trim();
}

/** A text as a model's completion: cut at the stop texts and at the most new tokens. */
export function scriptedCompletion(text: string, request: ChatRequest): Completion {
  const end = cutAtStop(text, request.stop ?? []).length;
  const limit = (request.maxNewTokens ?? 1024) * CHARACTERS_PER_TOKEN;
  const finishReason = end > limit ? "length" : "stop";
  const written = text.slice(0, Math.min(end, limit));
  return { text: written, finishReason, completionTokens: tokensIn(written) };
}

/** Rough number of tokens of a text. */
export function tokensIn(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}
