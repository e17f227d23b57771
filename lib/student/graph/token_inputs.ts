import type { GraphBuilder } from "../../onnx/graph_builder.ts";
import { headSize, type StudentConfig, windowRope } from "../config.ts";
import type { TapeOptions } from "./tape.ts";
import type { TokenInputs } from "./student_loss.ts";
import type { PlaceInputs } from "./transformer_block.ts";

/** Properties of a micro-batch that are built into its graph. */
export interface GraphShape extends TapeOptions {
  /** Blocks that attention is cut into. */
  readonly blocks: number;
}

/** Declares the inputs that say where tokens are, and the tables of the rotary angles. */
export function placeInputs(
  graph: GraphBuilder,
  config: StudentConfig,
  { blocks }: GraphShape,
): PlaceInputs {
  const half = headSize(config) / 2;
  return {
    positions: graph.input("positions", "int64", ["tokens"]),
    starts: graph.input("starts", "int64", ["tokens"]),
    blockLengths: graph.input("block_lengths", "int64", [blocks]),
    blockKeys: graph.input("block_keys", "int64", [blocks]),
    blocks,
    rotary: {
      cos: graph.input("rotary_cos", "float32", ["places", half]),
      sin: graph.input("rotary_sin", "float32", ["places", half]),
    },
    windowRotary: windowRope(config) === null ? null : {
      cos: graph.input("window_rotary_cos", "float32", ["window_places", half]),
      sin: graph.input("window_rotary_sin", "float32", ["window_places", half]),
    },
  };
}

/** Declares all inputs that say what the tokens are. */
export function tokenInputs(
  graph: GraphBuilder,
  config: StudentConfig,
  shape: GraphShape,
): TokenInputs {
  return {
    ids: graph.input("ids", "int32", ["tokens"]),
    ...placeInputs(graph, config, shape),
    predictors: graph.input("predictors", "int32", ["trained"]),
    ...targetInputs(graph),
  };
}

/** Declares the inputs that say which tokens are to be predicted, and their weights. */
export function targetInputs(graph: GraphBuilder): Pick<TokenInputs, "targets" | "targetWeights"> {
  return {
    targets: graph.input("targets", "int32", ["trained"]),
    targetWeights: graph.input("target_weights", "float32", ["trained"]),
  };
}
