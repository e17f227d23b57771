import type { CandidateState } from "../../agent/run_candidates.ts";
import type { VoteKey } from "../../agent/vote.ts";
import type { ChatModel } from "../../models/chat_model.ts";
import type { Task } from "../../records/task.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import type { ActingContext } from "./distill_context.ts";
import { chosenSystems, studentOf, type SystemSlug } from "./distill_options.ts";
import type { OpenTeacher } from "./teacher.ts";

/** The models that a distillation evaluates. */
export interface EvaluatedModels {
  /** Author of the training data. */
  readonly teacher: OpenTeacher;
  /** Trained on CoT answers; absent when it is not trained. */
  readonly cotStudent?: ChatModel;
  /** Trained on CoT answers with retrieved passages in the prompt; absent when it is not trained. */
  readonly cotRagStudent?: ChatModel;
  /** Trained on agent trajectories. */
  readonly agentStudent: ChatModel;
}

/** A row of the main table: a model with a way to use it. */
export interface EvaluatedSystem {
  /** Shown in tables. */
  readonly name: string;
  /** Names the system's file. */
  readonly slug: SystemSlug;
  /** One sentence on how it was trained and is asked, for the report. */
  readonly description: string;
  /** The distilled model, or null for the teacher. */
  readonly student: string | null;
  /** Makes one attempt at a task. */
  solve(task: Task, seed: number, signal: AbortSignal): Promise<Trajectory>;
}

/** Names of the systems in tables, given the number of samples. */
export function systemName(slug: SystemSlug, samples: number): string {
  const names: Readonly<Record<SystemSlug, string>> = {
    "teacher-cot": "teacher CoT",
    "teacher-agent": "teacher agent",
    "cot-student": "CoT student",
    "cot-student-majority": `CoT student, majority of ${samples}`,
    "cot-rag-student": "CoT + RAG student",
    "agent-student": "agent student",
    "agent-student-sag": `agent student, sag ${samples}`,
  };
  return names[slug];
}

/** The systems of the main table that the settings ask for, in its order. */
export function evaluatedSystems(
  context: ActingContext,
  models: EvaluatedModels,
): EvaluatedSystem[] {
  const { samples, topK, voteOn, candidateState } = context.options;
  const { teacher, cotStudent, cotRagStudent, agentStudent } = models;
  const { sampling, systemPrompt } = teacher;
  const who = teacher.description[0].toUpperCase() + teacher.description.slice(1);
  const description: Readonly<Record<SystemSlug, string>> = {
    "teacher-cot": `${who}; by chain of thought from what it remembers.`,
    "teacher-agent": `${who}; with search and Python: the source of the agent's data.`,
    "cot-student": "Trained on the teacher's CoT answers; greedy.",
    "cot-student-majority": "The same student: the most frequent of several sampled answers.",
    "cot-rag-student":
      `Trained and asked with the ${topK} passages found for the question; greedy.`,
    "agent-student": "Trained on the teacher's agent trajectories; greedy.",
    "agent-student-sag":
      "The same student with self-consistent action generation: candidates are run, and vote.",
  };
  const solve: Readonly<Record<SystemSlug, () => EvaluatedSystem["solve"]>> = {
    "teacher-cot": () => cot(context, teacher.model, { ...sampling, samples: 1, passages: 0 }),
    "teacher-agent": () => agent(context, teacher.model, { ...sampling, samples: 1, systemPrompt }),
    "cot-student": () => cot(context, cotStudent!, { samples: 1, passages: 0 }),
    "cot-student-majority": () => cot(context, cotStudent!, { samples, passages: 0 }),
    "cot-rag-student": () => cot(context, cotRagStudent!, { samples: 1, passages: topK }),
    "agent-student": () => agent(context, agentStudent, { samples: 1, systemPrompt: "short" }),
    "agent-student-sag": () =>
      agent(context, agentStudent, { samples, systemPrompt: "short", voteOn, candidateState }),
  };
  return chosenSystems(context.options).map((slug) => ({
    name: systemName(slug, samples),
    slug,
    description: description[slug],
    student: studentOf(slug),
    solve: solve[slug](),
  }));
}

function cot(
  { lab, options }: ActingContext,
  model: ChatModel,
  how: { readonly samples: number; readonly passages: number; readonly temperature?: number },
): EvaluatedSystem["solve"] {
  return (task, seed, signal) =>
    lab.answer(model, task, { ...how, maxNewTokens: options.cotTokens, seed, signal });
}

function agent(
  { lab, options }: ActingContext,
  model: ChatModel,
  how: {
    readonly samples: number;
    readonly systemPrompt: "long" | "short";
    readonly temperature?: number;
    readonly voteOn?: VoteKey;
    readonly candidateState?: CandidateState;
  },
): EvaluatedSystem["solve"] {
  const { maxSteps, stepTokens: maxNewTokens } = options;
  return (task, seed, signal) =>
    lab.solve(model, task, { ...how, maxSteps, maxNewTokens, seed, signal });
}
