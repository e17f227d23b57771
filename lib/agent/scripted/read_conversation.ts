import { parseAction } from "../parse_action.ts";
import type { Message } from "../../records/message.ts";

/** A passage as an observation shows it. */
export interface ObservedPassage {
  /** The line after the document's number. */
  readonly title: string;
  /** The lines after the title. */
  readonly text: string;
}

/** An earlier step of the conversation, as read from its messages. */
export interface PastStep {
  /** Thought before the code. */
  readonly thought: string;
  /** The code written, or null when it could not be parsed. */
  readonly code: string | null;
  /** The whole user message that followed. */
  readonly observation: string;
  /** Printed output: the text between `Execution logs:` and the last output or error. */
  readonly logs: string;
  /** The retrieved passages that the observation shows, in order. */
  readonly passages: readonly ObservedPassage[];
  /** True if the observation reports an error (parse, execution or timeout). */
  readonly failed: boolean;
}

/** A conversation as a scripted model understands it. */
export interface ReadConversation {
  /** Agent when the system prompt asks for `Thought:` and `Code:` turns. */
  readonly mode: "agent" | "cot";
  /** Texts that may be the question, most likely first. */
  readonly questions: readonly string[];
  /** The assistant's finished turns, each with what came back. */
  readonly steps: readonly PastStep[];
  /** The assistant's text that is to be continued, or empty. */
  readonly started: string;
}

/** Reads mode, question, earlier steps and started text from the messages alone. */
export function readConversation(messages: readonly Message[]): ReadConversation {
  const system = messages.filter((message) => message.role === "system")
    .map((message) => message.content).join("\n");
  const turns = messages.filter((message) => message.role !== "system");
  const last = turns[turns.length - 1];
  const started = last?.role === "assistant" ? last.content : "";
  const asked = turns.find((message) => message.role === "user")?.content ?? "";
  return {
    mode: /\bThought\b/.test(system) && /\bCode\b/.test(system) ? "agent" : "cot",
    questions: questionsIn(asked),
    steps: readSteps(started === "" ? turns : turns.slice(0, -1)),
    started,
  };
}

/** The whole text, then what follows the last label, then its last line and paragraph. */
function questionsIn(text: string): string[] {
  const whole = text.trim();
  const labelled = whole.split(/(?:^|\n)[ \t]*(?:New task|Task|Question|Problem):/i).at(-1)!.trim();
  const paragraph = whole.split(/\n\s*\n/).at(-1)!.trim();
  const line = whole.split("\n").at(-1)!.trim();
  return [...new Set([whole, labelled, paragraph, line])];
}

function readSteps(turns: readonly Message[]): PastStep[] {
  return turns.flatMap((message, index): PastStep[] => {
    if (message.role !== "assistant") return [];
    const next = turns[index + 1];
    return [readStep(message.content, next?.role === "user" ? next.content : "")];
  });
}

function readStep(action: string, observation: string): PastStep {
  const logs = /Execution logs:\n([\s\S]*?)(?=\n?Last output from code snippet:|\nError:\n|$)/
    .exec(observation)?.[1] ?? "";
  const { thought, code } = parseAction(action);
  return {
    thought,
    code,
    observation,
    logs,
    passages: readPassages(logs),
    failed: /^Error:$/m.test(observation),
  };
}

/** The documents between `===== Document i, similarity: 0.xx =====` lines. */
function readPassages(logs: string): ObservedPassage[] {
  return logs.split(/^===== Document \d{1,9}\b[^\n]*=====$/m).slice(1).map((part) => {
    const [title, ...text] = part.trim().split("\n");
    const end = text.findIndex((line) => line.trim() === "" || line === "Retrieved documents:");
    return { title, text: text.slice(0, end === -1 ? undefined : end).join(" ") };
  });
}
