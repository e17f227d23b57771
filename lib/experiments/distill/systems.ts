import type { AgentOptions } from "../../agent/agent_options.ts";
import type { CotOptions } from "../../agent/run_cot.ts";
import type { Making } from "../../generation/run_attempts.ts";
import {
  attemptAgent,
  attemptCot,
  type Attempted,
  type AttemptSetup,
} from "../../generation/solve_attempt.ts";
import type { Task } from "../../records/task.ts";
import type { StudentModel } from "../../student/student_model.ts";
import type { ActingContext, PlannedContext } from "./distill_context.ts";
import { studentOf, systemFacts, type SystemSlug } from "./system_facts.ts";
import { isOfTeacher } from "../improve/improve_options.ts";
import { parseThen } from "./then_options.ts";
import { localSetup, teacherSetup } from "./make_attempts.ts";
import type { OpenBase } from "./students.ts";
import type { OpenTeacher } from "./teacher.ts";

/** A row of the main table: a model with a way to use it. */
export interface EvaluatedSystem {
  /** Shown in tables. */
  readonly name: string;
  /** Names the system's file. */
  readonly slug: SystemSlug;
  /** One sentence on how it was trained and is asked, for the report. */
  readonly description: string;
  /** The distilled model, or null for the teacher and the untrained base model. */
  readonly student: string | null;
  /** Attempts under way at once. @default many, for models that read and write for many together */
  readonly concurrency?: number;
  /** Take refused requests as failed attempts, however many there are. @default false */
  readonly acceptRefusals?: boolean;
  /** Makes one attempt at a task. */
  solve(task: Task, seed: number, making: Making): Promise<Attempted>;
}

/** The name of each system in tables, given the number of candidates and how the student goes on. */
export function systemName(
  slug: SystemSlug,
  candidates: number,
  then: string | null = null,
): string {
  const names: Readonly<Record<SystemSlug, string>> = {
    "teacher-cot": "teacher CoT",
    "teacher-agent": "teacher agent",
    "base-cot": "base model CoT",
    "base-agent": "base model agent",
    "cot-student": "CoT student",
    "cot-student-majority": `CoT student, majority of ${candidates}`,
    "cot-rag-student": "CoT + RAG student",
    "agent-student": "agent student",
    "agent-student-sag": `agent student, sag ${candidates}`,
    "agent-student-then": `agent student, then${then === null ? "" : ` ${parseThen(then).method}`}`,
  };
  return names[slug];
}

type Setup = (making: Making) => AttemptSetup;
type Way = { readonly description: string } & Pick<EvaluatedSystem, "solve">;

/** The model that a system asks: one of them is there. */
export interface AskedModel {
  /** Null when a run is the teacher; it is then not evaluated. */
  readonly teacher: OpenTeacher | null;
  /** The system's student. */
  readonly student: StudentModel | null;
  /** The untrained model. */
  readonly base: OpenBase | null;
}

/** A planned system, ready to be evaluated. */
export async function evaluatedSystem(
  context: PlannedContext,
  slug: SystemSlug,
  { teacher, student: model, base }: AskedModel,
): Promise<EvaluatedSystem> {
  const { candidates, topK, voteOn, candidateState, constrainTurns, then } = context.options;
  const asks = teacher === null ? null : await teacherSetup(context, teacher);
  const who = teacher === null
    ? ""
    : teacher.description[0].toUpperCase() + teacher.description.slice(1);
  const asTeacher = teacher === null ? {} : {
    concurrency: teacher.concurrency,
    acceptRefusals: teacher.acceptRefusals,
  };
  const student = (): Setup => localSetup(context, model!);
  const untrained = (): Setup => localSetup(context, base!.model);
  const ways: Readonly<Record<SystemSlug, () => Way>> = {
    "teacher-cot": () => ({
      description: `${who}; by chain of thought from what it remembers.`,
      solve: cot(context, asks!, {
        ...teacher!.sampling,
        maxNewTokens: teacher!.cotMaxNewTokens,
        passages: 0,
      }),
    }),
    "teacher-agent": () => ({
      description: `${who}; with tools: the source of the agent's data.`,
      solve: agent(context, asks!, {
        ...teacher!.sampling,
        ...(teacher!.maxNewTokens === undefined ? {} : { maxNewTokens: teacher!.maxNewTokens }),
        systemPrompt: teacher!.systemPrompt,
      }),
    }),
    "base-cot": () => ({
      description: "The students' base model, untrained, by chain-of-thought prompting; greedy.",
      solve: cot(context, untrained(), { passages: 0 }),
    }),
    "base-agent": () => ({
      description: "The students' base model, untrained, prompted as an agent with the " +
        `${base!.systemPrompt} system prompt; greedy.`,
      solve: agent(context, untrained(), { systemPrompt: base!.systemPrompt, constrainTurns }),
    }),
    "cot-student": () => ({
      description: "Trained on the teacher's CoT answers; greedy.",
      solve: cot(context, student(), { passages: 0 }),
    }),
    "cot-student-majority": () => ({
      description: "The same student: the most frequent of several sampled answers.",
      solve: cot(context, student(), { samples: candidates, passages: 0 }),
    }),
    "cot-rag-student": () => ({
      description: `Trained and asked with the ${topK} passages found for the question; greedy.`,
      solve: cot(context, student(), { passages: topK }),
    }),
    "agent-student": () => ({
      description: "Trained on the teacher's agent trajectories; greedy.",
      solve: agent(context, student(), { systemPrompt: "short", constrainTurns }),
    }),
    "agent-student-sag": () => ({
      description:
        "The same student with self-consistent action generation: candidates are run, and vote.",
      solve: agent(context, student(), {
        candidates,
        systemPrompt: "short",
        voteOn,
        candidateState,
        constrainTurns,
      }),
    }),
    "agent-student-then": () => ({
      description: `The agent student after ${then}: ${roundsText(then!)}; greedy.`,
      solve: agent(context, student(), { systemPrompt: "short", constrainTurns }),
    }),
  };
  return {
    name: systemName(slug, candidates, then),
    slug,
    student: studentOf(slug),
    ...(systemFacts[slug].asks === "teacher" ? asTeacher : {}),
    ...ways[slug](),
  };
}

function roundsText(then: string): string {
  const { method, rounds } = parseThen(then);
  const what = isOfTeacher(method) ? "the teacher's trajectories" : "its own attempts";
  return `${rounds} further round${rounds === 1 ? "" : "s"} of learning from ${what}`;
}

function cot(
  { options }: ActingContext,
  setup: Setup,
  how: CotOptions,
): EvaluatedSystem["solve"] {
  const maxNewTokens = options.cotMaxNewTokens;
  return (task, seed, making) =>
    attemptCot(setup(making), task, { maxNewTokens, ...how, seed, signal: making.signal });
}

function agent(
  { options }: ActingContext,
  setup: Setup,
  how: AgentOptions & { readonly systemPrompt: "long" | "short" },
): EvaluatedSystem["solve"] {
  const { maxSteps, maxNewTokens } = options;
  return (task, seed, making) =>
    attemptAgent(setup(making), task, {
      maxSteps,
      maxNewTokens,
      ...how,
      seed,
      signal: making.signal,
    });
}
