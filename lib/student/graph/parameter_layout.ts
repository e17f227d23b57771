import { type StudentConfig, weightShapes } from "../config.ts";
import { adapterShapes, type LoraConfig } from "../lora/lora_config.ts";
import { checkTensors, type Weights } from "../weights.ts";

/** A parameter of the training graph: a tensor of the checkpoint or the adapter. */
export interface Parameter {
  /** The tensor's name in the checkpoint. */
  readonly name: string;
  /** Dimensions, outermost first. */
  readonly shape: readonly number[];
  /** Offset in the flat vector, in elements. */
  readonly offset: number;
  /** Number of elements. */
  readonly size: number;
  /** True if weight decay applies: to matrices, not to norms and biases. */
  readonly decays: boolean;
}

/** Parts of a student that stay as they are. */
export interface FreezeOptions {
  /** The matrix of embeddings, with tied weights that of the output layer too. @default false */
  readonly embeddings?: boolean;
  /**
   * Number of the lowest blocks; with any of them the embeddings, which lie below. With an adapter its
   * parts in these blocks.
   * @default 0
   */
  readonly layers?: number;
}

/**
 * Places all trained parameters of a student in one flat vector, so that the optimizer is a few
 * operations on long vectors. The graphs read and write parameters as views of it. With an adapter
 * its tensors are trained and the student's own are frozen.
 */
export class ParameterLayout {
  /** The trained ones, in the checkpoint's order. */
  readonly parameters: readonly Parameter[];
  /** Names and shapes of the tensors that are used but not trained. */
  readonly frozen: ReadonlyMap<string, readonly number[]>;
  /** Elements of the flat vector. */
  readonly size: number;
  /**
   * The lowest block of which anything is trained; -1 when the embeddings below it are trained, and the
   * number of blocks when nothing of them is.
   */
  readonly firstTrainedLayer: number;
  /** The student's shape. */
  readonly config: StudentConfig;
  /** The adapter, if only that is trained. */
  readonly lora: LoraConfig | null;

  /**
   * Places the parameters of a student of this shape, or those of its adapter.
   *
   * @throws {RangeError} when `freeze` names blocks that there are not, or leaves nothing to train
   */
  constructor(
    config: StudentConfig,
    lora: LoraConfig | null = null,
    freeze: FreezeOptions = {},
  ) {
    this.config = config;
    this.lora = lora;
    const isFrozen = frozenNames(config, freeze);
    const kept = [...this.#shapes()].filter(([name]) => isFrozen(name));
    this.frozen = new Map([...(lora === null ? [] : weightShapes(config)), ...kept]);
    const parameters: Parameter[] = [];
    let offset = 0;
    for (const [name, shape] of this.#shapes()) {
      if (isFrozen(name)) continue;
      const size = shape.reduce((a, b) => a * b, 1);
      parameters.push({ name, shape, offset, size, decays: shape.length > 1 });
      offset += size;
    }
    if (parameters.length === 0) {
      throw new RangeError("Cannot train: everything is frozen");
    }
    this.parameters = parameters;
    this.size = offset;
    const layers = parameters.map(({ name }) => {
      const layer = /^model\.layers\.(\d+)\./.exec(name)?.[1];
      if (layer !== undefined) return Number(layer);
      return name === "model.embed_tokens.weight" ? -1 : config.num_hidden_layers;
    });
    this.firstTrainedLayer = Math.min(config.num_hidden_layers, ...layers);
  }

  /**
   * The flat vector of the trained tensors.
   *
   * @throws {RangeError} when a tensor is missing, too many or misshapen
   */
  flatten(trained: Weights): Float32Array<ArrayBuffer> {
    const source = this.lora === null ? "the student" : "the adapter";
    checkTensors(this.#shapes(), trained, source);
    const flat = new Float32Array(this.size);
    for (const { name, offset } of this.parameters) flat.set(trained.get(name)!.data, offset);
    return flat;
  }

  /** The tensors of a flat vector, copied. */
  unflatten(flat: Float32Array): Weights {
    return new Map(
      this.parameters.map(({ name, shape, offset, size }) => [
        name,
        { shape, data: flat.slice(offset, offset + size) },
      ]),
    );
  }

  #shapes(): Map<string, readonly number[]> {
    return this.lora === null ? weightShapes(this.config) : adapterShapes(this.config, this.lora);
  }
}

/** Tells the names of frozen tensors, of a student or its adapter. */
function frozenNames(
  config: StudentConfig,
  { embeddings = false, layers = 0 }: FreezeOptions,
): (name: string) => boolean {
  const most = config.num_hidden_layers;
  if (!Number.isInteger(layers) || layers < 0 || layers > most) {
    throw new RangeError(
      `Cannot freeze ${layers} layers: give a whole number from 0 to ${most}, the student's layers`,
    );
  }
  return (name) => {
    const layer = /^model\.layers\.(\d+)\./.exec(name)?.[1];
    if (layer !== undefined) return Number(layer) < layers;
    return name === "model.embed_tokens.weight" && (embeddings || layers > 0);
  };
}
