import { PythonStrings } from "../../records/turn/python_strings.ts";
import { parseAction } from "../../agent/parse_action.ts";
import type { JsonValue } from "../../records/json.ts";
import type { Message } from "../../records/message.ts";
import {
  emptyStep,
  type Step,
  type StepError,
  type TokenCounts,
  type ToolCall,
} from "../../records/step.ts";
import { writtenAnswer } from "./python_value.ts";
import type { RecordedTurn } from "./recorded_turns.ts";
import { calledAnswer, calledCode } from "./tool_call.ts";

/** A log's facts about a step besides its texts. */
export interface StepFacts {
  /** Tokens read and written in the step. */
  readonly tokens?: TokenCounts;
  /** Wall time of the whole step, in milliseconds. */
  readonly durationMs?: number;
}

/** A conversation as a prompt and steps. */
export interface ReadSteps {
  /** The messages before the first step. */
  readonly prompt: readonly Message[];
  /** The steps, in order. */
  readonly steps: readonly Step[];
  /** Indices of the steps to train on, when some turns are flagged; else null. */
  readonly learnedSteps: readonly number[] | null;
}

const GENERATION = /AgentGenerationError|Error in generating model output/;
const MAX_STEPS = /AgentMaxStepsError|Reached max steps/;
const PARSE = /AgentParsingError|Error in (?:code )?parsing|is invalid, because the regex pattern/;
const TIME = /time limit|timed out|[Tt]imeout|maximum number of .{0,200}(?:operations|iterations)/;
const EXECUTION =
  /Code execution failed|Code parsing failed|InterpreterError|AgentExecutionError|Traceback \(most recent/;

/**
 * Turns a recorded conversation into steps: every assistant turn is a step with its text as it was, and
 * what came back until the next one is its observation. The echo of a tool call, which repeats the
 * code, is left out; errors are read from the observations.
 *
 * @param facts of the steps, in order, where the log has them
 */
export function stepsFromTurns(
  turns: readonly RecordedTurn[],
  facts: readonly StepFacts[] = [],
): ReadSteps {
  const first = turns.findIndex(({ role }) => role === "assistant");
  const start = first === -1 ? turns.length : first;
  const prompt = turns.slice(0, start).map(({ role, text }): Message => ({
    role: role === "system" ? "system" : "user",
    content: text,
  }));
  const steps: Step[] = [];
  const context: number[] = [];
  let turnCount = 0;
  let lastTurn: RecordedTurn | null = null;
  for (let at = start; at < turns.length;) {
    const turn = turns[at++];
    const seen: RecordedTurn[] = [];
    let called: string | null = null;
    let reachedLimit: string | null = null;
    for (; at < turns.length && turns[at].role !== "assistant"; at++) {
      if (turns[at].role === "tool-call") called ??= codeOfCall(turns[at].text);
      else if (MAX_STEPS.test(turns[at].text)) reachedLimit = turns[at].text;
      else seen.push(turns[at]);
    }
    if (turn.isLearned === false) context.push(steps.length);
    steps.push(readStep(steps.length, turn, called, inOrder(turn, seen), facts[turnCount++]));
    lastTurn = turn;
    if (reachedLimit !== null) {
      const error = { kind: "max-steps", message: reachedLimit } as const;
      steps.push(emptyStep(steps.length, { error }));
    }
  }
  const last = steps.at(-1);
  const isFinal = writtenAnswer(last?.code ?? "") !== null ||
    lastTurn?.calls?.some((call) => calledAnswer(call) !== null) === true;
  if (last !== undefined && last.error === null && isFinal) {
    steps[steps.length - 1] = { ...last, isFinal };
  }
  const learnedSteps = context.length === 0
    ? null
    : steps.flatMap(({ index }) => (context.includes(index) ? [] : [index]));
  return { prompt, steps, learnedSteps };
}

/** Results in the order of the calls that they belong to, where they name them. */
function inOrder(turn: RecordedTurn, seen: readonly RecordedTurn[]): readonly RecordedTurn[] {
  const ids = turn.calls?.map(({ id }) => id) ?? [];
  const place = ({ callId }: RecordedTurn) => ids.indexOf(callId ?? "");
  const results = seen.filter((one) => place(one) !== -1).sort((a, b) => place(a) - place(b));
  return seen.map((one) => (place(one) === -1 ? one : results.shift()!));
}

function readStep(
  index: number,
  { text, calls = [], finishReason }: RecordedTurn,
  called: string | null,
  seen: readonly RecordedTurn[],
  facts: StepFacts = {},
): Step {
  const action = parseAction(text);
  const observation = seen.map((turn) => turn.text).join("\n");
  const codes = calls.map(calledCode).filter((code) => code !== null);
  const results = seen.filter(({ role }) => role === "tool-response");
  const code = action.code ?? called;
  return {
    index,
    modelOutput: text,
    thought: action.thought,
    code: codes.length > 0 ? codes.join("\n\n") : code,
    observation,
    ...(finishReason === undefined ? {} : { finishReason }),
    toolCalls: calls.filter((call) => calledCode(call) === null).map((call): ToolCall => {
      const at = results.findIndex(({ callId }) => callId !== undefined && callId === call.id);
      return {
        name: call.name,
        arguments: argumentsOf(call.arguments),
        result: results[at === -1 ? calls.indexOf(call) : at]?.text ?? null,
      };
    }),
    isFinal: false,
    error: errorIn(observation),
    tokens: facts.tokens ?? { prompt: 0, completion: 0 },
    durations: { generateMs: facts.durationMs ?? 0, executeMs: 0 },
  };
}

function argumentsOf(given: JsonValue): readonly JsonValue[] {
  if (Array.isArray(given)) return given;
  return typeof given === "object" && given !== null ? Object.values(given) : [given];
}

/** The error that an observation reports, or null. */
export function errorIn(observation: string): StepError | null {
  const at = observation.search(/(?:^|\n)Error:\n/);
  const message = at === -1 ? observation : observation.slice(at).trimStart();
  if (at !== -1 && GENERATION.test(message)) return { kind: "generation", message };
  if (PARSE.test(message) && (at !== -1 || !message.includes("Observation:"))) {
    return { kind: "parse", message };
  }
  if (at === -1 && !/^(?:Call id: \S+\n)?Code (?:execution|parsing) failed/.test(observation)) {
    return null;
  }
  if (TIME.test(message)) return { kind: "timeout", message };
  return EXECUTION.test(message) || at !== -1 ? { kind: "execution", message } : null;
}

/** The code in the echo of a call of `python_interpreter`; null when it cannot be read. */
function codeOfCall(text: string): string | null {
  const strings = new PythonStrings(text);
  const name = /'arguments': (?=['"])/g;
  for (let match = name.exec(text); match !== null; match = name.exec(text)) {
    const start = name.lastIndex;
    const end = strings.end(start);
    if (end === -1) continue;
    return text.slice(start + 1, end - 1).replace(
      /\\(n|t|r|\\|'|")/g,
      (_, char: string) => ({ n: "\n", t: "\t", r: "\r" })[char] ?? char,
    );
  }
  return null;
}
