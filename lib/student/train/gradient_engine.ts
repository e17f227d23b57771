import * as ort from "onnxruntime-node";
import { createSession } from "../../onnx/execution_provider.ts";
import { type GraphPart, wholeModel } from "../graph/graph_part.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import type { GraphShape } from "../graph/token_inputs.ts";
import { lossGraph, trainingGraph } from "../graph/training_graph.ts";
import type { Weights } from "../weights.ts";
import { tapeOptions } from "../graph/tape.ts";
import { type FlatBuffer, scalarTensor, sessionOptions } from "./flat_buffer.ts";
import type { GradientSettings, GradientSource, GradientSum } from "./gradient_settings.ts";
import { GradientSums } from "./gradient_sums.ts";
import { type MicroBatch, splitBatch } from "./micro_batch.ts";
import type { PackedRow } from "./packed_row.ts";
import { ParameterFeeds, type TensorMap } from "./parameter_feeds.ts";
import { trainedTokens } from "./share_rows.ts";
import { runSession } from "../../onnx/run_session.ts";

/** Runs the graph of the whole model, forward and backward, over rows, adding up gradients. */
export class GradientEngine implements GradientSource {
  readonly #settings: GradientSettings;
  readonly #layout: ParameterLayout;
  readonly #part: GraphPart;
  readonly #feeds: ParameterFeeds;
  readonly #sums: GradientSums;
  readonly #training = new Map<number, ort.InferenceSession>();
  readonly #evaluating = new Map<number, ort.InferenceSession>();

  /**
   * An engine without sessions; they are made when they are needed.
   *
   * @param frozen the student's weights when only its adapter is trained
   * @throws {RangeError} when `frozen` are not the weights of the student
   */
  constructor(settings: GradientSettings, layout: ParameterLayout, frozen: Weights) {
    this.#settings = settings;
    this.#layout = layout;
    this.#part = wholeModel(layout);
    this.#feeds = new ParameterFeeds(layout, frozen);
    this.#sums = new GradientSums(layout);
  }

  /** See `GradientSource`. */
  async gradient(
    rows: readonly PackedRow[],
    weights: FlatBuffer,
    scale: number,
    dropoutSeed: string,
  ): Promise<GradientSum> {
    const trained = this.#feeds.trained(this.#part);
    const parameters = this.#feeds.parameters(this.#part, weights);
    const lossScale = scalarTensor(scale);
    let lossSum = 0;
    this.#sums.clear();
    for (const [i, batch] of splitBatch(rows, this.#settings.microBatchTokens).entries()) {
      if (batch.trainedTokens === 0) continue;
      const session = await this.#session(this.#training, batch, trainingGraph);
      const loss = scalarTensor(0);
      const { feeds, fetches } = this.#sums.tensors(trained);
      await runSession(session, {
        ...this.#tokens(batch),
        ...parameters,
        ...this.#feeds.masks(this.#part, batch, `${dropoutSeed}/${i}`),
        ...feeds,
        loss_scale: lossScale,
      }, { ...fetches, loss });
      lossSum += Number(loss.data[0]);
    }
    return { lossSum, gradient: this.#sums.total };
  }

  /** See `GradientSource`. */
  async lossSum(rows: readonly PackedRow[], weights: FlatBuffer): Promise<number> {
    let lossSum = 0;
    for await (const { loss } of this.#evaluate(rows, weights)) lossSum += Number(loss.data[0]);
    return lossSum;
  }

  /** See `GradientSource`. */
  async tokenLosses(rows: readonly PackedRow[], weights: FlatBuffer): Promise<Float32Array> {
    const all = new Float32Array(trainedTokens(rows));
    let at = 0;
    for await (const { losses } of this.#evaluate(rows, weights)) {
      all.set(losses.data as Float32Array, at);
      at += losses.size;
    }
    return all;
  }

  async *#evaluate(
    rows: readonly PackedRow[],
    weights: FlatBuffer,
  ): AsyncGenerator<ort.InferenceSession.OnnxValueMapType> {
    for (const batch of splitBatch(rows, this.#settings.microBatchTokens)) {
      if (batch.trainedTokens === 0) continue;
      const session = await this.#session(this.#evaluating, batch, lossGraph);
      yield await runSession(session, {
        ...this.#tokens(batch),
        ...this.#feeds.parameters(this.#part, weights),
      });
    }
  }

  /** Frees the memory held by onnxruntime. */
  async release(): Promise<void> {
    for (const sessions of [this.#training, this.#evaluating]) {
      for (const session of sessions.values()) await session.release();
      sessions.clear();
    }
  }

  #tokens(batch: MicroBatch): TensorMap {
    const { tokens, trainedTokens } = batch;
    return {
      ...this.#feeds.places(batch),
      ids: new ort.Tensor("int32", batch.ids, [tokens]),
      predictors: new ort.Tensor("int32", batch.predictors, [trainedTokens]),
      targets: new ort.Tensor("int32", batch.targets, [trainedTokens]),
      target_weights: new ort.Tensor("float32", batch.targetWeights, [trainedTokens]),
    };
  }

  async #session(
    cache: Map<number, ort.InferenceSession>,
    { blocks }: GraphShape,
    build: (layout: ParameterLayout, shape: GraphShape) => Uint8Array,
  ): Promise<ort.InferenceSession> {
    let session = cache.get(blocks);
    if (session === undefined) {
      const { operationThreads, executionProvider } = this.#settings;
      const model = build(this.#layout, { blocks, ...tapeOptions(executionProvider) });
      session = await createSession(model, sessionOptions(operationThreads), executionProvider);
      cache.set(blocks, session);
    }
    return session;
  }
}
