import { join } from "node:path";
import { loadPrompts, type PromptSet } from "../../agent/prompts/prompt_set.ts";
import { checkSameTokenizer, divergenceFrom, tokenScores } from "../../improvement/token_scores.ts";
import { collapseOf } from "../../improvement/round_figures.ts";
import { sampledTokens } from "../../improvement/episode.ts";
import { updatePolicy } from "../../improvement/update_policy.ts";
import { providerOf } from "../../onnx/device.ts";
import type { JsonValue } from "../../records/json.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";
import { sha256OfJson } from "../../runs/hash.ts";
import { weightsSha256 } from "../../student/checkpoint/weights_hash.ts";
import { findStudent } from "../../student/find_student.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import { openRun, type RunFolder } from "../../runs/run_folder.ts";
import { parameterCount } from "../../student/config.ts";
import { saveStudent } from "../../student/export/save_student.ts";
import type { StudentParts } from "../../student/generate/engine_options.ts";
import { resolveLora } from "../../student/lora/lora_config.ts";
import { mergeAdapter } from "../../student/lora/merge_adapter.ts";
import { openStartingStudent } from "../../student/starting_student.ts";
import { createStudentModel, type StudentModel } from "../../student/student_model.ts";
import { LARGE_STUDENT, trainingDefaults } from "../../student/train/training_defaults.ts";
import { Trainer } from "../../student/train/trainer.ts";
import { mergeOrigins } from "../../training_data/student_origin.ts";
import { filterTrajectories } from "../../trajectories/filter_trajectories.ts";
import { type LoadedTrajectories, loadTrajectories } from "../../trajectories/load_trajectories.ts";
import { openWorkbench } from "../../workbench/open_workbench.ts";
import type { Workbench } from "../../workbench/workbench.ts";
import { loadTaskSets, parseTaskSets } from "../distill/task_sets.ts";
import {
  checkImproveOptions,
  defaultRate,
  type ImproveOptions,
  isLikelihood,
} from "./improve_options.ts";
import { writeImproveReport } from "../../report/improve_report.ts";
import { endOf, type ImproveEnd, type ImproveRound } from "../../improvement/improve_round.ts";
import { improvedOrigins } from "./improved_origin.ts";
import { type RoundContext, roundLessons, roundName } from "./round_lessons.ts";
import { timedRound } from "./round_time.ts";

/** Settings of {@link improve}. */
export interface ImproveRequest {
  /** What is learned, and how. */
  readonly settings: Partial<ImproveOptions>;
  /** Folder that the run is stored in. @default a new folder in `data/runs/` */
  readonly out?: string;
  /** Go on with an earlier run of the same settings. @default false */
  readonly resume?: boolean;
  /** Told of each stage as it goes. */
  readonly progress: Progress;
  /** Stops when attempts under way are stored; the run can then be resumed. */
  readonly signal?: AbortSignal;
  /** Stops at once. @default `signal` */
  readonly abortSignal?: AbortSignal;
}

/** Result of {@link improve}. */
export interface ImproveResult {
  /** The run's folder. */
  readonly path: string;
  /** Folder of the student after the last round, in Hugging Face's form. */
  readonly student: string;
  /** Records, one for each round. */
  readonly rounds: readonly ImproveRound[];
  /** Reason for the end. */
  readonly end: ImproveEnd;
  /** The rounds as a table of text. */
  readonly table: string;
  /** Path of `report.html`. */
  readonly reportPath: string;
}

/** Episodes that the divergence from the start is estimated from, at most. */
const MEASURED = 64;

/**
 * Improves a student by its own attempts: in each round it attempts tasks, lessons are made of what it
 * sampled, and it is trained on them. Attempts are stored as they come and the student after each
 * round, so that an interrupted run goes on and ends as an undisturbed one.
 *
 * @throws {RangeError} naming the setting that is at fault
 * @throws {Error} when the folder or stored data is at fault, or the signal's reason
 *
 * @example
 * ```ts
 * import { improve, openProgress } from "@potstill";
 * export const grpo = (student: string) =>
 *   improve({ settings: { student, method: "grpo", rounds: 2 }, progress: openProgress() });
 * ```
 */
export async function improve(request: ImproveRequest): Promise<ImproveResult> {
  const options = checkImproveOptions(request.settings);
  const sets = parseTaskSets(options.train, "train");
  const { tasks, notes } = await loadTaskSets(sets, {
    split: "train",
    labTasks: options.trainTasks,
    seed: options.seed,
  });
  const replayed = options.trajectories === null
    ? []
    : kept(await loadTrajectories(options.trajectories, options.paradigm), options.trajectories);
  const search = options.search ?? (sets.some(({ isLab }) => isLab) ? "lab" : "none");
  const prompts = await loadPrompts();
  await using bench = closing(await openWorkbench({ search, topK: options.topK, prompts }));
  notes.forEach((note) => request.progress.log(`Note: ${note}`));
  return await improveOn(request, { tasks, replayed, search, prompts, bench: bench.opened });
}

/** What a student is improved on. */
export interface ImproveSource extends Pick<RoundContext, "tasks" | "replayed" | "bench"> {
  /** What is searched, for the manifest. */
  readonly search: string;
  /** The prompts, for the manifest. */
  readonly prompts: PromptSet;
}

/** Improves a student on tasks and trajectories that are there, as {@link improve} does. */
export async function improveOn(
  request: ImproveRequest,
  { tasks, replayed, search, prompts, bench }: ImproveSource,
): Promise<ImproveResult> {
  const { progress, settings } = request;
  const options = checkImproveOptions(settings);
  const start = await openStartingStudent(options.student);
  await using ends = new AsyncDisposableStack();
  const teacher = await openTeacher(options, start);
  if (teacher !== null) ends.defer(() => teacher.dispose());
  // The hardware changes nothing but the last bits.
  const { device: _, ...identity } = options;
  const run = ends.use(
    await openRun({
      command: "improve",
      given: { ...settings } as Record<string, JsonValue>,
      resolved: {
        ...identity,
        search,
        // How long it may go on is no part of what it is.
        rounds: null,
        minutes: null,
        tokens: null,
        studentSha256: start.base?.sha256 ?? null,
        teacherSha256: await teacherHash(options),
        tasksSha256: sha256OfJson(tasks),
        replayedSha256: sha256OfJson(replayed),
      },
      lacking: { mostPasses: options.mostPasses },
      prompts: prompts.hashes,
      out: request.out,
      resume: request.resume,
    }),
  );
  progress.log(`${run.resumed ? "Resuming" : "Run"} ${run.path}`);
  const signal = AbortSignal.any([run.lost, ...request.signal ? [request.signal] : []]);
  const { abortSignal = signal } = request;
  const context = { options, path: run.path, bench, tasks, teacher, replayed, progress };
  return await runRounds({ ...context, signal, abortSignal }, run, start);
}

function closing(opened: Workbench) {
  return { opened, [Symbol.asyncDispose]: () => opened.close() };
}

type Start = Awaited<ReturnType<typeof openStartingStudent>>;

async function openTeacher(
  { teacher }: ImproveOptions,
  { tokenizer, config }: Start,
): Promise<StudentModel | null> {
  if (teacher === null) return null;
  const model = await createStudentModel(teacher);
  try {
    checkSameTokenizer(tokenizer, model.engine.tokenizer, teacher);
    if (model.contextTokens < config.max_position_embeddings) {
      throw new RangeError(
        `Cannot learn from the teacher ${teacher}: it reads ${model.contextTokens} tokens, and the ` +
          `student ${config.max_position_embeddings}`,
      );
    }
  } catch (error) {
    await model.dispose();
    throw error;
  }
  return model;
}

async function teacherHash({ teacher }: ImproveOptions): Promise<string | null> {
  return teacher === null ? null : await weightsSha256((await findStudent(teacher)).path);
}

async function runRounds(
  context: RoundContext,
  run: RunFolder,
  start: Start,
): Promise<ImproveResult> {
  const { options, path, progress, signal } = context;
  const { config, tokenizer, weights } = start;
  const defaults = trainingDefaults(config, options.adaptation);
  const lora = options.adaptation === "full"
    ? null
    : { rank: options.loraRank, alpha: options.loraAlpha, dropout: 0 };
  await using trainer = await Trainer.create(config, weights, {
    lora,
    seed: options.seed,
    epsilon: defaults.adamEpsilon,
    weightDecay: 0,
    executionProvider: providerOf(options.device),
  });
  await using reference = disposable(await createStudentModel({ config, weights, tokenizer }));
  const state = join(path, "state");
  const saved = await trainer.loadState(state);
  const rounds: ImproveRound[] = saved === null ? [] : JSON.parse(saved.note);
  // The state is ahead of the list where the process was killed between the two.
  if (rounds.length > 0) await writeJsonAtomic(join(path, "rounds.json"), rounds);
  const parts = async (): Promise<StudentParts> => {
    const trained = await trainer.weights();
    const own = lora === null ? trained : mergeAdapter(config, weights, resolveLora(lora), trained);
    return { config, weights: own, tokenizer };
  };
  let end = endOf(rounds, options);
  while (end === null) {
    signal.throwIfAborted();
    const record = await timedRound(
      path,
      rounds.length + 1,
      async () => await oneRound(context, trainer, await parts(), reference.model, rounds),
    );
    rounds.push(record);
    await saveStudent(join(path, "rounds", roundName(record.round)), await parts(), {
      onnx: false,
    });
    await trainer.saveState(state, JSON.stringify(rounds));
    await writeJsonAtomic(join(path, "rounds.json"), rounds);
    if (record.collapse !== null) {
      progress.log(`WARNING: round ${record.round}: ${record.collapse}`);
    }
    end = endOf(rounds, options);
  }
  const student = join(path, "student");
  await saveStudent(student, await parts(), {
    onnx: parameterCount(config) < LARGE_STUDENT,
    origin: mergeOrigins(
      [
        ...start.origin ? [start.origin] : [],
        ...await improvedOrigins(context, start.base, rounds.length),
      ],
      start.base,
    ),
    card: { name: run.manifest.id, command: "improve" },
  });
  const report = await writeImproveReport(path, { rounds, method: options.method });
  return { path, student, rounds, end, table: report.text, reportPath: report.path };
}

/** The trajectories that the filter keeps. @throws {Error} when these are none */
function kept({ trajectories }: LoadedTrajectories, path: string): readonly Trajectory[] {
  const { kept, counts } = filterTrajectories(trajectories);
  if (kept.length > 0) return kept;
  const reasons = Object.entries(counts).map(([reason, count]) => `${reason} ${count}`).join(", ");
  throw new Error(
    `Cannot improve: of the ${trajectories.length} trajectories of ${path} the filter keeps none` +
      (reasons === "" ? "" : ` (${reasons})`),
  );
}

async function oneRound(
  context: RoundContext,
  trainer: Trainer,
  parts: StudentParts,
  reference: StudentModel,
  rounds: readonly ImproveRound[],
): Promise<Omit<ImproveRound, "durationMs">> {
  const { options, progress, signal } = context;
  const round = rounds.length + 1;
  const student = await createStudentModel(parts, { name: options.student! });
  let made: Awaited<ReturnType<typeof roundLessons>>;
  try {
    made = await roundLessons(context, student, round);
  } finally {
    await student.dispose();
  }
  const { episodes, lessons, attempts } = made;
  const every = Math.max(1, Math.ceil(episodes.length / MEASURED));
  const measured = episodes.filter((_, i) => i % every === 0);
  const kl = measured.length === 0
    ? null
    : round === 1
    ? 0
    : divergenceFrom(measured, await tokenScores(reference, measured, signal));
  const stage = progress.stage(`train ${round}`, null);
  const { method, roundTokens, mostPasses } = options;
  const summary = await updatePolicy(trainer, lessons, {
    objective: isLikelihood(method) ? "likelihood" : "surrogate",
    passes: options.passes,
    ...(roundTokens === null ? {} : { trainedTokens: roundTokens, mostPasses }),
    batchTokens: options.batchTokens,
    learningRate: options.learningRate ?? defaultRate(parts.config, options),
    clip: options.clip,
    klWeight: options.klWeight,
    seed: `${options.seed}/train/${round}`,
    ...(options.klWeight > 0 ? { reference: await tokenScores(reference, lessons, signal) } : {}),
    onStep: (step, loss) => stage.update(step, `loss ${loss.toFixed(3)}`),
    signal,
  });
  stage.done();
  if (roundTokens !== null && summary.trainedTokens < roundTokens) {
    progress.log(
      `Round ${round} trains ${summary.trainedTokens} tokens, not ${roundTokens}: it has ${lessons.length} ` +
        `lessons, each for at most ${mostPasses} passes`,
    );
  }
  const first = rounds[0]?.attempts ?? attempts;
  return {
    round,
    attempts,
    kl,
    lessons: lessons.length,
    sampledTokens: sampledTokens(episodes),
    ...summary,
    collapse: first === null || attempts === null ? null : collapseOf(first, attempts),
  };
}

function disposable(model: StudentModel) {
  return { model, [Symbol.asyncDispose]: () => model.dispose() };
}
