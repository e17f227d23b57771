import type { StudentEngineOptions } from "./engine_options.ts";
import type { StudentParts } from "./engine_options.ts";
import { GenerationError } from "../../models/chat_model.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { StudentConfig } from "../config.ts";
import { checkEngine } from "./check_engine.ts";
import { checkOptions, checkTokens } from "./check_request.ts";
import type { Generated, GenerateRequest } from "./generate_request.ts";
import type { PoolGroup } from "./group_pool.ts";
import { cacheShape, GroupPools } from "./group_pools.ts";
import { Prefill } from "./prefill.ts";
import { PrefixCache } from "./prefix_cache.ts";
import { RunningSample } from "./running_sample.ts";
import { Sampler } from "./sampler.ts";
import { openStudentSession } from "./open_student_session.ts";
import type { StudentSession } from "./student_session.ts";

/** Counts of an engine's work so far. */
export interface EngineStatistics {
  /** Tokens of prompts, read or found in the cache. */
  readonly promptTokens: number;
  /** Prompt tokens that were found in the cache. */
  readonly cachedTokens: number;
  /** Tokens drawn. */
  readonly generatedTokens: number;
  /** Runs of the decode graph. */
  readonly decodeRuns: number;
  /** Time spent in reading prompts, in milliseconds. */
  readonly prefillMs: number;
  /** Time spent in decoding, in milliseconds. */
  readonly decodeMs: number;
}

interface Job {
  readonly request: GenerateRequest;
  readonly samples: readonly RunningSample[];
  readonly resolve: (generated: Generated) => void;
  readonly reject: (error: unknown) => void;
  cachedTokens: number;
}

/**
 * Generates text with a student. Concurrent requests share decoding steps: as many samples as there
 * is room for run together, and new ones join while others go on. A prompt is read once for all its
 * samples, and the beginning that it has in common with an earlier prompt is not read again.
 *
 * A sample's tokens depend on the weights, the prompt, the options, the seed and the sample's number,
 * not on what else was running: every step gives the same bits for a row whatever the others are.
 *
 * @example
 * ```ts
 * import {
 *   initWeights,
 *   loadChatTemplate,
 *   StudentEngine,
 *   studentPreset,
 *   trainTokenizer,
 * } from "@potstill/student";
 * const tokenizer = trainTokenizer(["a b c"], await loadChatTemplate(), { vocabSize: 260 });
 * const config = studentPreset("0.3M", tokenizer.vocabSize);
 * const weights = initWeights(config, 1);
 * const engine = await StudentEngine.create({ config, weights, tokenizer });
 * const { samples } = await engine.generate({ prompt: tokenizer.encode("a b"), maxNewTokens: 4 });
 * if (samples[0].ids.length > 4) throw new Error("too many tokens");
 * await engine.dispose();
 * ```
 */
export class StudentEngine {
  /** The student's shape. */
  readonly config: StudentConfig;
  /** The student's tokenizer. */
  readonly tokenizer: Tokenizer;
  /** Longest sequence, prompt and sample together. */
  readonly maxTokens: number;
  readonly #session: StudentSession;
  readonly #prefill: Prefill;
  readonly #prefixCache: PrefixCache;
  readonly #sampler: Sampler;
  readonly #endTokens: ReadonlySet<number>;
  readonly #maxSamples: number;
  readonly #waiting: Job[] = [];
  readonly #running = new Set<Job>();
  readonly #pools: GroupPools<RunningSample>;
  readonly #statistics = {
    promptTokens: 0,
    cachedTokens: 0,
    generatedTokens: 0,
    decodeRuns: 0,
    prefillMs: 0,
    decodeMs: 0,
  };
  #turn: Promise<unknown> = Promise.resolve();
  #looping = false;
  #disposed = false;

  private constructor(
    { config, tokenizer }: StudentParts,
    options: StudentEngineOptions,
    maxTokens: number,
    session: StudentSession,
  ) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.maxTokens = maxTokens;
    this.#session = session;
    this.#prefixCache = new PrefixCache(options.prefixCacheBytes ?? 128 * 2 ** 20);
    this.#prefill = new Prefill(session, cacheShape(config), this.#prefixCache);
    this.#pools = new GroupPools(session, config);
    this.#sampler = new Sampler(config.vocab_size, tokenizer.vocabSize);
    this.#maxSamples = options.maxSamples ?? 64;
    const ends = config.eos_token_id ?? [];
    this.#endTokens = new Set([
      ...tokenizer.specialTokens.values(),
      ...(typeof ends === "number" ? [ends] : ends),
    ]);
  }

  /**
   * Prepares a student for generation.
   *
   * @throws {RangeError} when weights, tokenizer and configuration do not fit each other, or an option
   *   is out of range
   */
  static async create(
    parts: StudentParts,
    options: StudentEngineOptions = {},
  ): Promise<StudentEngine> {
    const { maxTokens, weightType } = checkEngine(parts, options);
    const session = await openStudentSession(parts, weightType, options);
    return new StudentEngine(parts, options, maxTokens, session);
  }

  /** Tokens that end a turn: the tokenizer's own, then those of the configuration. */
  get endOfTurnTokens(): number[] {
    const own = this.tokenizer.specialTokens.get(this.tokenizer.endOfTurn);
    const ends = this.config.eos_token_id ?? [];
    return [
      ...new Set([
        ...(own === undefined ? [] : [own]),
        ...(typeof ends === "number" ? [ends] : ends),
      ]),
    ];
  }

  /** Figures of the engine's work so far. */
  get statistics(): EngineStatistics {
    return { ...this.#statistics };
  }

  /**
   * Generates the samples of one request.
   *
   * @throws {GenerationError} when the prompt is empty, has an unknown token, or leaves no room for a
   *   token; when an option is out of range; when onnxruntime fails
   * @throws the signal's reason, when it is aborted
   */
  generate(request: GenerateRequest): Promise<Generated> {
    return new Promise((resolve, reject) => {
      try {
        request.signal?.throwIfAborted();
        this.#waiting.push(this.#job(request, resolve, reject));
      } catch (error) {
        return reject(error);
      }
      if (!this.#looping) this.#loop();
    });
  }

  /**
   * The natural logarithm of each token's probability after those before it.
   *
   * @returns one number for each token; the first has nothing before it and gets 0
   * @throws {GenerationError} when there is no token, an unknown one, or more than the engine's longest
   *   sequence
   */
  async sequenceLogprobs(ids: Int32Array): Promise<Float32Array> {
    checkTokens(ids, this.maxTokens, this.config.vocab_size);
    const { logits } = await this.#exclusive(() => this.#prefill.read(ids, true));
    const out = new Float32Array(ids.length);
    const width = this.config.vocab_size;
    for (let i = 1; i < ids.length; i++) {
      out[i] = this.#sampler.logprob(logits, (i - 1) * width, ids[i]);
    }
    return out;
  }

  /** Ends waiting and running requests with an error and frees the engine's memory. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#failAll(new GenerationError("Cannot generate: the engine was disposed of"));
    await this.#exclusive(async () => {
      this.#pools.clear();
      this.#prefixCache.clear();
      await this.#session.release();
    });
  }

  #job(request: GenerateRequest, resolve: Job["resolve"], reject: Job["reject"]): Job {
    const { prompt, samples = 1, maxNewTokens = 1024 } = request;
    if (this.#disposed) throw new GenerationError("Cannot generate: the engine was disposed of");
    checkTokens(prompt, this.maxTokens - 1, this.config.vocab_size);
    checkOptions(request);
    const limits = {
      maxNewTokens: Math.min(maxNewTokens, this.maxTokens - prompt.length),
      endTokens: this.#endTokens,
    };
    const running = Array.from(
      { length: samples },
      (_, i) => new RunningSample(request, i, this.tokenizer, this.#sampler, limits),
    );
    return { request, samples: running, resolve, reject, cachedTokens: 0 };
  }

  async #loop(): Promise<void> {
    this.#looping = true;
    try {
      while (this.#waiting.length > 0 || this.#running.size > 0) {
        await this.#exclusive(() => this.#advance());
      }
    } catch (cause) {
      const { message } = cause as Error;
      this.#failAll(new GenerationError(`Cannot generate: ${message}`, { cause }));
    } finally {
      this.#looping = false;
    }
  }

  /** Admits requests while there is room, then adds a token to every running sample. */
  async #advance(): Promise<void> {
    this.#dropAborted();
    while (this.#waiting.length > 0 && this.#hasRoom(this.#waiting[0])) {
      await this.#admit(this.#waiting.shift()!);
      this.#dropAborted();
    }
    this.#pools.removeEnded();
    for (const pool of this.#pools.pools) {
      const startedAt = performance.now();
      const { rows, logits } = await pool.step();
      rows.forEach((row, i) => row.take(logits, i * this.config.vocab_size));
      this.#statistics.decodeMs += performance.now() - startedAt;
      this.#statistics.decodeRuns++;
      this.#statistics.generatedTokens += rows.length;
      for (const { rows } of pool.groups) {
        rows.forEach((row, slot) => row?.ended && (rows[slot] = null));
      }
    }
    for (const job of this.#running) this.#finishIfEnded(job);
  }

  async #admit(job: Job): Promise<void> {
    const { prompt } = job.request;
    this.#running.add(job);
    const startedAt = performance.now();
    const { logits, keyValues, cachedTokens } = await this.#prefill.read(prompt);
    job.cachedTokens = cachedTokens;
    for (const sample of job.samples) sample.take(logits, 0);
    this.#statistics.prefillMs += performance.now() - startedAt;
    this.#statistics.promptTokens += prompt.length;
    this.#statistics.cachedTokens += cachedTokens;
    this.#statistics.generatedTokens += job.samples.length;
    const going = job.samples.filter((sample) => !sample.ended);
    if (going.length > 0) this.#pools.add(going, this.#slots(job.samples.length), keyValues);
    this.#finishIfEnded(job);
  }

  /** Slots of a group: a lone row without grouped heads would take another path in onnxruntime. */
  #slots(samples: number): number {
    const { num_attention_heads: heads, num_key_value_heads: keyHeads } = this.config;
    return heads === keyHeads ? Math.max(2, samples) : samples;
  }

  #hasRoom(job: Job): boolean {
    let running = 0;
    for (const { samples } of this.#running) {
      for (const sample of samples) if (!sample.ended) running++;
    }
    return running === 0 || running + job.samples.length <= this.#maxSamples;
  }

  #finishIfEnded(job: Job): void {
    if (!job.samples.every((sample) => sample.ended)) return;
    this.#running.delete(job);
    job.resolve({
      samples: job.samples.map((sample) => sample.result()),
      promptTokens: job.request.prompt.length,
      cachedTokens: job.cachedTokens,
    });
  }

  #dropAborted(): void {
    const dropped = [...this.#waiting, ...this.#running].filter((job) =>
      job.request.signal?.aborted
    );
    for (const job of dropped) this.#drop(job, job.request.signal!.reason);
  }

  #failAll(error: GenerationError): void {
    for (const job of [...this.#waiting, ...this.#running]) this.#drop(job, error);
  }

  #drop(job: Job, error: unknown): void {
    const at = this.#waiting.indexOf(job);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#running.delete(job);
    const isOf = (group: PoolGroup<RunningSample>) =>
      group.rows.some((row) => row !== null && job.samples.includes(row));
    for (const pool of this.#pools.pools) {
      for (const group of pool.groups.filter(isOf)) group.rows.fill(null);
    }
    job.reject(error);
  }

  /** Runs one piece of work at a time: sampler, pools and cache are shared. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}
