import { join } from "node:path";
import { filterTrajectories } from "../../trajectories/filter_trajectories.ts";
import { createStudentModel } from "../../student/student_model.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import { correctedRollout } from "../../trajectories/corrected_rollout.ts";
import { noteOf } from "../../generation/run_generation.ts";
import { recordedAgent } from "../../generation/solve_attempt.ts";
import { tokenizeConversations } from "../../training_data/tokenize_conversations.ts";
import { trainingConversation } from "../../training_data/training_conversation.ts";
import type { BaseModel } from "./base_model.ts";
import { type PlannedContext, studentFolder } from "./distill_context.ts";
import { makeAttempts, teacherSetup } from "./make_attempts.ts";
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
  context: PlannedContext,
  teacher: OpenTeacher | null,
  sets: readonly TrainingSet[],
  base: BaseModel,
): Promise<SetsWithRollouts> {
  const { options } = context;
  const agentSet = sets.find(({ paradigm }) => paradigm === "agent");
  if (options.rollouts === 0 || teacher === null || agentSet === undefined) {
    return { sets, before: null };
  }
  const before = await fineTune(context, agentSet, base, {
    name: "agent student before rollouts",
    folder: BEFORE,
  });
  const { kept } = filterTrajectories(await actAndCorrect(context, teacher), {
    mustRetrieve: options.mustRetrieve,
  });
  const conversations = kept.map((trajectory) => trainingConversation(trajectory, null));
  const added = tokenizeConversations(
    base.tokenizer,
    base.tokenizer.chatTemplate(),
    conversations,
    {
      maxTokens: options.maxTokens,
    },
  );
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

async function actAndCorrect(
  context: PlannedContext,
  teacher: OpenTeacher,
): Promise<Trajectory[]> {
  const { bench, options, run, plan } = context;
  const { maxSteps, maxNewTokens } = options;
  const model = await createStudentModel(studentFolder(context, BEFORE), { name: "agent student" });
  const student = bench.agent(model, { systemPrompt: "short", maxSteps, maxNewTokens });
  const corrector = {
    ...teacher.sampling,
    ...(teacher.maxNewTokens === undefined ? {} : { maxNewTokens: teacher.maxNewTokens }),
    systemPrompt: teacher.systemPrompt,
    maxSteps,
  };
  const setup = await teacherSetup(context, teacher);
  try {
    return await makeAttempts(context, {
      stage: "rollouts",
      path: join(run.path, "trajectories", "rollouts.jsonl"),
      tasks: plan.rollouts,
      concurrency: teacher.store === null ? CONCURRENCY : teacher.concurrency,
      acceptRefusals: teacher.acceptRefusals,
      note: (tally) => noteOf(tally, teacher.usage()),
      attempt: (task, making) => {
        const attempt = { task, seed: attemptSeed(options.seed, "rollout", task), ...making };
        // The student's turns are made again when a rollout is resumed; the teacher's are not paid twice.
        return recordedAgent(
          setup(making),
          task,
          { ...corrector, seed: attempt.seed },
          async ({ model }) => {
            const teacher = bench.agent(model, corrector);
            return (await correctedRollout({ student, teacher }, attempt)).trajectory;
          },
        );
      },
    });
  } finally {
    await model.dispose();
  }
}
