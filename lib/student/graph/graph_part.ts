import type { StudentConfig } from "../config.ts";
import { LINEAR_LAYERS } from "../lora/lora_config.ts";
import { INT8_DIRECTIONS, int8Input, int8ScaleInput } from "./int8_product.ts";
import type { ParameterLayout } from "./parameter_layout.ts";
import type { ParameterSource } from "./projection.ts";
import { outputLayer } from "./student_loss.ts";
import type { Tape } from "./tape.ts";

/** A part of the model that is a graph of its own, by the parameters it reads. */
export interface GraphPart {
  /** Left out of the names of inputs, so that all blocks can share a graph. */
  readonly prefix: string;
  /** Names of parameters, without the prefix. */
  readonly names: readonly string[];
}

/** The mask that the inputs of one adapter are multiplied by. */
export interface DropoutInput {
  /** Name of the graph's input. */
  readonly name: string;
  /** The layer in the checkpoint, such as `model.layers.0.mlp.up_proj`. */
  readonly layer: string;
  /** Numbers of one row. */
  readonly width: number;
  /** True if rows are the predictors alone, not all tokens. */
  readonly predictors: boolean;
}

/** The name under which the gradient of `parameter` comes in. */
export function gradientInput(parameter: string): string {
  return `${parameter}.gradient_in`;
}

/** The name under which the gradient of `parameter` goes out. */
export function gradientOutput(parameter: string): string {
  return `${parameter}.gradient_out`;
}

/** The whole model. */
export function wholeModel(layout: ParameterLayout): GraphPart {
  return { prefix: "", names: allNames(layout) };
}

/** Part of one transformer block. */
export function blockPart(layout: ParameterLayout, layer: number): GraphPart {
  const prefix = `model.layers.${layer}.`;
  const own = allNames(layout).filter((name) => name.startsWith(prefix));
  return { prefix, names: own.map((name) => name.slice(prefix.length)) };
}

/** Part after the blocks. */
export function headPart(config: StudentConfig): GraphPart {
  return { prefix: "", names: ["model.norm.weight", outputLayer(config)] };
}

/** The masks that a part needs in training. */
export function dropoutInputs(layout: ParameterLayout, part: GraphPart): DropoutInput[] {
  const { lora, config, parameters } = layout;
  if (lora === null || lora.dropout === 0) return [];
  const suffix = ".lora_A.weight";
  const last = `model.layers.${config.num_hidden_layers - 1}.`;
  const shapes = new Map(parameters.map(({ name, shape }) => [name, shape]));
  return part.names.filter((name) => name.endsWith(suffix)).map((name) => {
    const own = name.slice(0, -suffix.length);
    const layer = part.prefix + own;
    return {
      name: `${own}.dropout`,
      layer,
      width: shapes.get(part.prefix + name)![1],
      predictors: layer.startsWith(last) && !/\.[qkv]_proj$/.test(layer),
    };
  });
}

/** Options of {@link declareParameters} besides the parameters. */
export interface DeclareOptions {
  /** Watch trained parameters, with the sum of gradients so far as inputs. */
  readonly gradients: boolean;
  /** Give adapters their masks, as in training. */
  readonly dropout: boolean;
  /** Weights of linear layers come in int8 too. @default false */
  readonly int8?: boolean;
}

/** Declares a part's parameters as inputs. */
export function declareParameters(
  tape: Tape,
  layout: ParameterLayout,
  part: GraphPart,
  options: DeclareOptions,
): { readonly parameter: ParameterSource; readonly outputGradients: () => void } {
  const { graph } = tape;
  const trained = new Map(layout.parameters.map(({ name, shape }) => [name, shape]));
  const values = new Map<string, ReturnType<ParameterSource>>();
  const gradients: (() => void)[] = [];
  for (const name of part.names) {
    const full = part.prefix + name;
    const shape = trained.get(full) ?? layout.frozen.get(full)!;
    const value = graph.input(name, "float32", shape);
    values.set(name, value);
    if (options.int8 && isLinearWeight(full)) {
      for (const direction of INT8_DIRECTIONS) {
        const [matrix, scale] = [int8Input(name, direction), int8ScaleInput(name, direction)];
        const sizes = direction === "forward" ? shape.toReversed() : shape;
        values.set(matrix, graph.input(matrix, "int8", sizes));
        values.set(scale, graph.input(scale, "float32", [sizes[1]]));
      }
    }
    if (!options.gradients || !trained.has(full)) continue;
    tape.watch(value, graph.input(gradientInput(name), "float32", shape));
    gradients.push(() =>
      graph.output(gradientOutput(name), tape.gradient(value)!, "float32", shape)
    );
  }
  for (const { name, width } of options.dropout ? dropoutInputs(layout, part) : []) {
    values.set(name, graph.input(name, "float32", [`${name}.rows`, width]));
  }
  return {
    parameter: (name) => values.get(name),
    outputGradients: () => gradients.forEach((add) => add()),
  };
}

/** True for the matrix of a linear layer of a block. */
export function isLinearWeight(name: string): boolean {
  return LINEAR_LAYERS.some((layer) => name.endsWith(`.${layer}.weight`));
}

function allNames(layout: ParameterLayout): string[] {
  return [...layout.frozen.keys(), ...layout.parameters.map(({ name }) => name)];
}
