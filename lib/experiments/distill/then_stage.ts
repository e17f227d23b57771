import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ImproveRound } from "../../improvement/improve_round.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import { readInputJson } from "../../runs/read_input.ts";
import { createStudentModel, type StudentModel } from "../../student/student_model.ts";
import { isOfTeacher, isScored } from "../improve/improve_options.ts";
import { roundName } from "../improve/round_lessons.ts";
import { improveOn } from "../improve/run_improve.ts";
import { type PlannedContext, studentFolder } from "./distill_context.ts";
import { studentNames } from "./system_facts.ts";
import { checkedStoredTeacher } from "./stored_teacher.ts";
import { parseThen } from "./then_options.ts";

/** Folder in a run of the student that goes on. */
export const THEN_FOLDER = "then";

/** File of the attempts that the first round begins with, where a method makes any. */
export const THEN_FIRST_ATTEMPTS = `${THEN_FOLDER}/rollouts/${roundName(1)}.jsonl`;

/** File that a finished stage has: it is written last. */
export const THEN_MARKER = `${THEN_FOLDER}/report.html`;

/**
 * Lets the agent student go on as `then` says, on the run's training tasks; a stage that is finished is
 * read.
 *
 * @param taught the teacher's kept trajectories
 * @returns the rounds
 * @throws {Error} as `improve`
 */
export async function goOn(
  context: PlannedContext,
  taught: readonly Trajectory[],
): Promise<ImproveRound[]> {
  const { options, run, plan, bench, prompts, progress, signal, abortSignal } = context;
  const out = join(run.path, THEN_FOLDER);
  if (existsSync(join(run.path, THEN_MARKER))) return await readRounds(run.path);
  const { method, rounds } = parseThen(options.then!);
  const { adaptation, loraRank, loraAlpha, maxSteps, maxNewTokens } = options;
  const ofTeacher = isOfTeacher(method);
  const replays = ofTeacher || method === "reopd";
  const result = await improveOn({
    settings: {
      student: studentFolder(context, "agent"),
      method,
      rounds,
      train: options.train,
      tasksPerRound: options.thenTasks,
      ...(ofTeacher ? {} : { attempts: options.thenAttempts, maxNewTokens }),
      ...(replays ? { trajectories: run.path } : { maxSteps }),
      ...(isScored(method) ? { teacher: options.thenTeacher ?? checkedStoredTeacher() } : {}),
      roundTokens: options.thenTokens,
      learningRate: options.thenLearningRate,
      batchTokens: options.batchTokens,
      device: options.device,
      adaptation,
      ...(adaptation === "lora" ? { loraRank, loraAlpha } : {}),
      seed: options.seed,
    },
    out,
    resume: existsSync(join(out, "manifest.json")),
    progress,
    signal,
    abortSignal,
  }, { tasks: plan.train, replayed: replays ? taught : [], search: plan.search, prompts, bench });
  return [...result.rounds];
}

/** Opens the student that has gone on. */
export function openImproved({ run, options }: PlannedContext): Promise<StudentModel> {
  return createStudentModel(join(run.path, THEN_FOLDER, "student"), {
    name: studentNames.agent,
    weightType: options.weightType,
  });
}

/** The rounds of the stage of a run's folder. @throws {Error} naming the file that cannot be read */
export async function readRounds(path: string): Promise<ImproveRound[]> {
  const file = join(path, THEN_FOLDER, "rounds.json");
  return await readInputJson(file) as ImproveRound[];
}
