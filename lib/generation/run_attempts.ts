import { EndpointUnavailableError } from "../models/openai/endpoint_error.ts";
import { BudgetReachedError } from "../models/budget.ts";
import { type ChatModel, GenerationError } from "../models/chat_model.ts";
import { teacherOf } from "../models/teacher_of.ts";
import type { Progress } from "../runs/progress/progress.ts";
import { checkTrajectory } from "../records/check.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { forEachConcurrently } from "../runs/for_each_concurrently.ts";
import { isInterruption } from "../runs/is_interruption.ts";
import { OrderedJsonl } from "./ordered_jsonl.ts";
import {
  addCotToTally,
  addToTally,
  commonestFailure,
  emptyTally,
  type RunTally,
} from "./run_tally.ts";

/** End of the attempts; `refused` when the endpoint rejected one request after the other. */
export type GenerationStatus = "complete" | "budget" | "interrupted" | "unavailable" | "refused";

/** Result of an attempt. */
export interface Solved {
  /** The trajectory of the attempt. */
  readonly trajectory: Trajectory;
  /** The CoT answer from which the first thought was taken, when one was. */
  readonly cot: Trajectory | null;
  /** The endpoint's message on a request that it refused; null when it refused none. */
  readonly refusal: string | null;
}

/** Services for one attempt. */
export interface Making {
  /** Throws once the attempts are stopping; called before anything new is begun. */
  readonly checkGoing: () => void;
  /** Gives the attempt up at once. */
  readonly signal?: AbortSignal;
}

/** Attempts to make, and where they go. */
export interface AttemptsRequest<Item> {
  /** The file of the trajectories: it appears when the last is there, in the order of the items. */
  readonly path: string;
  /** The file of the CoT answers behind first thoughts. @default none are kept */
  readonly cotPath?: string;
  /** Items to attempt. */
  readonly items: readonly Item[];
  /** Unique among the items. */
  readonly itemId: (item: Item) => string;
  /** The id of the item that a trajectory is of. @default the trajectory's own id */
  readonly rowId?: (trajectory: Trajectory) => string;
  /** Makes one attempt and grades it. */
  readonly attempt: (item: Item, making: Making) => Promise<Solved>;
  /** Attempts under way at once. */
  readonly concurrency: number;
  /** The stage's name in progress lines. @default "trajectories" */
  readonly stage?: string;
  /** Text of the progress line. @default shares of correct and kept attempts, and steps */
  readonly note?: (tally: RunTally) => string;
  /** Told of each trajectory that was stored before. */
  readonly onEarlier?: (trajectory: Trajectory) => void;
  /** Told of each trajectory that is made and stored. */
  readonly onRow?: (trajectory: Trajectory) => void | Promise<void>;
  /** Take refused requests as failed attempts, however many there are. @default false */
  readonly acceptRefusals?: boolean;
  /** Shows how the attempts go on. */
  readonly progress: Progress;
  /** Ends the attempts when the requests under way are answered and stored. */
  readonly signal?: AbortSignal;
  /** Ends them at once: requests under way are given up. */
  readonly abortSignal?: AbortSignal;
}

/** Results of the attempts so far. */
export interface AttemptsResult {
  /** End of the attempts. */
  readonly status: GenerationStatus;
  /** Reason why they are not complete; null when they are. */
  readonly problem: string | null;
  /** Attempts in all. */
  readonly attempts: number;
  /** Attempts at which the endpoint failed; a resumed run makes them again. */
  readonly unanswered: number;
  /** Counts over the trajectories. */
  readonly tally: RunTally;
}

/** Number of refusals in a row that point to a wrong setting, before and after the first answer. */
const REFUSALS_AT_FIRST = 4;
const REFUSALS_LATER = 12;

/** The endpoint brings nothing for one request after the other: the run stops, and asks again later. */
class AllRefusedError extends Error {}

/**
 * Makes every attempt that is not stored yet, and stores each as it comes: the one runner under
 * generation, evaluation and distillation. Interrupted attempts go on where they were, and the finished
 * file does not depend on the order in which they came.
 *
 * @throws {EndpointRefusedError} when the endpoint refuses to serve
 * @throws {Error} naming the file that cannot be read or written; else whatever an attempt rejects with
 */
export async function runAttempts<Item>(request: AttemptsRequest<Item>): Promise<AttemptsResult> {
  return await new Runner(request).run();
}

class Runner<Item> {
  readonly #request: AttemptsRequest<Item>;
  #tally: RunTally = emptyTally;
  /** Refused attempts since the last that was answered: they count once another is answered. */
  #refused: Solved[] = [];
  #isAnswering = false;
  #unanswered = 0;
  #unansweredInARow = 0;

  constructor(request: AttemptsRequest<Item>) {
    this.#request = request;
  }

  async run(): Promise<AttemptsResult> {
    const { path, cotPath, items, progress, onEarlier } = this.#request;
    const { rowId = ({ id }: Trajectory) => id, stage: name = "trajectories" } = this.#request;
    const rows = await OrderedJsonl.open<Trajectory>({
      path,
      rowId,
      check: checkTrajectory,
      onEarlier: (row) => {
        this.#tally = addToTally(this.#tally, row);
        onEarlier?.(row);
      },
    });
    const cots = cotPath === undefined ? null : await OrderedJsonl.open<Trajectory>({
      path: cotPath,
      rowId: ({ id }) => id,
      check: checkTrajectory,
      onEarlier: (row) => this.#tally = addCotToTally(this.#tally, row),
    });
    this.#isAnswering = this.#tally.answered > 0;
    const stage = progress.stage(name, items.length, rows.ids.size);
    stage.update(rows.ids.size, this.#note());
    try {
      const stop = await this.#attemptAll(rows, cots, () => {
        stage.update(rows.ids.size, this.#note());
      });
      const result = this.#result(rows.ids.size, stop);
      if (result.status === "complete") {
        const ids = items.map(this.#request.itemId);
        await cots?.finish(ids);
        await rows.finish(ids);
      }
      stage.done(this.#note());
      return result;
    } finally {
      await rows.close();
      await cots?.close();
    }
  }

  /** Two rounds: what the endpoint did not answer at first may be answered at the end. */
  async #attemptAll(
    rows: OrderedJsonl<Trajectory>,
    cots: OrderedJsonl<Trajectory> | null,
    onStored: () => void,
  ): Promise<{ readonly reason: unknown } | null> {
    const { items, itemId, attempt, concurrency, signal, abortSignal } = this.#request;
    for (let round = 0; round < 2; round++) {
      const todo = items.filter((item) => !rows.ids.has(itemId(item)));
      if (todo.length === 0) return null;
      this.#unanswered = 0;
      this.#unansweredInARow = 0;
      this.#refused = [];
      const isItemFailure = (error: unknown) => this.#isUnanswered(error);
      const pool = { concurrency, signal, isItemFailure };
      const work = async (item: Item, stopping: AbortSignal) => {
        const checkGoing = () => stopping.throwIfAborted();
        const solved = await attempt(item, { checkGoing, signal: abortSignal });
        this.#unansweredInARow = 0;
        for (const one of this.#countable(solved)) await this.#store(one, rows, cots);
        onStored();
      };
      try {
        await forEachConcurrently(todo, pool, work);
      } catch (reason) {
        return this.#endOrThrow(reason);
      }
    }
    // A few at the end are no rule, unless they are all that there is.
    if (this.#refused.length > 0 && !this.#isAnswering) return { reason: this.#allRefused() };
    for (const one of this.#refused.splice(0)) await this.#store(one, rows, cots);
    onStored();
    return null;
  }

  /** The attempts that can be stored now that this one was made. */
  #countable(solved: Solved): readonly Solved[] {
    if (solved.refusal === null) {
      this.#isAnswering = true;
      return [...this.#refused.splice(0), solved];
    }
    if (this.#request.acceptRefusals) return [solved];
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
    await this.#request.onRow?.(trajectory);
  }

  /** True if the endpoint failed for one attempt; when it fails for many in a row the run stops. */
  #isUnanswered(error: unknown): boolean {
    if (!(error instanceof EndpointUnavailableError)) return false;
    this.#unanswered++;
    return ++this.#unansweredInARow < Math.max(4, this.#request.concurrency);
  }

  #endOrThrow(reason: unknown): { readonly reason: unknown } {
    const { signal, abortSignal } = this.#request;
    // An attempt that fails once no other is begun is made again with the others.
    const isStopped = abortSignal?.aborted === true || isInterruption(reason, signal) ||
      (signal?.aborted === true && reason instanceof GenerationError);
    const isEnd = reason instanceof BudgetReachedError || reason instanceof AllRefusedError ||
      reason instanceof EndpointUnavailableError || isStopped;
    if (!isEnd) throw reason;
    return { reason };
  }

  #result(done: number, stop: { readonly reason: unknown } | null): AttemptsResult {
    const attempts = this.#request.items.length;
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
    };
  }

  #note(): string {
    return (this.#request.note ?? shares)(this.#tally);
  }
}

/** Shares of correct and kept attempts, and turns of each, as the text of a progress line. */
export function shares({ done, correct, kept, steps }: RunTally): string {
  if (done === 0) return "";
  const share = (n: number) => `${Math.round((100 * n) / done)}%`;
  return `${share(correct)} correct, ${share(kept)} kept, ${(steps / done).toFixed(1)} steps`;
}

/** The model, which begins nothing new once the attempts are stopping. */
export function haltingModel(model: ChatModel, checkGoing: () => void): ChatModel {
  return {
    name: model.name,
    ...teacherOf(model),
    get prefixContinuation() {
      return model.prefixContinuation;
    },
    complete: (request) => {
      checkGoing();
      return model.complete(request);
    },
  };
}
