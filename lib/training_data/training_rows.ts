import { streamJsonl } from "../runs/stream_jsonl.ts";
import { readInputJson } from "../runs/read_input.ts";
import { isSet } from "./masks/message_fields.ts";
import { asFields } from "../trajectories/import/fields.ts";
import { wordList } from "../records/word_list.ts";

/** A row of a file of training data. */
export interface TrainingRow {
  /** The file and the line, or of a JSON list the row, such as `train.jsonl line 3`. */
  readonly place: string;
  /** Value in the file. */
  readonly value: unknown;
}

/**
 * The rows of a file of training data: JSON lines, or one JSON list (`.json`).
 *
 * @throws {Error} naming the file and the line that cannot be read
 */
export async function* readTrainingRows(file: string): AsyncGenerator<TrainingRow> {
  if (file.endsWith(".json")) {
    const rows = await readInputJson(file);
    if (!Array.isArray(rows)) throw new Error(`Cannot read ${file}: it is not a list of rows`);
    for (const [i, value] of rows.entries()) yield { place: `${file} row ${i + 1}`, value };
    return;
  }
  for await (const { value, number } of streamJsonl(file, (row) => row)) {
    yield { place: `${file} line ${number}`, value };
  }
}

/** True if a row is a trajectory of Potstill. */
export function isTrajectoryRow(row: unknown): boolean {
  const fields = asFields(row);
  return Array.isArray(fields.steps) && "paradigm" in fields;
}

/** True if a row is a text and no conversation, as trainers of language models take it. */
export function isPlainText(row: unknown): row is { readonly text: string } {
  const fields = asFields(row);
  const shapes = ["messages", "conversations", "prompt", "completion", "input_ids", "steps"];
  return typeof fields.text === "string" && ![...shapes, ...REFUSED].some((name) => name in fields);
}

/** Fields that change what is trained on in unsupported ways. */
const REFUSED = wordList(`
  chosen rejected chat_template chat_template_kwargs images videos audios audio
`);

/** Fields that are read, or do not change what is trained on. */
const KNOWN = new Set(wordList(`
  messages conversations system prompt completion supervision tools label weights loss_mask
  loss_masks train_mask input_ids labels assistant_masks completion_mask attention_mask
  finish_reason stop_reason finishReason stopReason id uuid index row
`));

/**
 * Reason why a row has no trainable shape, naming its field; null when it has one: `messages`,
 * `conversations` (ShareGPT), or `prompt` with `completion` (texts or messages).
 *
 * @example
 * ```ts
 * import { rowShapeProblem } from "@potstill/training_data/training_rows.ts";
 * const problem = rowShapeProblem({ prompt: "1 + 1?" });
 * if (problem !== "it has prompt, and completion is missing") throw new Error(`${problem}`);
 * ```
 */
export function rowShapeProblem(row: unknown): string | null {
  if (row === null || typeof row !== "object" || Array.isArray(row)) {
    return `it is ${
      Array.isArray(row) ? "a list" : JSON.stringify(row)?.slice(0, 60)
    }, not an object`;
  }
  const fields = asFields(row);
  if (isTrajectoryRow(row)) return "it is a trajectory, among rows of another kind";
  const refused = REFUSED.find((name) => isSet(fields[name]));
  if (refused === "chosen" || refused === "rejected") {
    return `it has ${refused}: of a preference pair one side would be trained on and the other ignored`;
  }
  if (refused !== undefined) return `the field ${refused} is not understood`;
  const shapes = ["messages", "conversations", "prompt"].filter((name) => isGiven(fields[name]));
  if (shapes.length > 1) return `it has both ${shapes.join(" and ")}`;
  const [shape] = shapes;
  if (shape === undefined) {
    const names = Object.keys(fields);
    return "it has neither messages, nor conversations, nor prompt with completion; it has " +
      (names.length === 0 ? "no field" : names.slice(0, 8).join(", "));
  }
  if (shape !== "prompt") return listProblem(fields[shape], shape);
  if (!isGiven(fields.completion)) return "it has prompt, and completion is missing";
  return ["prompt", "completion"].map((name) =>
    typeof fields[name] === "string" ? null : listProblem(fields[name], name)
  ).find((problem) => problem !== null) ?? null;
}

/** Fields of a row that nothing is made of, such as `source`. */
export function unusedFields(row: unknown): string[] {
  return Object.entries(asFields(row)).flatMap(([name, value]) =>
    KNOWN.has(name) || !isSet(value) ? [] : [name]
  );
}

function listProblem(value: unknown, name: string): string | null {
  if (!Array.isArray(value)) return `${name} is ${kindOf(value)}, not a list of messages`;
  const at = value.findIndex((one) => kindOf(one) !== "an object");
  return at === -1 ? null : `${name}[${at}] is ${kindOf(value[at])}, not a message`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
