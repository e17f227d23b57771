import type { Fields } from "../import/fields.ts";

/**
 * Fields with which a message says whether it is learned.
 *
 * @source OpenAI and Mistral (`weight`), Axolotl (`train`, `training`), ms-swift (`loss`), and the
 * loss masks of common loaders
 */
const FLAGS = [
  ...["weight", "train", "training", "trainable", "train_on_turn", "loss", "loss_mask"],
  "loss_weight",
];

/** Fields that say it in ways which are not understood here. */
const REFUSED = ["train_detail", "training_detail", "mask", "masked", "prefix"];

/** Fields that chat templates read; they are passed on. */
export const TEMPLATE_FIELDS: readonly string[] = [
  ...["reasoning_content", "reasoning", "thinking", "tool_calls", "tool_call_id", "name"],
];

/** Fields that no trainer and no template reads. */
const HARMLESS = [
  ...["role", "from", "content", "value", "id", "index", "uuid", "timestamp", "created_at"],
  ...["metadata", "model", "refusal", "annotations", "audio", "function_call"],
];

/** What is there and is neither null nor empty. */
function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  return !(Array.isArray(value) && value.length === 0);
}

/**
 * Whether a message says that it is learned; null when it says nothing.
 *
 * @param where of the message, for the error
 * @throws {TypeError} naming a field that is not understood, and its value
 */
export function turnFlag(message: Fields, where: string): boolean | null {
  let flag: boolean | null = null;
  let from = "";
  for (const [name, value] of Object.entries(message)) {
    if (!isSet(value)) continue;
    const at = `${where}.${name}`;
    if (FLAGS.includes(name)) {
      const isFlag = value === true || value === false || value === 0 || value === 1;
      if (!isFlag) {
        throw new TypeError(`${at} is ${JSON.stringify(value)}; only 0 and 1 are understood`);
      }
      if (flag !== null && flag !== Boolean(value)) {
        throw new TypeError(`${at} says otherwise than ${where}.${from}`);
      }
      [flag, from] = [Boolean(value), name];
    } else if (REFUSED.includes(name) || name === "function_call") {
      throw new TypeError(`${at} changes what is learned and is not supported`);
    } else if (!TEMPLATE_FIELDS.includes(name) && !HARMLESS.includes(name)) {
      throw new TypeError(`${at} is not understood`);
    }
  }
  return flag;
}
