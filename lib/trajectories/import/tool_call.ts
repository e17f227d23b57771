import { asFields, type Fields } from "./fields.ts";
import type { JsonValue } from "../../records/json.ts";

/** A call of a tool by a model that writes no code. */
export interface RecordedCall {
  /** Names the call in the result that belongs to it; null when it has no name. */
  readonly id: string | null;
  /** The tool's name. */
  readonly name: string;
  /** Arguments of the call, mostly by name. */
  readonly arguments: JsonValue;
  /** Name and arguments as they were written, so that no digit is lost. */
  readonly written: string;
}

/** Tools that take Python. */
const PYTHON_TOOLS =
  /^(?:python|ipython|python_?interpreter|code_?interpreter|(?:execute|run)_(?:python|code)(?:_code)?|python_repl)$/i;

/**
 * A call as data sets write it: `function` with `name` and `arguments` (OpenAI), these two alone
 * (ShareGPT), `name` and `input` (Anthropic); arguments as JSON or as a text of JSON.
 *
 * @throws {TypeError} when it names no tool
 */
export function readCall(value: unknown, where: string): RecordedCall {
  const outer = asFields(value);
  const fields: Fields = outer.function === undefined ? outer : asFields(outer.function);
  const { name } = fields;
  if (typeof name !== "string" || name === "") throw new TypeError(`${where} names no tool`);
  const given = fields.arguments ?? fields.parameters ?? fields.input ?? {};
  const parsed = typeof given === "string" ? parseJson(given) : given;
  const isJsonText = typeof given === "string" && typeof parsed === "object";
  return {
    id: typeof outer.id === "string" ? outer.id : null,
    name,
    arguments: parsed as JsonValue,
    written: `{"name": ${JSON.stringify(name)}, "arguments": ${
      isJsonText ? given.trim() : JSON.stringify(given)
    }}`,
  };
}

/** The calls in a text of JSON, of one or a list; null when the text is none. */
export function readCalls(text: string, where: string): RecordedCall[] | null {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null) return null;
  if (!Array.isArray(value)) return [{ ...readCall(value, where), written: text.trim() }];
  return value.map((one, i) => readCall(one, `${where}[${i}]`));
}

/** A call as text, in the form in which chat templates (Qwen, Hermes) put it before a model. */
export function callText({ written }: RecordedCall): string {
  return `<tool_call>\n${written}\n</tool_call>`;
}

/** The Python that a call runs; null when it is no call of an interpreter. */
export function calledCode(call: RecordedCall): string | null {
  if (!PYTHON_TOOLS.test(call.name)) return null;
  const { code, source } = asFields(call.arguments);
  const given = code ?? source ?? call.arguments;
  return typeof given === "string" ? given : null;
}

/** The answer that a call of `final_answer` gives, as text; null for other calls. */
export function calledAnswer(call: RecordedCall): string | null {
  if (call.name !== "final_answer") return null;
  const given = asFields(call.arguments).answer ?? call.arguments;
  return typeof given === "string" ? given : JSON.stringify(given);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
