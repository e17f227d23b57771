import type { ExecutionProvider } from "../../onnx/execution_provider.ts";
import type { StudentConfig } from "../config.ts";
import type { LoraConfig } from "../lora/lora_config.ts";
import type { FreezeOptions } from "../graph/parameter_layout.ts";
import type { FlatBuffer } from "./flat_buffer.ts";
import type { PackedRow } from "./packed_row.ts";

/** Numbers in which linear layers of blocks are multiplied. */
export type Precision = "float32" | "int8";

/** Settings of the gradients' computation, the same in all threads. */
export interface GradientSettings {
  /** The student's shape. */
  readonly config: StudentConfig;
  /** The adapter, if only that is trained. */
  readonly lora: LoraConfig | null;
  /** Parts that stay as they are. @default none */
  readonly freeze?: FreezeOptions;
  /** Most tokens of one run of the graph, unless a row is longer. */
  readonly microBatchTokens: number;
  /** See `EngineOptions`. */
  readonly gradientCheckpointing: boolean | "selective";
  /** See `EngineOptions`. @default "float32" */
  readonly precision?: Precision;
  /** Threads within the operations of a graph. */
  readonly operationThreads: number;
  /** Hardware of onnxruntime. */
  readonly executionProvider: ExecutionProvider;
}

/** Sums over the rows of a share of a batch. */
export interface GradientSum {
  /** Sum of cross-entropies times their weights. */
  readonly lossSum: number;
  /** Sum of gradients; overwritten by the next call. */
  readonly gradient: FlatBuffer;
}

/** Computes gradients in one thread. */
export interface GradientSource {
  /**
   * The sum over rows of loss and gradient, times `scale` for the gradient.
   *
   * @param dropoutSeed decides what adapters' dropout drops
   */
  gradient(
    rows: readonly PackedRow[],
    weights: FlatBuffer,
    scale: number,
    dropoutSeed: string,
  ): Promise<GradientSum>;
  /** The sum over rows of the loss. */
  lossSum(rows: readonly PackedRow[], weights: FlatBuffer): Promise<number>;
  /** The cross-entropy of each trained token, in the rows' order, without its weight. */
  tokenLosses(rows: readonly PackedRow[], weights: FlatBuffer): Promise<Float32Array>;
  /** Frees the memory held by onnxruntime. */
  release(): Promise<void>;
}
