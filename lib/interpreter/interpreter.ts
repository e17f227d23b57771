import type { JsonValue } from "../records/json.ts";
import type { ToolCall } from "../records/step.ts";

/** A host function that an agent's code can call by name. */
export interface Tool {
  /** A Python identifier. */
  readonly name: string;
  /** Purpose, as shown to the model. */
  readonly description: string;
  /** The parameters in order; positional and keyword arguments are both checked against them. */
  readonly parameters: readonly ToolParameter[];
  /** Return value, in words or as a type name. */
  readonly returns: string;
  /** Called with one value a parameter, in order. A rejection becomes a Python exception. */
  call(args: readonly JsonValue[], signal?: AbortSignal): Promise<JsonValue>;
}

/** A parameter of a {@link Tool}. */
export interface ToolParameter {
  /** A Python identifier. */
  readonly name: string;
  /** Type of its values. */
  readonly type: "string" | "integer" | "number" | "boolean" | "any";
  /** Purpose, as shown to the model. */
  readonly description: string;
  /** Used when the argument is left out; without it the argument is required. */
  readonly default?: JsonValue;
}

/** Failure of an execution. */
export interface ExecutionError {
  /** Part that failed: the text, the code, a limit, or the interpreter itself. */
  readonly kind: "syntax" | "execution" | "timeout" | "memory" | "interpreter";
  /** The text for the agent, in the form that trained students expect. */
  readonly message: string;
}

/** Result of running one piece of code. */
export interface Execution {
  /** Printed output, cut to the limit. */
  readonly logs: string;
  /** `str()` of the last expression's value, or null when it is None or there is none. */
  readonly output: string | null;
  /** Failure, or null. */
  readonly error: ExecutionError | null;
  /** True if the code called `final_answer`. */
  readonly isFinal: boolean;
  /** The argument of `final_answer`, as text; null unless `isFinal`. */
  readonly finalAnswer: string | null;
  /** True if logs or output were cut. */
  readonly truncated: boolean;
  /** The calls of tools, in order. */
  readonly toolCalls: readonly ToolCall[];
  /** Wall time from the start of the code to its result, in milliseconds. */
  readonly durationMs: number;
}

/** Several codes run from the same state. */
export interface CandidateRun {
  /** One execution per code, in the given order. */
  readonly executions: readonly Execution[];
  /**
   * Makes the state after candidate `index` the session's state. Its tools are not called again; its
   * code may be, with their answers, where that gives the same state.
   */
  commit(index: number): Promise<void>;
}

/** Options of one run. */
export interface RunOptions {
  /** Wall time allowed, in milliseconds. */
  readonly timeoutMs?: number;
  /** Ends the run; its promise is then rejected with the reason. */
  readonly signal?: AbortSignal;
}

/** Python state of one agent, kept from step to step. */
export interface InterpreterSession {
  /** Runs one step and keeps its state. */
  run(code: string, options?: RunOptions): Promise<Execution>;
  /** Runs every code from the present state; none sees another's effects. State stays as it was until `commit`. */
  runCandidates(codes: readonly string[], options?: RunOptions): Promise<CandidateRun>;
  /** Gives back what it holds. Nothing can be run afterwards. */
  close(): Promise<void>;
}

/** Hands out sessions. One interpreter serves many agents at once. */
export interface Interpreter {
  /** Waits until a session is free. */
  open(tools: readonly Tool[], signal?: AbortSignal): Promise<InterpreterSession>;
  /** Gives back what it holds. Nothing can be run afterwards. */
  close(): Promise<void>;
}
