import * as ort from "onnxruntime-node";
import { headSize, type StudentConfig, windowRope } from "../config.ts";
import { rotaryTables } from "../rotary_tables.ts";

/** Positions of the first tables; they double from there. */
const FIRST_POSITIONS = 512;

/**
 * A session of a student's decode or prefill graph that is given the tables of rotary angles: as many
 * positions as the run needs, and not as many as the configuration says that the student could read.
 */
export class RotarySession {
  readonly #session: ort.InferenceSession;
  readonly #config: StudentConfig;
  #positions = 0;
  #tables: Record<string, ort.Tensor> = {};

  /** A session without tables yet. @param session of `buildDecodeGraph` or `buildPrefillGraph` */
  constructor(session: ort.InferenceSession, config: StudentConfig) {
    this.#session = session;
    this.#config = config;
  }

  /**
   * Runs the graph.
   * @param positions one more than the highest position of a token
   */
  run(
    feeds: Readonly<Record<string, ort.Tensor>>,
    positions: number,
  ): Promise<ort.InferenceSession.OnnxValueMapType> {
    if (positions > this.#positions) this.#grow(positions);
    return this.#session.run({ ...feeds, ...this.#tables });
  }

  /** Frees the session's memory. */
  release(): Promise<void> {
    return this.#session.release();
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

function tables(prefix: string, config: StudentConfig, length: number): Record<string, ort.Tensor> {
  const { shape, cos, sin } = rotaryTables(config, headSize(config), length);
  return {
    [`${prefix}cos`]: new ort.Tensor("float32", cos, shape),
    [`${prefix}sin`]: new ort.Tensor("float32", sin, shape),
  };
}
