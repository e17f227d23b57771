import { join } from "node:path";
import { filterTrajectories } from "../../trajectories/filter_trajectories.ts";
import { createStudentModel } from "../../student/student_model.ts";
import { checkTrajectory } from "../../records/check.ts";
import { taskKey } from "../../records/task.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import { correctedRollout } from "../../trajectories/corrected_rollout.ts";
import { mapToJsonl } from "../../runs/map_to_jsonl.ts";
import { loadChatTemplate } from "../../tokenizer/load_chat_template.ts";
import { tokenizeConversations } from "../../training_data/tokenize_conversations.ts";
import { trainingConversation } from "../../training_data/training_conversation.ts";
import type { BaseModel } from "./base_model.ts";
import { type ActingContext, studentFolder } from "./distill_context.ts";
import { rolloutTasks } from "./lab_tasks.ts";
import { attemptSeed } from "../../runs/attempt_seed.ts";
import type { OpenTeacher } from "./teacher.ts";
import { fineTune } from "./train_students.ts";
import type { TrainingSummary } from "../../student/train/training_summary.ts";
import type { TrainingSet } from "./training_sets.ts";

/** Training data with rollouts, and the student that they are of. */
export interface SetsWithRollouts {
  /** The agent's set has the rollouts as well; the others are as they were. */
  readonly sets: readonly TrainingSet[];
  /** The student before the rollouts; null when none were asked for. */
  readonly before: TrainingSummary | null;
}

/** A student reads and writes for many agents together. */
const CONCURRENCY = 64;

/**
 * Trains an agent student on the teacher's trajectories, lets it act on further training tasks, where
 * the teacher rewrites its first wrong step, and adds the attempts that end well to the agent's
 * training data. The student that is evaluated is then trained on both, from the base model.
 *
 * @source arXiv 2509.14257 (SCoRe): the student acts, the teacher corrects the earliest error
 */
export async function addRollouts(
  context: ActingContext,
  teacher: OpenTeacher,
  sets: readonly TrainingSet[],
  base: BaseModel,
): Promise<SetsWithRollouts> {
  const { options } = context;
  if (options.rollouts === 0) return { sets, before: null };
  const agentSet = sets.find(({ paradigm }) => paradigm === "agent")!;
  const before = await fineTune(context, agentSet, base, {
    name: "agent student before rollouts",
    folder: BEFORE,
  });
  const { kept } = filterTrajectories(await actAndCorrect(context, teacher), {
    mustRetrieve: options.mustRetrieve,
  });
  const conversations = kept.map((trajectory) => trainingConversation(trajectory, null));
  const added = tokenizeConversations(base.tokenizer, await loadChatTemplate(), conversations, {
    maxTokens: options.maxTokens,
  });
  const both: TrainingSet = {
    ...agentSet,
    trajectories: [...agentSet.trajectories, ...kept],
    examples: [...agentSet.examples, ...added.examples],
    dropped: [...agentSet.dropped, ...added.dropped],
    tokens: agentSet.tokens + added.tokens,
    trainedTokens: agentSet.trainedTokens + added.trainedTokens,
  };
  return { sets: sets.map((set) => set === agentSet ? both : set), before };
}

const BEFORE = "agent-before-rollouts";

async function actAndCorrect(context: ActingContext, teacher: OpenTeacher): Promise<Trajectory[]> {
  const { lab, options, run, signal } = context;
  const { maxSteps, stepTokens: maxNewTokens } = options;
  const tasks = rolloutTasks(options);
  const model = await createStudentModel(studentFolder(context, BEFORE), { name: "agent student" });
  const student = lab.agent(model, { systemPrompt: "short", maxSteps, maxNewTokens });
  const corrector = lab.agent(teacher.model, {
    ...teacher.sampling,
    ...(teacher.stepTokens === undefined ? {} : { maxNewTokens: teacher.stepTokens }),
    systemPrompt: teacher.systemPrompt,
    maxSteps,
  });
  const stage = context.progress.stage("rollouts", tasks.length);
  try {
    const trajectories = await mapToJsonl({
      path: join(run.path, "trajectories", "rollouts.jsonl"),
      items: tasks,
      itemId: taskKey,
      rowId: (trajectory: Trajectory) => taskKey(trajectory.task),
      check: checkTrajectory,
      concurrency: CONCURRENCY,
      signal,
      onProgress: (done) => stage.update(done),
    }, async (task, signal) => {
      const seed = attemptSeed(options.seed, "rollout", task);
      const attempt = { task, seed, signal };
      return (await correctedRollout({ student, teacher: corrector }, attempt)).trajectory;
    });
    stage.done();
    return trajectories;
  } finally {
    await model.dispose();
  }
}
