import { join } from "node:path";
import type { ChatModel } from "../models/chat_model.ts";
import { EndpointUnavailableError } from "../models/openai/endpoint_error.ts";
import { addUsage, type UsageTotals } from "../models/openai/usage_meter.ts";
import type { Progress } from "../runs/progress/progress.ts";
import { checkTrajectory } from "../records/check.ts";
import type { Task } from "../records/task.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { writeJsonAtomic } from "../runs/atomic_write.ts";
import { BudgetReachedError } from "../models/budget.ts";
import { drainPool } from "./drain_pool.ts";
import { OrderedJsonl } from "./ordered_jsonl.ts";
import {
  addCotToTally,
  addToTally,
  commonestFailure,
  emptyTally,
  type RunTally,
} from "./run_tally.ts";
import {
  type AttemptItem,
  type AttemptSetup,
  itemId,
  solveAttempt,
  type Solved,
} from "./solve_attempt.ts";
import { readUsage } from "../models/usage_log.ts";

/** How a run ended; `refused` when the endpoint brought nothing for one request after the other. */
export type GenerationStatus = "complete" | "budget" | "interrupted" | "unavailable" | "refused";

/** What a run gave, so far. Written as `summary.json`. */
export interface GenerationSummary {
  /** How the run ended. */
  readonly status: GenerationStatus;
  /** Why it is not complete; null when it is. */
  readonly problem: string | null;
  /** Attempts in all: tasks times samples. */
  readonly attempts: number;
  /** Attempts at which the endpoint failed; a resumed run makes them again. */
  readonly unanswered: number;
  /** What the trajectories add up to. */
  readonly tally: RunTally;
  /** What this and earlier parts of the run used; null for a model that counts nothing. */
  readonly usage: UsageTotals | null;
}

/** What a run needs. */
export interface GenerationRun {
  /** The run's folder. */
  readonly path: string;
  /** What every attempt needs. */
  readonly setup: AttemptSetup;
  /** The tasks to attempt. */
  readonly tasks: readonly Task[];
  /** Attempts under way at once. */
  readonly concurrency: number;
  /** What the model used since it was made; null for one that counts nothing. */
  readonly usage: () => UsageTotals | null;
  /** Take refused requests as failed attempts, however many there are. @default false */
  readonly acceptRefusals?: boolean;
  /** Is told how the run goes on. */
  readonly progress: Progress;
  /** Ends the run when the requests under way are answered and stored. */
  readonly signal?: AbortSignal;
  /** Ends it at once: requests under way are given up. */
  readonly abortSignal?: AbortSignal;
}

const USAGE_INTERVAL_MS = 5000;
/** So many refusals in a row are the setting's fault, before and after anything was answered. */
const REFUSALS_AT_FIRST = 4;
const REFUSALS_LATER = 12;

/** The endpoint brings nothing for one request after the other: the run stops, and asks again later. */
class AllRefusedError extends Error {}

/**
 * Makes every attempt that is not stored yet. Trajectories go to `trajectories/PARADIGM.jsonl`, with
 * the CoT answers behind first thoughts in `trajectories/cot.jsonl`; each file appears when its last
 * row is there, its rows in the order of the tasks.
 *
 * @throws {EndpointRefusedError} when the endpoint refuses to serve
 * @throws {Error} naming the file that cannot be read or written
 */
export async function runGeneration(run: GenerationRun): Promise<GenerationSummary> {
  return await new Generation(run).run();
}

/** The file of a paradigm's trajectories in a run's folder. */
export function trajectoriesPath(runPath: string, paradigm: string): string {
  return join(runPath, "trajectories", `${paradigm}.jsonl`);
}

class Generation {
  readonly #run: GenerationRun;
  readonly #items: readonly AttemptItem[];
  #tally: RunTally = emptyTally;
  /** Refused attempts since the last that was answered: they count once another is answered. */
  #refused: Solved[] = [];
  #isAnswering = false;
  #unanswered = 0;
  #unansweredInARow = 0;
  #earlierUsage: UsageTotals | null = null;
  #savedUsageAt = 0;

  constructor(run: GenerationRun) {
    this.#run = run;
    const { samples } = run.setup.options;
    this.#items = run.tasks.flatMap((task) =>
      Array.from({ length: samples }, (_, sample) => ({ task, sample }))
    );
  }

  async run(): Promise<GenerationSummary> {
    const { path, setup, progress } = this.#run;
    const { paradigm, firstThoughtPrefix } = setup.options;
    this.#earlierUsage = await readUsage(path);
    const rows = await OrderedJsonl.open<Trajectory>({
      path: trajectoriesPath(path, paradigm),
      rowId: ({ id }) => id,
      check: checkTrajectory,
      onEarlier: (row) => this.#tally = addToTally(this.#tally, row),
    });
    const cots = firstThoughtPrefix
      ? await OrderedJsonl.open<Trajectory>({
        path: trajectoriesPath(path, "cot"),
        rowId: ({ id }) => id,
        check: checkTrajectory,
        onEarlier: (row) => this.#tally = addCotToTally(this.#tally, row),
      })
      : null;
    this.#isAnswering = this.#tally.answered > 0;
    const stage = progress.stage("trajectories", this.#items.length, rows.ids.size);
    stage.update(rows.ids.size, this.#note());
    try {
      const stop = await this.#attemptAll(rows, cots, () => {
        stage.update(rows.ids.size, this.#note());
      });
      const summary = this.#summary(rows.ids.size, stop);
      if (summary.status === "complete") {
        const ids = this.#items.map(itemId);
        await cots?.finish(ids);
        await rows.finish(ids);
      }
      stage.done(this.#note());
      await this.#saveUsage();
      await writeJsonAtomic(join(path, "summary.json"), summary);
      return summary;
    } finally {
      await rows.close();
      await cots?.close();
    }
  }

  /** Two rounds: what the endpoint did not answer at first may be answered at the end. */
  async #attemptAll(
    rows: OrderedJsonl<Trajectory>,
    cots: OrderedJsonl<Trajectory> | null,
    onRow: () => void,
  ): Promise<{ readonly reason: unknown } | null> {
    for (let round = 0; round < 2; round++) {
      const todo = this.#items.filter((item) => !rows.ids.has(itemId(item)));
      if (todo.length === 0) return null;
      this.#unanswered = 0;
      this.#unansweredInARow = 0;
      this.#refused = [];
      const { stop } = await drainPool({
        items: todo,
        concurrency: this.#run.concurrency,
        signal: this.#run.signal,
        isItemFailure: (error) => this.#isUnanswered(error),
      }, async (item, checkGoing) => {
        const setup = { ...this.#run.setup, model: guarded(this.#run.setup.model, checkGoing) };
        const solved = await solveAttempt(setup, item, this.#run.abortSignal);
        this.#unansweredInARow = 0;
        for (const one of this.#countable(solved)) await this.#store(one, rows, cots);
        onRow();
        await this.#saveUsageNowAndThen();
      });
      if (stop !== null) return this.#endOrThrow(stop);
    }
    // A few at the end are no rule, unless they are all that there is.
    if (this.#refused.length > 0 && !this.#isAnswering) return { reason: this.#allRefused() };
    for (const one of this.#refused.splice(0)) await this.#store(one, rows, cots);
    onRow();
    return null;
  }

  /** The attempts that can be stored now that this one was made. */
  #countable(solved: Solved): readonly Solved[] {
    if (solved.refusal === null) {
      this.#isAnswering = true;
      return [...this.#refused.splice(0), solved];
    }
    if (this.#run.acceptRefusals) return [solved];
    this.#refused.push(solved);
    const most = this.#isAnswering ? REFUSALS_LATER : REFUSALS_AT_FIRST;
    if (this.#refused.length >= most) throw this.#allRefused();
    return [];
  }

  #allRefused(): AllRefusedError {
    const counts = new Map<string, number>();
    for (const { refusal } of this.#refused) {
      counts.set(refusal!, (counts.get(refusal!) ?? 0) + 1);
    }
    return new AllRefusedError(
      `the endpoint refused one attempt after the other: ${
        commonestFailure({ failures: Object.fromEntries(counts) })
      }. ` +
        "With --resume they are asked again, with --accept-refusals they count as failed",
    );
  }

  async #store(
    { trajectory, cot }: Solved,
    rows: OrderedJsonl<Trajectory>,
    cots: OrderedJsonl<Trajectory> | null,
  ): Promise<void> {
    if (cot !== null && cots !== null && !cots.ids.has(cot.id)) {
      await cots.add(cot);
      this.#tally = addCotToTally(this.#tally, cot);
    }
    await rows.add(trajectory);
    this.#tally = addToTally(this.#tally, trajectory);
  }

  /** Whether the endpoint failed for one attempt; when it fails for many in a row the run stops. */
  #isUnanswered(error: unknown): boolean {
    if (!(error instanceof EndpointUnavailableError)) return false;
    this.#unanswered++;
    return ++this.#unansweredInARow < Math.max(4, this.#run.concurrency);
  }

  #endOrThrow(stop: { readonly reason: unknown }): { readonly reason: unknown } {
    const { reason } = stop;
    const isEnd = reason instanceof BudgetReachedError || reason instanceof AllRefusedError ||
      reason instanceof EndpointUnavailableError || this.#run.signal?.aborted === true;
    if (!isEnd) throw reason;
    return stop;
  }

  #summary(done: number, stop: { readonly reason: unknown } | null): GenerationSummary {
    const attempts = this.#items.length;
    const missing = attempts - done;
    const status: GenerationStatus = missing === 0
      ? "complete"
      : stop === null || stop.reason instanceof EndpointUnavailableError
      ? "unavailable"
      : stop.reason instanceof BudgetReachedError
      ? "budget"
      : stop.reason instanceof AllRefusedError
      ? "refused"
      : "interrupted";
    const reason = stop?.reason instanceof Error ? stop.reason.message : null;
    return {
      status,
      problem: status === "complete"
        ? null
        : reason ?? `the endpoint gave no answer for ${missing} of ${attempts} attempts`,
      attempts,
      unanswered: missing === 0 ? 0 : this.#unanswered,
      tally: this.#tally,
      usage: this.#usage(),
    };
  }

  #note(): string {
    const { done, correct, kept, steps } = this.#tally;
    const share = (n: number) => `${Math.round((100 * n) / Math.max(1, done))}%`;
    const parts = done === 0
      ? []
      : [`${share(correct)} correct`, `${share(kept)} kept`, `${(steps / done).toFixed(1)} steps`];
    const usage = this.#usage();
    if (usage !== null) {
      const { promptTokens, completionTokens, costUsd } = usage;
      parts.push(`${thousands(promptTokens)}+${thousands(completionTokens)} tokens`);
      if (costUsd !== null && costUsd > 0) parts.push(`$${costUsd.toFixed(2)}`);
    }
    return parts.join(", ");
  }

  #usage(): UsageTotals | null {
    const now = this.#run.usage();
    return now === null || this.#earlierUsage === null ? now : addUsage(this.#earlierUsage, now);
  }

  async #saveUsageNowAndThen(): Promise<void> {
    if (performance.now() - this.#savedUsageAt < USAGE_INTERVAL_MS) return;
    await this.#saveUsage();
  }

  async #saveUsage(): Promise<void> {
    this.#savedUsageAt = performance.now();
    const usage = this.#usage();
    if (usage !== null) await writeJsonAtomic(join(this.#run.path, "usage.json"), usage);
  }
}

/** The model, which begins nothing new once the run is stopping. */
function guarded(model: ChatModel, checkGoing: () => void): ChatModel {
  return {
    name: model.name,
    get prefixContinuation() {
      return model.prefixContinuation;
    },
    complete: (request) => {
      checkGoing();
      return model.complete(request);
    },
  };
}

function thousands(n: number): string {
  return n < 1000 ? `${n}` : n < 1e6 ? `${(n / 1e3).toFixed(1)}k` : `${(n / 1e6).toFixed(1)}M`;
}
