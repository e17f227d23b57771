import type { Fields } from "./fields.ts";
import { wordList } from "../../records/word_list.ts";

/**
 * Field names by which data sets flag whether a message is trained on.
 *
 * @source OpenAI and Mistral (`weight`), Axolotl (`train`, `training`, `train_on_turn`), ms-swift (`loss`),
 * and the loss masks of common loaders
 */
export const FLAG_FIELDS: readonly string[] = [
  "weight",
  "loss_weight",
  "train",
  "training",
  "trainable",
  "train_on_turn",
  "loss_mask",
  "loss",
];
/** Names of flags whose meaning is not supported. */
const UNKNOWN = wordList(`
  mask masked prefix train_detail train_details training_detail training_details loss_weights
  token_weights
`);
/** Those of them that a whole row may have. */
const UNKNOWN_OF_ROW = UNKNOWN.filter((name) => name !== "prefix");
/** Lists beside the messages, with one value for each of them. */
const LISTS = ["weights", "loss_mask", "loss_masks", "train_mask"] as const;

/**
 * A message's own flag on whether it is trained on, as true, false, 0 or 1; null when it has none.
 *
 * @param where names the message in errors
 * @throws {TypeError} naming the field, when it is neither 0 nor 1, or when two of them disagree
 */
function learnedFlag(message: Fields, where: string): boolean | null {
  refuse(message, UNKNOWN, where);
  let flag: boolean | null = null;
  for (const name of FLAG_FIELDS) {
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
 * Flags per message of a row on whether it is trained on, from the messages and the lists beside
 * them; null for messages without one.
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
  refuse(row, UNKNOWN_OF_ROW, "the row");
  const list = LISTS.find((name) => row[name] !== undefined && row[name] !== null);
  const values = list === undefined ? null : row[list];
  if (values !== null && (!Array.isArray(values) || values.length !== messages.length)) {
    throw new TypeError(`${list} is not a list of ${messages.length} values, one for each message`);
  }
  return messages.map((message, i) => {
    const own = learnedFlag(message, `${where}[${i}]`);
    const listed = values === null ? null : readFlag(values[i], `${list}[${i}]`);
    if (own !== null && listed !== null && own !== listed) {
      throw new TypeError(`${list}[${i}] is ${listed}, and ${where}[${i}] says ${own}`);
    }
    const flag = own ?? listed;
    if (flag === true && !message.isAssistant) {
      throw new TypeError(`${where}[${i}] is to be trained on, and is not the assistant's`);
    }
    return message.isAssistant ? flag : null;
  });
}

function refuse(fields: Fields, names: readonly string[], where: string): void {
  const isSet = (name: string) =>
    fields[name] !== undefined && fields[name] !== null &&
    !(name === "prefix" && fields[name] === false);
  const name = names.find(isSet);
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
