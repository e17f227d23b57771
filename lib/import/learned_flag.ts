import type { Fields } from "./fields.ts";

/** Names under which data sets say of a message whether it is learned. */
const FLAGS = [
  "weight",
  "loss_weight",
  "train",
  "training",
  "trainable",
  "loss_mask",
  "loss",
] as const;
/** What says it in a way that cannot be kept. */
const UNKNOWN = ["mask", "train_detail", "train_details", "loss_weights", "token_weights"] as const;
/** Lists beside the messages, with one value for each of them. */
const LISTS = ["weights", "loss_mask", "loss_masks", "train_mask"] as const;

/**
 * Whether a message says that it is learned: `weight` (OpenAI), `train` or `training` (Axolotl), `loss`,
 * `loss_mask`, as true, false, 0 or 1; null when it says nothing.
 *
 * @param where names the message in errors
 * @throws {TypeError} naming the field, when it is neither 0 nor 1, or when two of them disagree
 */
export function learnedFlag(message: Fields, where: string): boolean | null {
  refuse(message, UNKNOWN, where);
  let flag: boolean | null = null;
  for (const name of FLAGS) {
    const read = readFlag(message[name], `${where}.${name}`);
    if (read === null) continue;
    if (flag !== null && flag !== read) {
      throw new TypeError(`${where}.${name} is ${read}, and another field says ${flag}`);
    }
    flag = read;
  }
  return flag;
}

/**
 * Whether each message of a row is learned, as the messages and lists beside them say; null for those of
 * which nothing is said.
 *
 * @param where names the messages in errors
 * @throws {TypeError} naming the field that cannot be kept: a weight between 0 and 1, a list of another
 * length, a flag for a message that is not the assistant's
 */
export function learnedFlags(
  row: Fields,
  messages: readonly (Fields & { readonly isAssistant: boolean })[],
  where: string,
): (boolean | null)[] {
  refuse(row, ["mask", "train_detail", "token_weights"], "the row");
  const list = LISTS.find((name) => row[name] !== undefined && row[name] !== null);
  const values = list === undefined ? null : row[list];
  if (values !== null && (!Array.isArray(values) || values.length !== messages.length)) {
    throw new TypeError(`${list} is not a list of ${messages.length} values, one for each message`);
  }
  const flags = messages.map((message, i) => {
    const own = learnedFlag(message, `${where}[${i}]`);
    const listed = values === null ? null : readFlag(values[i], `${list}[${i}]`);
    if (own !== null && listed !== null && own !== listed) {
      throw new TypeError(`${list}[${i}] is ${listed}, and ${where}[${i}] says ${own}`);
    }
    const flag = own ?? listed;
    if (flag === true && !message.isAssistant) {
      throw new TypeError(`${where}[${i}] is to be learned, and is not the assistant's`);
    }
    return message.isAssistant ? flag : null;
  });
  const assistants = messages.flatMap(({ isAssistant }, i) => (isAssistant ? [flags[i]] : []));
  if (assistants.length > 0 && assistants.every((flag) => flag === false)) {
    throw new TypeError("no message of the assistant is to be learned");
  }
  return flags;
}

function refuse(fields: Fields, names: readonly string[], where: string): void {
  const name = names.find((one) => fields[one] !== undefined && fields[one] !== null);
  if (name !== undefined) {
    throw new TypeError(`${where} has the field ${name}, which is not understood`);
  }
}

function readFlag(value: unknown, where: string): boolean | null {
  if (value === undefined || value === null) return null;
  const text = typeof value === "string" ? value.trim().toLowerCase() : value;
  if (text === true || text === 1 || text === "true" || text === "1") return true;
  if (text === false || text === 0 || text === "false" || text === "0") return false;
  throw new TypeError(
    `${where} is ${(JSON.stringify(value) ?? "").slice(0, 60)}, and only 0 and 1 are understood`,
  );
}
