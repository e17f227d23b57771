import * as ort from "onnxruntime-node";
import { createSession } from "../../onnx/execution_provider.ts";
import { hasWindow } from "../config.ts";
import { blockGraph, embeddingGraph, headGraph } from "../graph/block_graphs.ts";
import { blockPart, embeddingPart, type GraphPart, headPart } from "../graph/graph_part.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import type { Weights } from "../weights.ts";
import { type FlatBuffer, flatBuffer, scalarTensor, sessionOptions } from "./flat_buffer.ts";
import type { GradientSettings, GradientSource, GradientSum } from "./gradient_settings.ts";
import { GradientSums } from "./gradient_sums.ts";
import { type MicroBatch, splitBatch } from "./micro_batch.ts";
import type { PackedRow } from "./packed_row.ts";
import { ParameterFeeds, type TensorMap } from "./parameter_feeds.ts";

/** Numbers in the logits of one run of the output layer, at most: 128 MiB. */
const LOGITS = 2 ** 25;

/** A micro-batch with what its runs have in common. */
interface Job {
  readonly batch: MicroBatch;
  readonly places: TensorMap;
  readonly weights: FlatBuffer;
  /** Null without dropout. */
  readonly dropoutSeed: string | null;
}

/**
 * Gradient checkpointing: blocks are run one by one, only the hidden states between them are kept,
 * and the backward pass computes each block a second time. The graph of one block serves all of them,
 * so that memory hardly grows with the number of blocks, and the output layer sees a part of the
 * tokens at a time.
 *
 * @source https://arxiv.org/abs/1604.06174
 */
export class BlockwiseEngine implements GradientSource {
  readonly #settings: GradientSettings;
  readonly #layout: ParameterLayout;
  readonly #feeds: ParameterFeeds;
  readonly #sums: GradientSums;
  readonly #sessions = new Map<string, ort.InferenceSession>();

  /**
   * An engine without sessions; they are made when they are needed.
   *
   * @param frozen the student's weights when only its adapter is trained
   * @throws {RangeError} when `frozen` are not the weights of the student
   */
  constructor(settings: GradientSettings, layout: ParameterLayout, frozen: Weights) {
    this.#settings = settings;
    this.#layout = layout;
    this.#feeds = new ParameterFeeds(layout, frozen);
    this.#sums = new GradientSums(layout, [flatBuffer(layout), flatBuffer(layout)]);
  }

  /** See `GradientSource`. */
  async gradient(
    rows: readonly PackedRow[],
    weights: FlatBuffer,
    scale: number,
    dropoutSeed: string,
  ): Promise<GradientSum> {
    let lossSum = 0;
    this.#sums.clear();
    for (const [i, batch] of splitBatch(rows, this.#settings.microBatchTokens).entries()) {
      if (batch.trainedTokens === 0) continue;
      const places = this.#feeds.places(batch);
      const job = { batch, places, weights, dropoutSeed: `${dropoutSeed}/${i}` };
      const states = await this.#forward(job);
      const head = await this.#head(job, states.pop()!, scale);
      lossSum += head.lossSum;
      let gradient = head.gradient!;
      for (let layer = states.length - 1; layer >= 0; layer--) {
        gradient = await this.#backward(job, layer, states.pop()!, gradient);
      }
      if (this.#layout.lora === null) await this.#embeddingBackward(job, gradient);
    }
    return { lossSum, gradient: this.#sums.total() };
  }

  /** See `GradientSource`. */
  async lossSum(rows: readonly PackedRow[], weights: FlatBuffer): Promise<number> {
    let lossSum = 0;
    for (const batch of splitBatch(rows, this.#settings.microBatchTokens)) {
      if (batch.trainedTokens === 0) continue;
      const job = { batch, places: this.#feeds.places(batch), weights, dropoutSeed: null };
      const states = await this.#forward(job);
      lossSum += (await this.#head(job, states.pop()!, null)).lossSum;
    }
    return lossSum;
  }

  /** Frees the memory held by onnxruntime. */
  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }

  /** Hidden states before each block, and after the last one those of the predictors. */
  async #forward(job: Job): Promise<ort.Tensor[]> {
    const embed = await this.#session("embed", () => embeddingGraph(this.#layout, "forward"));
    const { hidden } = await embed.run({
      ...this.#feeds.parameters(embeddingPart(), job.weights),
      ids: new ort.Tensor("int32", job.batch.ids, [job.batch.tokens]),
    });
    const states = [hidden];
    for (let layer = 0; layer < this.#layout.config.num_hidden_layers; layer++) {
      const session = await this.#blockSession(job, layer, "forward");
      const out = await session.run({ ...this.#blockFeeds(job, layer), hidden: states[layer] });
      states.push(out.hidden_out);
    }
    return states;
  }

  /** The loss, and unless `scale` is null the gradient by the hidden states. */
  async #head(
    { batch, weights }: Job,
    hidden: ort.Tensor,
    scale: number | null,
  ): Promise<{ readonly lossSum: number; readonly gradient: ort.Tensor | null }> {
    const { config } = this.#layout;
    const width = config.hidden_size;
    const part = headPart(config);
    const training = scale !== null;
    const session = await this.#session(
      `head ${training}`,
      () => headGraph(this.#layout, training),
    );
    const trained = training ? this.#feeds.trained(part) : [];
    const values = hidden.data as Float32Array;
    const gradient = new Float32Array(training ? values.length : 0);
    const rows = Math.max(1, Math.floor(LOGITS / config.vocab_size));
    let lossSum = 0;
    for (let from = 0; from < batch.trainedTokens; from += rows) {
      const to = Math.min(batch.trainedTokens, from + rows);
      const shape = [to - from, width];
      const slice = (array: Float32Array) =>
        new ort.Tensor("float32", array.subarray(from * width, to * width), shape);
      const loss = scalarTensor(0);
      const { feeds, fetches } = this.#sums.tensors(trained);
      await session.run({
        ...this.#feeds.parameters(part, weights),
        ...feeds,
        ...(training ? { loss_scale: scalarTensor(scale) } : {}),
        hidden: slice(values),
        targets: new ort.Tensor("int32", batch.targets.subarray(from, to), [to - from]),
      }, { ...fetches, ...(training ? { hidden_gradient: slice(gradient) } : {}), loss });
      this.#sums.advance(trained);
      lossSum += Number(loss.data[0]);
    }
    return {
      lossSum,
      gradient: training ? new ort.Tensor("float32", gradient, hidden.dims) : null,
    };
  }

  /** Adds a block's gradients and returns that by its input. */
  async #backward(
    job: Job,
    layer: number,
    hidden: ort.Tensor,
    outGradient: ort.Tensor,
  ): Promise<ort.Tensor> {
    const session = await this.#blockSession(job, layer, "backward");
    const trained = this.#feeds.trained(this.#part(layer));
    const { feeds, fetches } = this.#sums.tensors(trained);
    const gradient = new ort.Tensor(
      "float32",
      new Float32Array(hidden.data.length),
      hidden.dims,
    );
    await session.run({
      ...this.#blockFeeds(job, layer),
      ...feeds,
      hidden,
      hidden_out_gradient: outGradient,
    }, { ...fetches, hidden_gradient: gradient });
    this.#sums.advance(trained);
    return gradient;
  }

  async #embeddingBackward(job: Job, gradient: ort.Tensor): Promise<void> {
    const session = await this.#session(
      "embed backward",
      () => embeddingGraph(this.#layout, "backward"),
    );
    const part = embeddingPart();
    const trained = this.#feeds.trained(part);
    const { feeds, fetches } = this.#sums.tensors(trained);
    await session.run({
      ...this.#feeds.parameters(part, job.weights),
      ...feeds,
      ids: new ort.Tensor("int32", job.batch.ids, [job.batch.tokens]),
      hidden_gradient: gradient,
    }, fetches);
    this.#sums.advance(trained);
  }

  #part(layer: number): GraphPart {
    return blockPart(this.#layout, layer);
  }

  #isLast(layer: number): boolean {
    return layer === this.#layout.config.num_hidden_layers - 1;
  }

  #blockFeeds({ batch, places, weights, dropoutSeed }: Job, layer: number): TensorMap {
    const part = this.#part(layer);
    const feeds = { ...places, ...this.#feeds.parameters(part, weights) };
    if (this.#isLast(layer)) {
      feeds.predictors = new ort.Tensor("int32", batch.predictors, [batch.trainedTokens]);
    }
    if (dropoutSeed !== null) Object.assign(feeds, this.#feeds.masks(part, batch, dropoutSeed));
    return feeds;
  }

  #blockSession(
    { batch: { blocks }, dropoutSeed }: Job,
    layer: number,
    direction: "forward" | "backward",
  ): Promise<ort.InferenceSession> {
    const windowed = hasWindow(this.#layout.config, layer);
    const dropout = dropoutSeed !== null;
    const options = { blocks, last: this.#isLast(layer), direction, dropout, windowed };
    return this.#session(JSON.stringify(options), () => blockGraph(this.#layout, options));
  }

  async #session(key: string, build: () => Uint8Array): Promise<ort.InferenceSession> {
    let session = this.#sessions.get(key);
    if (session === undefined) {
      const { operationThreads, executionProvider } = this.#settings;
      session = await createSession(build(), sessionOptions(operationThreads), executionProvider);
      this.#sessions.set(key, session);
    }
    return session;
  }
}
