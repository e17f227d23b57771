import type { ToolCall } from "../../records/step.ts";
import type { Execution, ExecutionError } from "../interpreter.ts";
import type { Outcome } from "./interpreter_process.ts";

/** Limits that the texts name and results are held to. */
export interface StepLimits {
  /** Wall time of a step, in milliseconds. */
  readonly timeoutMs: number;
  /** Memory of a step, in megabytes. */
  readonly memoryMb: number;
  /** Memory kept from step to step, in megabytes. */
  readonly stateMb: number;
  /** Characters of prints kept. */
  readonly maxLogChars: number;
  /** Characters of the last value's text kept. */
  readonly maxOutputChars: number;
}

const BROKEN = "The code broke the interpreter";
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The runner's result for a step. */
interface RunnerResult {
  readonly logs: string;
  readonly output: string | null;
  readonly error: { readonly kind: string; readonly message: string } | null;
  readonly isFinal: boolean;
  readonly finalAnswer: string | null;
  readonly truncated: boolean;
  readonly statement: string | null;
}

const NOTHING: RunnerResult = {
  logs: "",
  output: null,
  error: null,
  isFinal: false,
  finalAnswer: null,
  truncated: false,
  statement: null,
};

/** The execution described by a step's result. @throws if the process sent nonsense */
export function readExecution(
  step: { readonly outcome: Outcome; readonly result: Uint8Array },
  limits: StepLimits,
  toolCalls: readonly ToolCall[],
  durationMs: number,
): Execution {
  const result = step.result.length === 0 ? NOTHING : parseResult(step.result, limits);
  const { logs, truncated } = result;
  if (step.outcome === "broken") {
    return failedExecution("interpreter", BROKEN, limits, toolCalls, durationMs);
  }
  if (step.outcome !== "done") {
    const kind = step.outcome === "timeout" ? "timeout" : "memory";
    const message = limitText(step.outcome, result.statement, limits);
    const error = { kind, message } as const;
    return { ...failed(error, toolCalls, durationMs), logs, truncated };
  }
  const { output, isFinal, finalAnswer } = result;
  const error = result.error as ExecutionError | null;
  return { logs, output, error, isFinal, finalAnswer, truncated, toolCalls, durationMs };
}

/** The execution of a step whose process ended. */
export function failedExecution(
  kind: "timeout" | "interpreter",
  text: string,
  limits: StepLimits,
  toolCalls: readonly ToolCall[],
  durationMs: number,
): Execution {
  const message = kind === "timeout"
    ? limitText("timeout", null, limits)
    : `Code execution failed due to: InterpreterError: ${text}. ` +
      "The effects of this step are undone; try a simpler way to do it.";
  return failed({ kind, message }, toolCalls, durationMs);
}

function failed(
  error: ExecutionError,
  toolCalls: readonly ToolCall[],
  durationMs: number,
): Execution {
  return {
    logs: "",
    output: null,
    error,
    isFinal: false,
    finalAnswer: null,
    truncated: false,
    toolCalls,
    durationMs,
  };
}

function limitText(outcome: Outcome, statement: string | null, limits: StepLimits): string {
  const at = statement === null ? "" : ` at line '${statement}'`;
  return `Code execution failed${at} due to: ${limitReason(outcome, limits)} ` +
    "The effects of this step are undone.";
}

function limitReason(outcome: Outcome, limits: StepLimits): string {
  switch (outcome) {
    case "timeout":
      return `InterpreterError: Reached the time limit of ${limits.timeoutMs / 1000} seconds for ` +
        "one step. Maybe there is an infinite loop somewhere in the code, or you're just asking " +
        "too many calculations: try a smaller range or a faster method.";
    case "memory":
      return `MemoryError: The code needs more than the ${limits.memoryMb} MB of memory that it ` +
        "may use: try smaller data, or go through it piece by piece.";
    default:
      return `MemoryError: The variables after this step take more than the ${limits.stateMb} MB ` +
        "that may be kept from step to step: keep less.";
  }
}

function parseResult(bytes: Uint8Array, limits: StepLimits): RunnerResult {
  const value = JSON.parse(decoder.decode(bytes)) as RunnerResult;
  const text = (x: unknown, most: number) => typeof x === "string" && x.length <= most;
  const slack = 1_000;
  const error = value.error;
  const right = text(value.logs, 2 * limits.maxLogChars + slack) &&
    (value.output === null || text(value.output, 2 * limits.maxOutputChars + slack)) &&
    (value.finalAnswer === null || text(value.finalAnswer, 1 << 20)) &&
    (value.statement === null || text(value.statement, 1 << 20)) &&
    typeof value.isFinal === "boolean" && typeof value.truncated === "boolean" &&
    (value.finalAnswer !== null) === value.isFinal &&
    (error === null || ["syntax", "execution", "memory"].includes(error.kind) &&
        text(error.message, 2 * limits.maxOutputChars + slack));
  if (!right) throw new Error(BROKEN);
  return value;
}
