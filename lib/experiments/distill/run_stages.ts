import type { Paradigm, Trajectory } from "../../records/trajectory.ts";
import { Lane } from "../../runs/lane.ts";
import type { StudentParts } from "../../student/generate/engine_options.ts";
import type { TrainingProgress } from "../../student/train/train_student.ts";
import { addRollouts } from "./add_rollouts.ts";
import { type BaseModel, openBaseModel } from "./base_model.ts";
import type { DistillContext, PlannedContext } from "./distill_context.ts";
import { attemptEarly, EARLY_MS } from "./early_attempt.ts";
import { evaluate } from "./evaluate.ts";
import { type Evaluated, type FinishedStages, finishRun, type Learned } from "./finish_run.ts";
import { LiveReport } from "./live_report.ts";
import { type DistillPlan, withoutStudents } from "./plan.ts";
import { openBench } from "./open_bench.ts";
import { type OpenBase, openBase, openStudent } from "./students.ts";
import { studentOf, systemFacts, type SystemSlug } from "./system_facts.ts";
import { type AskedModel, evaluatedSystem } from "./systems.ts";
import {
  takenLater,
  takeTrajectories,
  type TaughtLater,
  taughtTasks,
  teachAsAgent,
  teachByCot,
  teachersOf,
} from "./teach.ts";
import {
  type EndpointRequest,
  type OpenTeacher,
  openTeacher,
  type TeacherSource,
} from "./teacher.ts";
import { goOn, openImproved } from "./then_stage.ts";
import type { Evaluating, Improved, Learning } from "./stages_under_way.ts";
import { trainStudentOf } from "./train_students.ts";
import {
  gatherTrainingSets,
  keepConversations,
  type KeptConversations,
  makeTrainingSet,
} from "./training_sets.ts";

/** CoT is taught and learned in the least time, so that something can be seen early. */
const ORDER: readonly Paradigm[] = ["cot", "agent", "cot-rag"];

/**
 * Runs the stages of a distillation. What acts (teacher, evaluations) and what trains goes on side by
 * side, each in a lane of its own: a student learns while the teacher still solves other tasks, and is
 * evaluated while the next one learns. Results do not depend on what ran beside what.
 *
 * @throws {Error} the first error of any stage; the others are stopped
 */
export async function runStages(
  base: DistillContext,
  plan: DistillPlan,
  source: TeacherSource,
  endpoint: EndpointRequest | undefined,
): Promise<FinishedStages> {
  const failing = new AbortController();
  const signal = AbortSignal.any([base.signal, failing.signal]);
  // Requests under way may have been paid for: they are stored before the run ends with its error.
  const { abortSignal = base.signal } = base;
  const fail = (error: unknown) => failing.abort(error);
  const stages = new Stages({ ...base, signal, abortSignal }, plan, source, endpoint, fail);
  try {
    const finished = await stages.run();
    await stages.close();
    return finished;
  } catch (error) {
    fail(error);
    // The first error counts, and not one that follows from it.
    await stages.close(error).catch(() => {});
    throw error;
  }
}

class Stages {
  readonly #base: DistillContext;
  readonly #plan: DistillPlan;
  readonly #source: TeacherSource;
  readonly #endpoint: EndpointRequest | undefined;
  readonly #fail: (error: unknown) => void;
  readonly #startedAt = performance.now();
  readonly #acting = new Lane();
  readonly #training = new Lane();
  /** Students that are not trained yet. */
  #untrainedStudents = 0;
  readonly #page: LiveReport;
  readonly #ends = new AsyncDisposableStack();
  /** Everything that was begun: it has ended before what it uses is closed. */
  readonly #begun: Promise<unknown>[] = [];

  constructor(
    base: DistillContext,
    plan: DistillPlan,
    source: TeacherSource,
    endpoint: EndpointRequest | undefined,
    fail: (error: unknown) => void,
  ) {
    this.#fail = fail;
    this.#base = base;
    this.#plan = plan;
    this.#source = source;
    this.#endpoint = endpoint;
    this.#page = new LiveReport(base.run);
  }

  /** Waits for everything that was begun, and closes what it used. @param error what the run ends with */
  async close(error?: unknown): Promise<void> {
    await Promise.allSettled(this.#begun);
    if (error !== undefined) await this.#page.stopped(error).catch(() => {});
    await this.#ends.disposeAsync();
  }

  async run(): Promise<FinishedStages> {
    const plan = this.#plan;
    const source = this.#source;
    const { options, run: { path }, progress, signal } = this.#base;
    const bench = await openBench(this.#base, plan);
    this.#ends.defer(() => bench.close());
    const context: PlannedContext = { ...this.#base, bench, plan };
    const teacher = source.kind === "run" ? null : await openTeacher(source, options, {
      path,
      progress,
      signal,
      endpoint: this.#endpoint,
      tasks: [...plan.train, ...plan.rollouts],
    });
    if (teacher !== null) this.#ends.defer(() => teacher.close());

    const taught = source.kind === "run"
      ? takenLater(this.#begin(takeTrajectories(context, source.run, plan.paradigms)))
      : this.#teach(context, teacher!);
    const kept = new Map(plan.paradigms.map((p) => [p, this.#keep(context, p, taught[p])]));
    const baseModel = this.#begin(this.#openBase(context, [...kept.values()]));
    const learning = ORDER.filter((p) => plan.paradigms.includes(p))
      .map((p) => this.#learn(context, p, kept.get(p)!, baseModel, teacher));
    const who = teacher === null
      ? this.#begin(
        Promise.all([taught.agent, taught.cot, taught["cot-rag"]]).then(
          ([agent, cot, rag]) => teachersOf({ agent, cot, "cot-rag": rag }),
        ),
      )
      : Promise.resolve(teacher.model.name);
    const agent = learning.find(({ paradigm }) => paradigm === "agent");
    const improved = options.then === null ? null : this.#goOn(context, agent!, kept.get("agent")!);
    const evaluated = new Map(
      plan.systems.map((slug) => [
        slug,
        this.#evaluate(context, slug, { teacher, who, baseModel, learning, improved }),
      ]),
    );

    const made = await Promise.all(learning.map(({ set }) => set));
    const inOrder = plan.paradigms.map((p) => made.find(({ paradigm }) => paradigm === p)!);
    const { leftOut } = await gatherTrainingSets(context, inOrder);
    const students = plan.paradigms.map((p) => learning.find(({ paradigm }) => paradigm === p)!);
    const learned = (await Promise.all(students.map(({ trained }) => trained)))
      .filter((one) => one !== null);
    const { training } = await baseModel;
    const evaluations = (await Promise.all(plan.systems.map((slug) => evaluated.get(slug)!)))
      .filter((one) => one !== null);
    // The report is written over the page.
    await Promise.allSettled(this.#begun);
    await this.#page.settled();
    return await finishRun({ ...context, plan: withoutStudents(plan, leftOut) }, {
      evaluations,
      learned,
      baseTraining: training,
      durationMs: performance.now() - this.#startedAt,
      description: teacher?.description ??
        `${await who}, as the trajectories of ${options.teacher} have it`,
      leftOut,
      taught: {
        agent: await taught.agent,
        cot: await taught.cot,
        "cot-rag": await taught["cot-rag"],
      },
      kept: await Promise.all(kept.values()),
      rounds: (await improved)?.rounds ?? [],
    });
  }

  /** Remembers work; its error stops all other work, and is thrown where its result is awaited. */
  #begin<T>(work: Promise<T>): Promise<T> {
    work.catch(this.#fail);
    this.#begun.push(work);
    return work;
  }

  #teach(context: PlannedContext, teacher: OpenTeacher): TaughtLater {
    const tasks = taughtTasks(context.options, context.plan);
    const acting = <T>(work: () => Promise<T>) => this.#begin(this.#acting.run(work));
    const cot = acting(() => teachByCot(context, teacher, "cot", tasks.cot));
    const agent = acting(async () => teachAsAgent(context, teacher, tasks.agent, await cot));
    const rag = acting(() => teachByCot(context, teacher, "cot-rag", tasks["cot-rag"]));
    return { agent, cot, "cot-rag": rag };
  }

  #keep(
    context: PlannedContext,
    paradigm: Paradigm,
    taught: Promise<readonly Trajectory[]>,
  ): Promise<KeptConversations> {
    const { plan, options } = context;
    const leaked = options.leaked === "drop" ? plan.leaks.map(({ test }) => test.question) : [];
    return this.#begin(taught.then(async (own) => {
      const all = { agent: [], cot: [], "cot-rag": [], [paradigm]: own };
      const [kept] = await keepConversations(context, all, [paradigm], leaked);
      const { length } = kept.filter.kept;
      this.#page.ended(`Teacher: ${paradigm}`, `${own.length} attempts, ${length} kept`);
      return kept;
    }));
  }

  /** A base model that is trained here has a tokenizer that knows all conversations. */
  async #openBase(
    context: PlannedContext,
    kept: readonly Promise<KeptConversations>[],
  ): Promise<BaseModel> {
    if (context.options.base === "stored") return await openBaseModel(context, []);
    const all = await Promise.all(kept);
    return await this.#training.run(() => openBaseModel(context, all));
  }

  #learn(
    context: PlannedContext,
    paradigm: Paradigm,
    kept: Promise<KeptConversations>,
    base: Promise<BaseModel>,
    teacher: OpenTeacher | null,
  ): Learning {
    const set = this.#begin(
      Promise.all([kept, base]).then(([kept, base]) => makeTrainingSet(context, kept, base)),
    );
    const train = async (): Promise<Learned | null> => {
      const own = await set;
      if (!("examples" in own)) return null;
      return await this.#training.run(async () => {
        const { sets, before } = await addRollouts(context, teacher, [own], await base);
        const preview = {
          afterMs: EARLY_MS,
          take: (student: StudentParts, at: TrainingProgress) =>
            void this.#begin(this.#showEarly(context, paradigm, student, at)),
        };
        const after = await trainStudentOf(context, sets[0], await base, preview);
        const { losses } = after;
        this.#page.ended(
          `Training: ${after.name}`,
          `${sets[0].examples.length} examples, loss ${losses.at(-1)?.loss.toFixed(3)}`,
        );
        return { set: sets[0], before, after };
      });
    };
    this.#untrainedStudents++;
    const trained = this.#begin(train().finally(() => this.#untrainedStudents--));
    const open = async () => {
      if (await trained === null) return null;
      const model = await openStudent(context, paradigm, this.#untrainedStudents === 0);
      this.#ends.defer(() => model.dispose());
      return model;
    };
    return { paradigm, set, trained, model: this.#begin(open()) };
  }

  /** Null when the agent student is left out. */
  #goOn(
    context: PlannedContext,
    { trained }: Learning,
    kept: Promise<KeptConversations>,
  ): Promise<Improved | null> {
    const go = async (): Promise<Improved | null> => {
      if (await trained === null) return null;
      const { filter } = await kept;
      const rounds = await this.#training.run(() => goOn(context, filter.kept));
      this.#page.ended(`Then: ${context.options.then}`, `${rounds.length} rounds`);
      const model = await openImproved(context);
      this.#ends.defer(() => model.dispose());
      return { rounds, model };
    };
    return this.#begin(go());
  }

  /** Null for a system whose student is left out. */
  #evaluate(
    context: PlannedContext,
    slug: SystemSlug,
    { teacher, who, baseModel, learning, improved }: Evaluating,
  ): Promise<Evaluated | null> {
    const ask = async (): Promise<AskedModel | null> => {
      const none = { teacher, student: null, base: null };
      if (systemFacts[slug].asks === "teacher") return none;
      if (systemFacts[slug].asks === "base") {
        await baseModel;
        return { ...none, base: await this.#openUntrained(context) };
      }
      if (systemFacts[slug].goesOn) {
        const student = (await improved)?.model ?? null;
        return student === null ? null : { ...none, student };
      }
      const student = await learning.find(({ paradigm }) => paradigm === studentOf(slug))!.model;
      return student === null ? null : { ...none, student };
    };
    return this.#begin(
      ask().then((asked) =>
        asked === null ? null : this.#acting.run(async () => {
          const system = await evaluatedSystem(context, slug, asked);
          const rows = await evaluate(context, system, await who);
          this.#page.evaluated(rows);
          return { system, rows };
        })
      ),
    );
  }

  /** An attempt that fails is no reason to stop: the training is not touched by it. */
  async #showEarly(
    context: PlannedContext,
    paradigm: Paradigm,
    student: StudentParts,
    at: TrainingProgress,
  ): Promise<void> {
    try {
      const attempt = await attemptEarly(context, paradigm, student, at);
      context.progress.log(attempt.text);
      this.#page.attempted(attempt);
    } catch (error) {
      if (context.signal.aborted) return;
      context.progress.log(`Note: no early attempt can be shown: ${(error as Error).message}`);
    }
  }

  #untrained: Promise<OpenBase> | null = null;

  #openUntrained(context: PlannedContext): Promise<OpenBase> {
    return this.#untrained ??= openBase(context).then((opened) => {
      this.#ends.defer(() => opened.model.dispose());
      return opened;
    });
  }
}
