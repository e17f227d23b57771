import * as ort from "onnxruntime-node";
import { headSize, type StudentConfig, windowRope } from "../config.ts";
import { rotaryTables } from "../rotary_tables.ts";
import { runSession } from "../../onnx/run_session.ts";

/** Positions of the first tables; they double from there. */
const FIRST_POSITIONS = 512;

/** Tensors by name. */
export type Tensors = Readonly<Record<string, ort.Tensor>>;

/**
 * A session of a student's graph, for both of its works. It is given the tables of rotary angles: as
 * many positions as the run needs, and not as many as the configuration says that the student could
 * read.
 */
export class StudentSession {
  readonly #session: ort.InferenceSession;
  readonly #config: StudentConfig;
  readonly #unread: Tensors;
  readonly #undecoded: Tensors;
  readonly #readOutputs: readonly string[];
  #positions = 0;
  #tables: Record<string, ort.Tensor> = {};

  /** A session without tables yet. @param session of `buildStudentGraph` */
  constructor(session: ort.InferenceSession, config: StudentConfig) {
    this.#session = session;
    this.#config = config;
    const layers = Array.from({ length: config.num_hidden_layers }, (_, layer) => layer);
    const pairs = (name: string) =>
      layers.flatMap((layer) => ["key", "value"].map((kind) => `${name}${kind}.${layer}`));
    const [heads, size] = [config.num_key_value_heads, headSize(config)];
    const empty = (names: readonly string[], shape: readonly number[]) =>
      Object.fromEntries(
        names.map((name) => [name, new ort.Tensor("float32", new Float32Array(0), shape)]),
      );
    const whole = (type: "int64" | "int32", length: number) =>
      type === "int64"
        ? new ort.Tensor("int64", new BigInt64Array(length), [length])
        : new ort.Tensor("int32", new Int32Array(length), [length]);
    this.#unread = {
      reads: new ort.Tensor("bool", Uint8Array.of(0), [1]),
      last: whole("int32", 1),
      total: whole("int32", 1),
      ...empty(pairs("past_"), [1, heads, 0, size]),
    };
    this.#undecoded = {
      reads: new ort.Tensor("bool", Uint8Array.of(1), [1]),
      positions: whole("int64", 0),
      slot_rows: whole("int64", 0),
      row_slots: whole("int64", 0),
      slots: whole("int64", 1),
      ...empty(["prefix_bias"], [0, 1, 1, 0]),
      ...empty(["suffix_bias"], [0, 1, 0, 1, 0]),
      ...empty(pairs("prefix_"), [0, heads, 0, size]),
      ...empty(pairs("suffix_"), [0, heads, 0, 0, size]),
    };
    this.#readOutputs = ["logits", ...pairs("")];
  }

  /**
   * Reads tokens of one sequence.
   * @param positions one more than the highest position of a token
   */
  read(feeds: Tensors, positions: number): Promise<Tensors> {
    return this.#run({ ...this.#undecoded, ...feeds }, positions, this.#readOutputs);
  }

  /**
   * Adds a token to samples.
   * @param positions one more than the highest position of a token
   */
  decode(feeds: Tensors, positions: number): Promise<Tensors> {
    return this.#run({ ...this.#unread, ...feeds }, positions, DECODE_OUTPUTS);
  }

  /** Frees the session's memory. */
  release(): Promise<void> {
    return this.#session.release();
  }

  #run(feeds: Tensors, positions: number, outputs: readonly string[]): Promise<Tensors> {
    if (positions > this.#positions) this.#grow(positions);
    return runSession(this.#session, { ...feeds, ...this.#tables }, outputs);
  }

  #grow(positions: number): void {
    let length = Math.max(FIRST_POSITIONS, this.#positions);
    while (length < positions) length *= 2;
    length = Math.max(positions, Math.min(length, this.#config.max_position_embeddings));
    const window = windowRope(this.#config);
    this.#tables = {
      ...tables("", this.#config, length),
      ...(window === null ? {} : tables("window_", window, length)),
    };
    this.#positions = length;
  }
}

const DECODE_OUTPUTS = ["logits", "new"];

function tables(prefix: string, config: StudentConfig, length: number): Record<string, ort.Tensor> {
  const { shape, cos, sin } = rotaryTables(config, headSize(config), length);
  return {
    [`${prefix}cos`]: new ort.Tensor("float32", cos, shape),
    [`${prefix}sin`]: new ort.Tensor("float32", sin, shape),
  };
}
