import { FINISH_REASONS, type FinishReason } from "../../records/step.ts";
import { finishReasonOf } from "../../records/finish_reason.ts";
import type { Fields } from "./fields.ts";

/** Names under which messages and records say why the model stopped. */
export const END_FIELDS = ["finish_reason", "stop_reason", "finishReason", "stopReason"] as const;

/**
 * Finish reason of a message, from the message or the record around it: `stop` also for a tool
 * call that is recorded, `unknown` for an unrecognised word; null when none is recorded.
 *
 * @param calls number of calls in the message
 * @throws {TypeError} naming the field, when its value is no word
 */
export function turnEnd(fields: Fields, calls: number, where: string): FinishReason | null {
  const name = END_FIELDS.find((one) => (fields[one] ?? "") !== "");
  if (name === undefined) return null;
  const word = fields[name];
  if (typeof word !== "string") throw new TypeError(`${where}.${name} is not a text`);
  const own = FINISH_REASONS.find((reason) => reason === word.toLowerCase());
  const reason = finishReasonOf(word) ?? own ?? "unknown";
  return reason === "tool_calls" && calls > 0 ? "stop" : reason;
}
