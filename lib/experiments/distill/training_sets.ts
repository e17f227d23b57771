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
 * @source paper, section 3.2
 */
export async function keepConversations(
  context: DistillContext,
  taught: TeacherTrajectories,
  paradigms: readonly Paradigm[] = studentParadigms(context.options),
): Promise<KeptConversations[]> {
  const short = shortSystemPrompt(context.prompts);
  const data = join(context.run.path, "data");
  const kept: KeptConversations[] = [];
  const { mustRetrieve } = context.options;
  for (const paradigm of paradigms) {
    const filter = filterTrajectories(taught[paradigm], { mustRetrieve });
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

/**
 * Tokenizes the kept conversations with the student's tokenizer and chat template, the loss masked to the
 * assistant's tokens.
 *
 * @throws {Error} when a paradigm has no conversation left
 */
export async function makeTrainingSets(
  context: DistillContext,
  kept: readonly KeptConversations[],
  { tokenizer, config }: Pick<StartingStudent, "tokenizer" | "config">,
): Promise<TrainingSet[]> {
  const { progress, options } = context;
  const maxTokens = Math.min(options.maxTokens, config.max_position_embeddings);
  const stage = progress.stage("training data", null);
  const template = tokenizer.chatTemplate();
  const sets = kept.map(({ paradigm, filter, conversations }) => {
    const tokenized = tokenizeConversations(tokenizer, template, conversations, { maxTokens });
    if (tokenized.examples.length === 0) {
      throw new Error(
        `Cannot train the ${paradigm} student: no trajectory is left after filtering` +
          whyNone(filter, tokenized),
      );
    }
    return { ...tokenized, paradigm, filter, trajectories: filter.kept };
  });
  await writeJsonAtomic(join(context.run.path, "data", "summary.json"), sets.map(summary));
  stage.update(
    sets.reduce((sum, set) => sum + set.examples.length, 0),
    sets.map((set) => `${set.paradigm} ${set.examples.length}`).join(", "),
  );
  stage.done();
  return sets;
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
