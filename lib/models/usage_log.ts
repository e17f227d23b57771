import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { priced, type RequestUse } from "./openai/request_use.ts";
import type { SpendEstimate } from "./openai/request_use.ts";
import type { SpendGuard, SpendTicket } from "./openai/spend_guard.ts";
import type { TokenPrices } from "./openai/token_prices.ts";
import { noUsage, type UsageTotals, withUnanswered, withUse } from "./openai/usage_meter.ts";
import { writeFileAtomic, writeJsonAtomic } from "../runs/atomic_write.ts";
import { JsonlAppender } from "../runs/jsonl.ts";
import { streamJsonl } from "../runs/stream_jsonl.ts";
import type { Budget } from "./budget.ts";
import { StoreError } from "../runs/store_error.ts";
import { readInputJson } from "../runs/read_input.ts";

/** A line of the log: what was used before it began, a request that was sent, or what one came to. */
type Entry =
  | { readonly log: string; readonly base: UsageTotals }
  | { readonly begun: number; readonly mostUsd: number }
  | { readonly ended: number; readonly costUsd: number | null; readonly use: RequestUse | null };

/** `usage.json`: the totals, and the log that is in them. */
type UsageFile = UsageTotals & { readonly log?: string };

/**
 * Writes down what each request of a run uses, before it is sent and when it is answered, so that a run
 * that is killed and resumed knows what it spent: a request that was under way then counts as the most
 * that it may have cost. The log is `usage.log.jsonl` in the run's folder; the totals are in
 * `usage.json`, and the log goes when the run ends in good order.
 */
export class UsageLog implements SpendGuard {
  /** Usage of earlier parts of the run. */
  readonly earlier: UsageTotals;
  /** Requests under way when an earlier part was killed. */
  readonly lost: number;
  readonly #folder: string;
  readonly #id: string;
  readonly #appender: JsonlAppender;
  #requests = 0;
  #budget: Budget | null = null;
  #prices: TokenPrices | null = null;

  private constructor(
    folder: string,
    id: string,
    appender: JsonlAppender,
    earlier: UsageTotals,
    lost: number,
  ) {
    this.#folder = folder;
    this.#id = id;
    this.#appender = appender;
    this.earlier = earlier;
    this.lost = lost;
  }

  /**
   * Opens the log of a run, and adds what an earlier part of it left to `usage.json`.
   *
   * @throws {Error} naming the file and what is wrong with it
   */
  static async open(folder: string): Promise<UsageLog> {
    const { totals, lost } = await readTotals(folder);
    const id = crypto.randomUUID();
    const path = logPath(folder);
    const header: Entry = { log: id, base: totals };
    await writeFileAtomic(path, JSON.stringify(header) + "\n");
    return new UsageLog(folder, id, await JsonlAppender.open(path), totals, lost);
  }

  /** Keeps a budget, which is asked first, and prices requests. */
  keep(prices: TokenPrices | null, budget: Budget | null): void {
    this.#prices = prices;
    this.#budget = budget;
  }

  /** Notes a request. @throws {BudgetReachedError} when the budget does not allow it */
  async admit(estimate: SpendEstimate, signal?: AbortSignal): Promise<SpendTicket> {
    const ticket = await this.#budget?.admit(estimate, signal);
    const mostUsd = priced(this.#prices, estimate);
    const id = this.#requests++;
    try {
      if (mostUsd !== null) await this.#write({ begun: id, mostUsd });
    } catch (error) {
      ticket?.settle(0);
      throw error;
    }
    return {
      settle: async (costUsd, use) => {
        ticket?.settle(costUsd);
        await this.#write({ ended: id, costUsd: costUsd ?? mostUsd, use: use ?? null });
      },
    };
  }

  /** Ends the log: `usage.json` holds all of it. */
  async close(): Promise<void> {
    await this.#appender.close();
    const { totals } = await readTotals(this.#folder);
    await writeJsonAtomic(usagePath(this.#folder), { ...totals, log: this.#id });
    await rm(logPath(this.#folder), { force: true });
  }

  async #write(entry: Entry): Promise<void> {
    try {
      await this.#appender.append(entry);
    } catch (cause) {
      throw new StoreError((cause as Error).message, { cause });
    }
  }
}

/**
 * Usage of a run so far, also of one that is running or was killed; null when nothing is known.
 *
 * @throws {Error} naming the file and what is wrong with it
 */
export async function readUsage(folder: string): Promise<UsageTotals | null> {
  if (!existsSync(usagePath(folder)) && !existsSync(logPath(folder))) return null;
  return (await readTotals(folder)).totals;
}

async function readTotals(folder: string): Promise<{ totals: UsageTotals; lost: number }> {
  const file = await readUsageFile(usagePath(folder));
  const { log: inFile, ...saved }: UsageFile = file ?? noUsage(null);
  const path = logPath(folder);
  if (!existsSync(path)) return { totals: saved, lost: 0 };
  const entries: Entry[] = [];
  // A kill may have left a part of a line.
  for await (const { value } of streamJsonl(path, checkEntry, { skipUnfinished: true })) {
    entries.push(value);
  }
  const header = entries.shift();
  if (header === undefined || !("log" in header)) {
    throw new Error(`Cannot read ${path}: its first line is not the log's own`);
  }
  if (header.log === inFile) return { totals: saved, lost: 0 };
  const underWay = new Map<number, number>();
  let totals = header.base;
  for (const entry of entries) {
    if ("begun" in entry) underWay.set(entry.begun, entry.mostUsd);
    else if ("ended" in entry) {
      underWay.delete(entry.ended);
      const { use, costUsd } = entry;
      if (use !== null) totals = withUse(totals, { ...use, costUsd });
      else if (costUsd !== null && costUsd > 0) totals = withUnanswered(totals, costUsd);
    }
  }
  for (const mostUsd of underWay.values()) totals = withUnanswered(totals, mostUsd);
  // Waits and retries are not in the log.
  const { retries, rateLimited, unusable } = saved;
  return { totals: { ...totals, retries, rateLimited, unusable }, lost: underWay.size };
}

async function readUsageFile(path: string): Promise<UsageFile | null> {
  if (!existsSync(path)) return null;
  return checkTotals(await readInputJson(path), path) as UsageFile;
}

function checkEntry(value: unknown): Entry {
  const entry = value as Partial<Record<string, unknown>> | null;
  if (typeof entry?.log === "string") checkTotals(entry.base, "base");
  else if (typeof entry?.begun === "number") checkAmount(entry.mostUsd, "mostUsd");
  else if (typeof entry?.ended === "number") {
    if (entry.costUsd !== null) checkAmount(entry.costUsd, "costUsd");
    if (entry.use !== null) checkTotals({ ...noUsage(null), ...entry.use as object }, "use");
  } else throw new Error("it is no entry of a log of usage");
  return value as Entry;
}

/** The value with every count that an older version did not have. */
function checkTotals(value: unknown, where: string): UsageTotals {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Error(`Cannot read ${where}: it holds no totals of usage`);
  }
  const totals: UsageTotals = { ...noUsage(null), ...value };
  for (const name of Object.keys(noUsage(null)) as (keyof UsageTotals)[]) {
    if (name !== "costUsd" || totals.costUsd !== null) {
      checkAmount(totals[name], `${where}: ${name}`);
    }
  }
  return totals;
}

function checkAmount(value: unknown, where: string): void {
  if (!(typeof value === "number" && Number.isFinite(value) && value >= 0)) {
    throw new Error(`Cannot read ${where}: it is ${JSON.stringify(value)}, not an amount`);
  }
}

function usagePath(folder: string): string {
  return join(folder, "usage.json");
}

function logPath(folder: string): string {
  return join(folder, "usage.log.jsonl");
}
