import * as ort from "onnxruntime-node";
import { createSession } from "../../onnx/execution_provider.ts";
import type { ValueInfo } from "../../onnx/model_proto.ts";
import { hasWindow } from "../config.ts";
import { type BlockGraphs, blockGraphs, headGraph } from "../graph/block_graphs.ts";
import { blockPart, type GraphPart, headPart, isLinearWeight } from "../graph/graph_part.ts";
import { EMBEDDINGS, embeddingScale } from "../graph/student_loss.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import type { Weights } from "../weights.ts";
import { addEmbeddings, type EmbeddingShape, takeEmbeddings } from "./embedding_rows.ts";
import { tapeOptions } from "../graph/tape.ts";
import { type FlatBuffer, scalarTensor, sessionOptions } from "./flat_buffer.ts";
import type { GradientSettings, GradientSource, GradientSum } from "./gradient_settings.ts";
import { GradientSums } from "./gradient_sums.ts";
import { Int8Matrices } from "./int8_matrices.ts";
import { type MicroBatch, splitBatch } from "./micro_batch.ts";
import type { PackedRow } from "./packed_row.ts";
import { ParameterFeeds, type TensorMap } from "./parameter_feeds.ts";
import { trainedTokens } from "./share_rows.ts";
import { TensorPool } from "./tensor_pool.ts";
import { runSession } from "../../onnx/run_session.ts";

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

/** The loss of a micro-batch. */
interface HeadResult {
  /** Sum of the cross-entropies times their weights. */
  readonly lossSum: number;
  /** Without a backward pass: the cross-entropies of its tokens, part by part. */
  readonly losses: readonly Float32Array[];
  /** With a backward pass: the gradient by the hidden states. */
  readonly gradient: ort.Tensor | null;
}

/** Sessions of a block's two passes. */
interface BlockSessions {
  readonly forward: ort.InferenceSession;
  /** Null where nothing is trained. */
  readonly backward: ort.InferenceSession | null;
  readonly kept: readonly ValueInfo[];
}

/**
 * Runs blocks one by one, forward and backward. The graphs of one block serve all of them, and what
 * flows between them is kept in memory that the next micro-batch uses again: the results of products
 * from the forward pass (the backward pass computes the cheap rest a second time), or with gradient
 * checkpointing only the hidden states between blocks. The output layer sees a part of the tokens at
 * a time.
 *
 * @source https://arxiv.org/abs/1604.06174; https://arxiv.org/abs/2205.05198
 */
export class BlockwiseEngine implements GradientSource {
  readonly #settings: GradientSettings;
  readonly #layout: ParameterLayout;
  readonly #feeds: ParameterFeeds;
  readonly #sums: GradientSums;
  readonly #embedding: EmbeddingShape;
  readonly #pool = new TensorPool();
  #int8: Int8Matrices | null = null;
  readonly #sessions = new Map<string, Promise<ort.InferenceSession>>();
  readonly #blocks = new Map<string, Promise<BlockSessions>>();

  /**
   * An engine without sessions; they are made when they are needed.
   *
   * @param frozen the student's weights that are not trained
   * @throws {RangeError} when `frozen` are not the weights of the student
   */
  constructor(settings: GradientSettings, layout: ParameterLayout, frozen: Weights) {
    this.#settings = settings;
    this.#layout = layout;
    this.#feeds = new ParameterFeeds(layout, frozen);
    const { config } = settings;
    this.#embedding = { width: config.hidden_size, scale: embeddingScale(config) };
    this.#sums = new GradientSums(layout);
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
    await this.#round(weights);
    for (const [i, batch] of splitBatch(rows, this.#settings.microBatchTokens).entries()) {
      if (batch.trainedTokens === 0) continue;
      const places = this.#feeds.places(batch);
      const job = { batch, places, weights, dropoutSeed: `${dropoutSeed}/${i}` };
      const states = await this.#forward(job, true);
      const head = await this.#head(job, states.pop()!, scale);
      lossSum += head.lossSum;
      let gradient: ort.Tensor | null = head.gradient;
      for (let layer = states.length - 1; layer >= 0 && gradient !== null; layer--) {
        gradient = await this.#backward(job, layer, states[layer], gradient);
      }
      const embeddings = this.#sums.of(EMBEDDINGS);
      if (gradient === null || embeddings === null) continue;
      addEmbeddings(embeddings, gradient.data as Float32Array, batch.ids, this.#embedding);
    }
    return { lossSum, gradient: this.#sums.total };
  }

  /** See `GradientSource`. */
  async lossSum(rows: readonly PackedRow[], weights: FlatBuffer): Promise<number> {
    let lossSum = 0;
    for await (const head of this.#evaluate(rows, weights)) lossSum += head.lossSum;
    return lossSum;
  }

  /** See `GradientSource`. */
  async tokenLosses(rows: readonly PackedRow[], weights: FlatBuffer): Promise<Float32Array> {
    const all = new Float32Array(trainedTokens(rows));
    let at = 0;
    for await (const { losses } of this.#evaluate(rows, weights)) {
      for (const part of losses) {
        all.set(part, at);
        at += part.length;
      }
    }
    return all;
  }

  async *#evaluate(rows: readonly PackedRow[], weights: FlatBuffer): AsyncGenerator<HeadResult> {
    await this.#round(weights);
    for (const batch of splitBatch(rows, this.#settings.microBatchTokens)) {
      if (batch.trainedTokens === 0) continue;
      const job = { batch, places: this.#feeds.places(batch), weights, dropoutSeed: null };
      const states = await this.#forward(job, false);
      yield await this.#head(job, states.pop()!, null);
    }
  }

  /** Frees the memory held by onnxruntime. */
  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release();
    for (const block of this.#blocks.values()) {
      const { forward, backward } = await block;
      await forward.release();
      await backward?.release();
    }
    this.#sessions.clear();
    this.#blocks.clear();
    this.#pool.clear();
    await this.#int8?.release();
    this.#int8 = null;
  }

  /** Rounds the matrices of linear layers: frozen ones once, which are then let go, others anew. */
  async #round(weights: FlatBuffer): Promise<void> {
    if (this.#settings.precision !== "int8") return;
    this.#int8 ??= await Int8Matrices.create(this.#settings.operationThreads);
    for (const [name, tensor] of [...this.#feeds.frozen]) {
      if (!isLinearWeight(name)) continue;
      await this.#int8.round(name, tensor);
      this.#feeds.frozen.delete(name);
    }
    for (const [i, { name }] of this.#layout.parameters.entries()) {
      if (isLinearWeight(name)) await this.#int8.round(name, weights.parameters[i]);
    }
  }

  /** Hidden states before each block, and after the last one those of the predictors. */
  async #forward(job: Job, training: boolean): Promise<ort.Tensor[]> {
    const { tokens, trainedTokens } = job.batch;
    const width = this.#layout.config.hidden_size;
    const hidden = this.#pool.tensor("hidden 0", [tokens, width]);
    const table = this.#feeds.parameter(EMBEDDINGS, job.weights).data as Float32Array;
    takeEmbeddings(hidden.data as Float32Array, table, job.batch.ids, this.#embedding);
    const states = [hidden];
    const layers = this.#layout.config.num_hidden_layers;
    for (let layer = 0; layer < layers; layer++) {
      const { forward, kept } = await this.#blockSessions(job, layer);
      const rows = this.#isLast(layer) ? trainedTokens : tokens;
      // Without a backward pass to come, two places are enough.
      const place = training ? layer + 1 : layer % 2 + 1;
      const out = this.#pool.tensor(`hidden ${place}`, [rows, width]);
      const fetches = training ? this.#keptTensors(job, layer, kept) : {};
      await runSession(
        forward,
        { ...this.#blockFeeds(job, layer), hidden: states[layer] },
        { ...fetches, hidden_out: out },
      );
      states.push(out);
    }
    return states;
  }

  /** The output layer and the loss. @param scale null without a backward pass */
  async #head(
    { batch, weights }: Job,
    hidden: ort.Tensor,
    scale: number | null,
  ): Promise<HeadResult> {
    const { config } = this.#layout;
    const width = config.hidden_size;
    const part = headPart(config);
    const training = scale !== null;
    const session = await this.#session(
      `head ${training}`,
      () => headGraph(this.#layout, training, tapeOptions(this.#settings.executionProvider)),
    );
    const trained = training ? this.#feeds.trained(part) : [];
    const gradient = this.#pool.tensor("head gradient", training ? hidden.dims : [0, width]);
    const rows = Math.max(1, Math.floor(LOGITS / config.vocab_size));
    let lossSum = 0;
    const losses: Float32Array[] = [];
    for (let from = 0; from < batch.trainedTokens; from += rows) {
      const to = Math.min(batch.trainedTokens, from + rows);
      const shape = [to - from, width];
      const slice = ({ data }: ort.Tensor) =>
        new ort.Tensor("float32", (data as Float32Array).subarray(from * width, to * width), shape);
      const loss = scalarTensor(0);
      const { feeds, fetches } = this.#sums.tensors(trained);
      const out = await runSession(session, {
        ...this.#feeds.parameters(part, weights),
        ...feeds,
        ...(training ? { loss_scale: scalarTensor(scale) } : {}),
        hidden: slice(hidden),
        targets: new ort.Tensor("int32", batch.targets.subarray(from, to), [to - from]),
        target_weights: new ort.Tensor("float32", batch.targetWeights.subarray(from, to), [
          to - from,
        ]),
      }, {
        ...fetches,
        ...(training ? { hidden_gradient: slice(gradient) } : { losses: null }),
        loss,
      });
      lossSum += Number(loss.data[0]);
      if (!training) losses.push(out.losses.data as Float32Array);
    }
    return { lossSum, losses, gradient: training ? gradient : null };
  }

  /** Adds a block's gradients and returns that by its input, if anything below is trained. */
  async #backward(
    job: Job,
    layer: number,
    hidden: ort.Tensor,
    outGradient: ort.Tensor,
  ): Promise<ort.Tensor | null> {
    const { backward, kept } = await this.#blockSessions(job, layer);
    if (backward === null) return null;
    const trained = this.#feeds.trained(this.#part(layer));
    const { feeds, fetches } = this.#sums.tensors(trained);
    const gradient = this.#isTrainedBelow(layer)
      ? this.#pool.tensor(`gradient ${layer % 2}`, hidden.dims)
      : null;
    await runSession(backward, {
      ...this.#blockFeeds(job, layer),
      ...this.#keptTensors(job, layer, kept),
      ...feeds,
      hidden,
      hidden_out_gradient: outGradient,
    }, { ...fetches, ...(gradient === null ? {} : { hidden_gradient: gradient }) });
    return gradient;
  }

  #part(layer: number): GraphPart {
    return blockPart(this.#layout, layer);
  }

  #isLast(layer: number): boolean {
    return layer === this.#layout.config.num_hidden_layers - 1;
  }

  #isTrainedBelow(layer: number): boolean {
    return layer > this.#layout.firstTrainedLayer;
  }

  #blockFeeds({ batch, places, weights, dropoutSeed }: Job, layer: number): TensorMap {
    const part = this.#part(layer);
    const feeds = { ...places, ...this.#feeds.parameters(part, weights) };
    if (this.#isLast(layer)) {
      feeds.predictors = new ort.Tensor("int32", batch.predictors, [batch.trainedTokens]);
    }
    for (const name of this.#int8 === null ? [] : part.names) {
      Object.assign(feeds, this.#int8!.feeds(part.prefix + name, name));
    }
    if (dropoutSeed !== null) Object.assign(feeds, this.#feeds.masks(part, batch, dropoutSeed));
    return feeds;
  }

  /** Places for what a block's forward pass keeps for its backward pass. */
  #keptTensors({ batch }: Job, layer: number, kept: readonly ValueInfo[]): TensorMap {
    return Object.fromEntries(kept.map(({ name, shape: [rows, width] }) => {
      const count = rows === "trained" ? batch.trainedTokens : batch.tokens;
      return [name, this.#pool.tensor(`${layer} ${name}`, [count, width as number])];
    }));
  }

  #blockSessions({ batch: { blocks }, dropoutSeed }: Job, layer: number): Promise<BlockSessions> {
    const options = {
      blocks,
      last: this.#isLast(layer),
      windowed: hasWindow(this.#layout.config, layer),
      dropout: dropoutSeed !== null,
      inputGradient: this.#isTrainedBelow(layer),
      recompute: this.#settings.gradientCheckpointing === true,
      int8: this.#settings.precision === "int8",
      ...tapeOptions(this.#settings.executionProvider),
    };
    const isTrained = layer >= this.#layout.firstTrainedLayer;
    const key = JSON.stringify([options, isTrained]);
    let sessions = this.#blocks.get(key);
    if (sessions === undefined) {
      sessions = this.#createBlock(blockGraphs(this.#layout, { ...options, layer }));
      this.#blocks.set(key, sessions);
    }
    return sessions;
  }

  async #createBlock({ forward, backward, kept }: BlockGraphs): Promise<BlockSessions> {
    return {
      forward: await this.#create(forward),
      backward: backward === null ? null : await this.#create(backward),
      kept,
    };
  }

  #session(key: string, build: () => Uint8Array): Promise<ort.InferenceSession> {
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = this.#create(build());
      this.#sessions.set(key, session);
    }
    return session;
  }

  #create(model: Uint8Array): Promise<ort.InferenceSession> {
    const { operationThreads, executionProvider } = this.#settings;
    return createSession(model, sessionOptions(operationThreads), executionProvider);
  }
}
