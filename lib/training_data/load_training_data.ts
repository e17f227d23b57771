import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { shortSystemPrompt } from "../agent/agent_prompt.ts";
import { loadPrompts } from "../agent/prompts/prompt_set.ts";
import type { Paradigm, Trajectory } from "../records/trajectory.ts";
import { loadTrajectories } from "../trajectories/load_trajectories.ts";
import { filterTrajectories } from "../trajectories/filter_trajectories.ts";
import { testSplitWarning } from "../trajectories/test_split_warning.ts";
import { exampleOfRow, type ExampleOptions } from "./example_of_row.ts";
import { MaskTemplate } from "./masks/mask_template.ts";
import { verifyMask } from "./masks/verify_mask.ts";
import { conversationOfRow } from "./masks/conversation_of_row.ts";
import { findData } from "./masks/verify_files.ts";
import { mergeOrigins, originOf, readOrigin, type StudentOrigin } from "./student_origin.ts";
import { ConversationError } from "./tokenize_conversation.ts";
import type { TokenizedExample } from "./tokenized_example.ts";
import { trainingExample, trainingSystemPrompt } from "./training_example.ts";
import { plainText } from "./whole_text.ts";
import {
  isPlainText,
  isTrajectoryRow,
  readTrainingRows,
  rowShapeProblem,
  unusedFields,
} from "./training_rows.ts";

/** Settings of {@link loadTrainingData}. */
export interface TrainingDataOptions extends ExampleOptions {
  /**
   * Paradigm of the run's trajectories to load.
   * @default the agent's, or else those that there are
   */
  readonly paradigm?: Paradigm;
  /** Leave out factual trajectories without a search. @default false */
  readonly mustRetrieve?: boolean;
}

/** A row or trajectory that is not trained on. */
export interface LeftOutRow {
  /** File and line, or the trajectory's id. */
  readonly place: string;
  /** The kind of defect, for counts: `too-long`, `not-understood` and so on. */
  readonly defect: string;
  /** Description in one sentence. */
  readonly detail: string;
}

/** Training data of files and runs. */
export interface LoadedTrainingData {
  /** In the order of the files. */
  readonly examples: readonly TokenizedExample[];
  /** Rows and kept trajectories that are no example of the student, each with its reason. */
  readonly leftOut: readonly LeftOutRow[];
  /** Origin of the data, as far as it is known. */
  readonly origin: StudentOrigin;
  /** Notes for the user, one sentence each: what the filter rejected, warnings. */
  readonly notes: readonly string[];
}

/**
 * Reads what a student is to be trained on, as its tokenizer's ids with the loss on the assistant's words
 * alone: the folder of a run or a file of trajectories, which are filtered as a distillation does, the
 * folder of an export, and files of rows with `messages`, `conversations`, `prompt` and `completion`, or
 * `text` alone. What such rows say of each message (`weight`, `train`, ...) is kept to.
 *
 * @throws {Error} naming the file, line and field of what is of no known shape, or when no example is left
 * @source paper, section 3.2 (student training)
 */
export async function loadTrainingData(
  paths: readonly string[],
  options: TrainingDataOptions,
): Promise<LoadedTrainingData> {
  const loader = new Loader(options);
  for (const path of paths) await loader.read(path);
  const { examples, leftOut, notes } = loader;
  if (examples.length === 0) {
    const first = leftOut.length === 0
      ? ""
      : `; the first, ${leftOut[0].place}: ${leftOut[0].detail}`;
    const count = leftOut.length === 0
      ? "there is no row to train on"
      : `none of ${leftOut.length} rows can be trained on`;
    throw new Error(`Cannot train on ${paths.join(", ")}: ${count}${first}`);
  }
  return { examples, leftOut, notes, origin: loader.origin() };
}

class Loader {
  readonly examples: TokenizedExample[] = [];
  readonly leftOut: LeftOutRow[] = [];
  readonly notes: string[] = [];
  readonly #options: TrainingDataOptions;
  readonly #origins: StudentOrigin[] = [];
  readonly #unknown: string[] = [];
  #differs = false;

  constructor(options: TrainingDataOptions) {
    this.#options = options;
  }

  origin(): StudentOrigin {
    return mergeOrigins(this.#origins, null, this.#unknown);
  }

  async read(path: string): Promise<void> {
    if (!existsSync(path)) {
      throw new Error(`Cannot train on ${path}: there is no such file or folder`);
    }
    const isExport = existsSync(join(path, "export.json"));
    if (statSync(path).isDirectory() && !isExport) return await this.#readTrajectories(path);
    const { files, isLastOnly } = await findData(path);
    for (const file of files) {
      if (await isTrajectoryFile(file)) await this.#readTrajectories(file);
      else await this.#readRows(file, isLastOnly);
    }
  }

  async #readTrajectories(path: string): Promise<void> {
    const { paradigm, mustRetrieve } = this.#options;
    const loaded = await loadTrajectories(path, paradigm);
    const { kept, counts } = filterTrajectories(loaded.trajectories, { mustRetrieve });
    const reasons = Object.entries(counts).map(([reason, n]) => `${reason} ${n}`);
    this.notes.push(
      `${path}: ${kept.length} of ${loaded.trajectories.length} ${loaded.paradigm} trajectories ` +
        `kept${reasons.length === 0 ? "" : `, rejected for ${reasons.join(", ")}`}`,
      ...loaded.notes,
    );
    const rollouts = join(path, "trajectories", "rollouts.jsonl");
    if (existsSync(rollouts)) {
      this.notes.push(`Note: the run's corrected rollouts are a file of their own, ${rollouts}`);
    }
    const warning = testSplitWarning(kept);
    if (warning !== null) this.notes.push(`WARNING: ${warning}`);
    const short = shortSystemPrompt(await loadPrompts());
    const trained: Trajectory[] = [];
    for (const trajectory of kept) {
      const system = trainingSystemPrompt(trajectory, undefined, short);
      const example = trainingExample(trajectory, system);
      if (example === null) {
        const detail = "it has no turn of the assistant to train on";
        this.leftOut.push({ place: trajectory.id, defect: "nothing-to-train", detail });
      } else if (this.#add(trajectory.id, () => example)) trained.push(trajectory);
    }
    this.#origins.push(originOf(trained, null));
  }

  async #readRows(file: string, isLastOnly: boolean): Promise<void> {
    const unused = new Set<string>();
    for await (const { place, value } of readTrainingRows(file)) {
      if (isPlainText(value)) {
        const { text, ...rest } = value;
        unusedFields(rest).forEach((name) => unused.add(name));
        this.#addText(place, text);
        continue;
      }
      const problem = rowShapeProblem(value);
      if (problem !== null) throw new Error(`Cannot train on ${place}: ${problem}`);
      unusedFields(value).forEach((name) => unused.add(name));
      this.#add(place, () => {
        const conversation = conversationOfRow(value);
        const { learned } = conversation;
        return isLastOnly ? { ...conversation, learned: learned.slice(-1) } : conversation;
      });
    }
    if (unused.size > 0) {
      this.notes.push(`${file}: nothing is made of the fields ${[...unused].join(", ")}`);
    }
    const origin = await exportedOrigin(file);
    const tested = origin?.data.filter(({ split }) => split === "test") ?? [];
    if (tested.length > 0) {
      this.notes.push(
        `WARNING: ${file} has tasks of a test split (${
          tested.map(({ benchmark }) => benchmark).join(", ")
        }): a student that is trained on them must not be tested on them`,
      );
    }
    if (origin === null) this.#unknown.push(basename(file));
    else this.#origins.push(origin);
  }

  #addText(place: string, text: string): void {
    const { tokenizer, maxTokens } = this.#options;
    const example = plainText(tokenizer, text);
    const { length } = example.ids;
    const leave = (defect: string, detail: string) => {
      this.leftOut.push({ place, defect, detail });
    };
    if (text.trim() === "") leave("nothing-to-train", "its text is empty");
    else if (length <= maxTokens) this.examples.push(example);
    else leave("too-long", `it has ${length} tokens, and the limit is ${maxTokens}`);
  }

  /** Says once that a template writes in training what a server does not write before the model. */
  #checkInference(place: string, conversation: ReturnType<typeof conversationOfRow>): void {
    if (this.#differs) return;
    const { tokenizer, template } = this.#options;
    const masked = new MaskTemplate(template.source, tokenizer.templateVariables);
    const found = verifyMask(tokenizer, masked, conversation).findings
      .find(({ defect }) => defect === "training-differs-from-inference");
    if (found === undefined) return;
    this.#differs = true;
    this.notes.push(
      `WARNING: the student's chat template writes in training what a server does not (${place}: ` +
        `${found.detail}): it is asked otherwise than it was trained. The chat_template.jinja that the ` +
        "command format writes has no such difference; it may take its place in the student's folder",
    );
  }

  #add(place: string, read: () => ReturnType<typeof conversationOfRow>): boolean {
    let conversation: ReturnType<typeof conversationOfRow>;
    try {
      conversation = read();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.leftOut.push({ place, defect: "not-understood", detail: error.message });
      return false;
    }
    try {
      this.examples.push(exampleOfRow(conversation, this.#options));
      if (this.examples.length <= CHECKED) this.#checkInference(place, conversation);
      return true;
    } catch (error) {
      if (!(error instanceof ConversationError)) throw error;
      const detail = error.message.replace("Cannot train on the conversation: ", "");
      this.leftOut.push({ place, defect: error.defect, detail });
      return false;
    }
  }
}

/** So many examples are rendered as a server renders them, to see whether the template agrees. */
const CHECKED = 20;

async function isTrajectoryFile(file: string): Promise<boolean> {
  for await (const { value } of readTrainingRows(file)) return isTrajectoryRow(value);
  throw new Error(`Cannot train on ${file}: it holds no row`);
}

/** Origin of an export's rows, from the file beside them. */
async function exportedOrigin(file: string): Promise<StudentOrigin | null> {
  const folders = [dirname(file), dirname(dirname(file))];
  const home = folders.find((folder) => existsSync(join(folder, "export.json")));
  return home === undefined ? null : await readOrigin(home);
}
