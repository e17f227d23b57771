import type { ExecutionProvider } from "../../onnx/execution_provider.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { StudentConfig } from "../config.ts";
import type { WeightType } from "../quantize/weight_type.ts";
import type { Weights } from "../weights.ts";

/** Options of an engine. */
export interface StudentEngineOptions {
  /** Threads of onnxruntime. @default the machine's */
  readonly threads?: number;
  /** Longest sequence, prompt and sample together. @default max_position_embeddings */
  readonly maxTokens?: number;
  /** Samples that decode together, at most. @default 64 */
  readonly maxSamples?: number;
  /** Memory for the keys and values of earlier prompts. @default 128 MiB */
  readonly prefixCacheBytes?: number;
  /**
   * Number format of the matrices: smaller ones are read faster and are less precise.
   * @default "float32"
   */
  readonly weightType?: WeightType;
  /** Hardware of onnxruntime. @default "cpu" */
  readonly executionProvider?: ExecutionProvider;
  /**
   * Let the engine empty the weights that it is given, which are then not in memory beside its own.
   * @default false
   */
  readonly takeWeights?: boolean;
}

/** A student to run. */
export interface StudentParts {
  /** Its shape. */
  readonly config: StudentConfig;
  /** The tensors that the shape calls for. */
  readonly weights: Weights;
  /** With no more tokens than `vocab_size`. */
  readonly tokenizer: Tokenizer;
}
