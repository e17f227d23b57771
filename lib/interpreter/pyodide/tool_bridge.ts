import type { JsonValue } from "../../records/json.ts";
import type { ToolCall } from "../../records/step.ts";
import type { Tool, ToolParameter } from "../interpreter.ts";
import type { ToolHandler } from "./interpreter_process.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Longest answer of a tool, in bytes of JSON. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;

/** Limits of one step's calls. */
interface ToolLimits {
  /** Calls, those that are refused included. */
  readonly maxToolCalls: number;
  /** Of one call, in milliseconds. */
  readonly toolTimeoutMs: number;
  /** Of all calls together, in milliseconds. */
  readonly toolsTimeoutMs: number;
}

type Answer = { readonly value: JsonValue } | { readonly error: string };

/** Calls the tools that the session was given, checks every call, and records it. */
export class ToolBridge {
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #limits: ToolLimits;
  readonly #signal: AbortSignal | undefined;
  #leftMs: number;
  /** The calls that reached a tool. */
  readonly calls: ToolCall[] = [];
  /** Answers in order, until the limit of calls was reached. */
  readonly answers: Uint8Array[] = [];

  /** Serves the tools of one step. */
  constructor(tools: readonly Tool[], limits: ToolLimits, signal?: AbortSignal) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.#limits = limits;
    this.#leftMs = limits.toolsTimeoutMs;
    this.#signal = signal;
  }

  /** `{"name", "arguments"}` gives `{"value"}` or `{"error"}`, as JSON bytes. */
  readonly answer: ToolHandler = async (request) => {
    const before = this.#leftMs;
    if (this.answers.length >= this.#limits.maxToolCalls) {
      return { reply: limitReply(this.#limits.maxToolCalls), ms: 0 };
    }
    const answer = await this.#answer(request);
    let reply = encoder.encode(JSON.stringify(answer));
    if (reply.length > MAX_REPLY_BYTES) {
      reply = encoder.encode('{"error":"The tool gave more than can be taken."}');
    }
    this.answers.push(reply);
    return { reply, ms: before - this.#leftMs };
  };

  async #answer(request: Uint8Array): Promise<Answer> {
    const call = readCall(request);
    if (call === null) return { error: "The tool call could not be read." };
    const { name, args } = call;
    const tool = this.#tools.get(name);
    if (tool === undefined) return { error: `There is no tool ${name}.` };
    const wrong = checkArguments(tool, args);
    if (wrong !== null) return { error: wrong };
    if (this.#leftMs <= 0) {
      const seconds = this.#limits.toolsTimeoutMs / 1000;
      return { error: `The tools of this step took ${seconds} seconds, which is all they may.` };
    }
    const started = performance.now();
    try {
      const result = await this.#limited((signal) => tool.call(args, signal));
      JSON.stringify(result);
      this.calls.push({ name, arguments: args, result });
      return { value: result };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.calls.push({ name, arguments: args, result: null, error: message });
      return { error: message };
    } finally {
      this.#leftMs -= performance.now() - started;
    }
  }

  async #limited<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const ms = Math.ceil(Math.min(this.#limits.toolTimeoutMs, this.#leftMs));
    const late = AbortSignal.timeout(ms);
    const signal = this.#signal === undefined ? late : AbortSignal.any([late, this.#signal]);
    return await new Promise((resolve, reject) => {
      const onAbort = () =>
        reject(
          late.aborted
            ? new Error(`The tool did not answer within ${ms / 1000} seconds.`)
            : signal.reason,
        );
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      call(signal).then(resolve, reject).finally(() =>
        signal.removeEventListener("abort", onAbort)
      );
    });
  }
}

/** Gives again, in order, what was answered before; nothing is called. */
export function replayTools(answers: readonly Uint8Array[], maxToolCalls: number): ToolHandler {
  let asked = 0;
  return () => {
    const reply = answers[asked++] ?? limitReply(maxToolCalls);
    return Promise.resolve({ reply, ms: 0 });
  };
}

function limitReply(maxToolCalls: number): Uint8Array {
  const error = `Reached the limit of ${maxToolCalls} tool calls in one step.`;
  return encoder.encode(JSON.stringify({ error }));
}

function readCall(request: Uint8Array): { name: string; args: readonly JsonValue[] } | null {
  try {
    const { name, arguments: args } = JSON.parse(decoder.decode(request));
    return typeof name === "string" && Array.isArray(args) ? { name, args } : null;
  } catch {
    return null;
  }
}

function checkArguments(tool: Tool, args: readonly JsonValue[]): string | null {
  if (args.length !== tool.parameters.length) {
    return `${tool.name}() takes ${tool.parameters.length} arguments but ${args.length} were given.`;
  }
  for (const [index, parameter] of tool.parameters.entries()) {
    if (!fits(args[index], parameter)) {
      return `${tool.name}() argument '${parameter.name}' must be of type ${parameter.type}.`;
    }
  }
  return null;
}

function fits(value: JsonValue, parameter: ToolParameter): boolean {
  if (value === null && parameter.default === null) return true;
  switch (parameter.type) {
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number";
    default:
      return true;
  }
}
