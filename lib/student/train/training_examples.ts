import type { Progress } from "../../runs/progress/progress.ts";
import type { Paradigm } from "../../records/trajectory.ts";
import { loadTrainingData } from "../../training_data/load_training_data.ts";
import type { StudentOrigin } from "../../training_data/student_origin.ts";
import {
  type Conversation,
  tokenizeConversations,
} from "../../training_data/tokenize_conversations.ts";
import type { TokenizedExample } from "../../training_data/tokenized_example.ts";
import type { StartingStudent } from "../starting_student.ts";

/** Most tokens of an example, where a student reads more and no limit is given: the paper's. */
const MAX_TOKENS = 10_240;

/** Sources of training data. */
export type TrainingSource =
  | string
  | readonly string[]
  | readonly Conversation[]
  | readonly TokenizedExample[];

/** Options of reading the data. */
export interface TrainingExamplesOptions {
  /** Longest example, in tokens. @default what the student reads, at most 10,240 */
  readonly maxTokens?: number;
  /**
   * Paradigm of the run's trajectories to use.
   * @default the agent's, or else those that there are
   */
  readonly paradigm?: Paradigm;
  /** Leave out factual trajectories of a run without a search. @default false */
  readonly mustRetrieve?: boolean;
  /** Told what was rejected and left out. @default nobody */
  readonly progress?: Progress;
}

/** Examples for a student. */
export interface TrainingExamples {
  /** As token ids with a mask. */
  readonly examples: readonly TokenizedExample[];
  /** Number of conversations left out, by defect. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Origin of files and runs; null for data that was passed in directly. */
  readonly origin: StudentOrigin | null;
}

/** Number of left-out conversations that are named one by one. */
const NAMED = 10;

/**
 * The examples that a student is trained on.
 *
 * @param data paths of runs and files, conversations, or examples
 * @throws {Error} when none is left, or naming the file, line and field that cannot be read
 */
export async function trainingExamples(
  data: TrainingSource,
  { config, tokenizer }: StartingStudent,
  options: TrainingExamplesOptions,
): Promise<TrainingExamples> {
  const { paradigm, mustRetrieve, progress } = options;
  const longest = Math.min(config.max_position_embeddings, options.maxTokens ?? MAX_TOKENS);
  if (isPaths(data)) {
    const paths = typeof data === "string" ? [data] : data;
    const template = tokenizer.chatTemplate();
    const how = { tokenizer, template, maxTokens: longest, paradigm, mustRetrieve };
    const { examples, leftOut, notes, origin } = await loadTrainingData(paths, how);
    notes.forEach((note) => progress?.log(note));
    for (const { place, detail } of leftOut.slice(0, NAMED)) {
      progress?.log(`Left out ${place}: ${detail}`);
    }
    if (leftOut.length > NAMED) progress?.log(`... and ${leftOut.length - NAMED} more`);
    const counts = countsOf(leftOut);
    if (leftOut.length > 0) {
      const text = Object.entries(counts).map(([defect, n]) => `${defect} ${n}`).join(", ");
      progress?.log(
        `WARNING: ${leftOut.length} of ${
          examples.length + leftOut.length
        } rows are left out: ${text}`,
      );
    }
    return { examples, leftOut: counts, origin };
  }
  if (isTokenized(data)) return { examples: data, leftOut: {}, origin: null };
  const { examples, dropped } = tokenizeConversations(tokenizer, tokenizer.chatTemplate(), data, {
    maxTokens: longest,
  });
  if (examples.length > 0) return { examples, leftOut: countsOf(dropped), origin: null };
  throw new Error(
    `Cannot train: none of ${data.length} conversations can be trained on` +
      (dropped.length === 0 ? "" : `; the first, ${dropped[0].id}: ${dropped[0].detail}`),
  );
}

function countsOf(list: readonly { readonly defect: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { defect } of list) counts[defect] = (counts[defect] ?? 0) + 1;
  return counts;
}

function isPaths(data: TrainingSource): data is string | readonly string[] {
  return typeof data[0] === "string";
}

function isTokenized(
  data: readonly Conversation[] | readonly TokenizedExample[],
): data is readonly TokenizedExample[] {
  return data.length > 0 && "ids" in data[0];
}
