import { join } from "node:path";
import { shortSystemPrompt } from "../../agent/agent_prompt.ts";
import { filterTrajectories, type Selection } from "../../trajectories/filter_trajectories.ts";
import type { Paradigm, Trajectory } from "../../records/trajectory.ts";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";
import { writeJsonl } from "../../runs/jsonl.ts";
import { loadChatTemplate } from "../../tokenizer/load_chat_template.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { trainTokenizer } from "../../tokenizer/train_tokenizer.ts";
import {
  type Conversation,
  tokenizeConversations,
  type TokenizedConversations,
} from "../../training_data/tokenize_conversations.ts";
import { trainingConversation } from "../../training_data/training_conversation.ts";
import type { StartingStudent } from "../../student/starting_student.ts";
import type { DistillContext } from "./distill_context.ts";
import { studentParadigms } from "./system_facts.ts";
import type { TeacherTrajectories } from "./teach.ts";

/** Training data of one paradigm. */
export interface TrainingSet extends TokenizedConversations {
  /** The student that learns from it. */
  readonly paradigm: Paradigm;
  /** Kept trajectories, and reasons against the others. */
  readonly filter: Selection;
  /** Sources of the examples: the kept trajectories, and rollouts where there are any. */
  readonly trajectories: readonly Trajectory[];
}

/** Kept trajectories of one paradigm as conversations. */
export interface KeptConversations {
  /** The student that learns from them. */
  readonly paradigm: Paradigm;
  /** Kept trajectories, and reasons against the others. */
  readonly filter: Selection;
  /** The kept trajectories, as a student is to see them. */
  readonly conversations: readonly Conversation[];
}

/**
 * Filters the teacher's trajectories and writes the kept ones as conversations (`data/*.jsonl`) and
 * the rejected ones with their reasons.
 *
 * @param leaked test questions that are not to be trained on
 * @source paper, section 3.2
 */
export async function keepConversations(
  context: DistillContext,
  taught: TeacherTrajectories,
  paradigms: readonly Paradigm[] = studentParadigms(context.options),
  leaked: readonly string[] = [],
): Promise<KeptConversations[]> {
  const short = shortSystemPrompt(context.prompts);
  const data = join(context.run.path, "data");
  const kept: KeptConversations[] = [];
  const { mustRetrieve } = context.options;
  for (const paradigm of paradigms) {
    const filter = filterTrajectories(taught[paradigm], {
      mustRetrieve,
      ...(leaked.length === 0 ? {} : { testQuestions: leaked }),
    });
    const conversations = filter.kept.map((trajectory) =>
      trainingConversation(trajectory, paradigm === "agent" ? short : null)
    );
    await writeJsonl(join(data, `${paradigm}.jsonl`), conversations);
    await writeJsonl(
      join(data, `${paradigm}-rejected.jsonl`),
      filter.rejected.map(({ trajectory, reasons }) => ({ id: trajectory.id, reasons })),
    );
    kept.push({ paradigm, filter, conversations });
  }
  return kept;
}

/** Learns a tokenizer from the kept conversations and a base model's text. */
export async function learnTokenizer(
  kept: readonly KeptConversations[],
  plainTexts: readonly string[],
  vocabSize: number,
): Promise<Tokenizer> {
  const texts = kept.flatMap(({ conversations }) =>
    conversations.flatMap(({ messages }) => messages.map(({ content }) => content))
  );
  return trainTokenizer([...plainTexts, ...texts], await loadChatTemplate(), { vocabSize });
}

/** A student that there is no data for. */
export interface LeftOutStudent {
  /** What it would have learned. */
  readonly paradigm: Paradigm;
  /** Clause that says why, with the counts of the filter. */
  readonly reason: string;
}

/** Training sets, and the students that are left out for want of one. */
export interface MadeSets {
  /** One per student. */
  readonly sets: readonly TrainingSet[];
  /** Those without an example. */
  readonly leftOut: readonly LeftOutStudent[];
}

/**
 * Tokenizes the kept conversations with the student's tokenizer and chat template, the loss masked to the
 * assistant's tokens.
 *
 * @throws {Error} when no paradigm has a conversation left
 */
export async function makeTrainingSets(
  context: DistillContext,
  kept: readonly KeptConversations[],
  start: Pick<StartingStudent, "tokenizer" | "config">,
): Promise<MadeSets> {
  const made = kept.map((one) => makeTrainingSet(context, one, start));
  return await gatherTrainingSets(context, made);
}

/** One paradigm's training set, or why there is none; see {@link makeTrainingSets}. */
export function makeTrainingSet(
  { progress, options }: DistillContext,
  { paradigm, filter, conversations }: KeptConversations,
  { tokenizer, config }: Pick<StartingStudent, "tokenizer" | "config">,
): TrainingSet | LeftOutStudent {
  const maxTokens = Math.min(options.maxTokens, config.max_position_embeddings);
  const stage = progress.stage(`training data, ${paradigm}`, null);
  const template = tokenizer.chatTemplate();
  const tokenized = tokenizeConversations(tokenizer, template, conversations, { maxTokens });
  stage.update(tokenized.examples.length, `of ${conversations.length} kept`);
  stage.done();
  if (tokenized.examples.length > 0) {
    return { ...tokenized, paradigm, filter, trajectories: filter.kept };
  }
  const why = whyNone(filter, tokenized);
  return { paradigm, reason: `no trajectory is left after filtering${why}` };
}

/**
 * Tells which students are left out, and writes what the others learn from as `data/summary.json`.
 *
 * @throws {Error} when all are left out
 */
export async function gatherTrainingSets(
  { progress, run }: DistillContext,
  made: readonly (TrainingSet | LeftOutStudent)[],
): Promise<MadeSets> {
  const sets = made.filter((one): one is TrainingSet => "examples" in one);
  const leftOut = made.filter((one): one is LeftOutStudent => "reason" in one);
  if (sets.length === 0) {
    const [{ paradigm, reason }] = leftOut;
    throw new Error(`Cannot train the ${paradigm} student: ${reason}`);
  }
  for (const { paradigm, reason } of leftOut) {
    progress.log(`WARNING: the ${paradigm} student is left out: ${reason}`);
  }
  await writeJsonAtomic(join(run.path, "data", "summary.json"), sets.map(summary));
  return { sets, leftOut };
}

/** What the filter and the tokenizer left out, the most frequent reason first. */
function whyNone(
  { rejected, counts }: Selection,
  { dropped }: TokenizedConversations,
): string {
  const reasons = Object.entries(counts).sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason} ${count}`);
  return [
    ...(rejected.length === 0 ? [] : [`; ${rejected.length} are rejected (${reasons.join(", ")})`]),
    ...(dropped.length === 0 ? [] : [
      `; ${dropped.length} are no training example, the first, ${dropped[0].id}: ${
        dropped[0].detail
      }`,
    ]),
  ].join("");
}

function summary(set: TrainingSet) {
  return {
    paradigm: set.paradigm,
    kept: set.filter.kept.length,
    rejected: set.filter.rejected.length,
    reasons: set.filter.counts,
    examples: set.examples.length,
    dropped: set.dropped,
    tokens: set.tokens,
    trainedTokens: set.trainedTokens,
  };
}
