/** Use of an encoded text; models prefix the two differently. */
export type TextKind = "query" | "passage";

/** An index's record of its encoder, so that queries are encoded as its passages were. */
export interface EncoderRecord {
  /** Kind of encoder: a local ONNX model or an endpoint. */
  readonly type: "onnx" | "endpoint";
  /** The folder of an ONNX encoder, or the base URL of an endpoint. */
  readonly location: string;
  /** The model's name. */
  readonly model: string;
  /** Numbers in a vector. */
  readonly dimensions: number;
  /** Put before a query. */
  readonly queryPrefix: string;
  /** Put before a passage. */
  readonly passagePrefix: string;
  /** SHA-256 of what determines an ONNX encoder's vectors; null for an endpoint. */
  readonly sha256: string | null;
  /** Further settings of an ONNX encoder. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/** Turns texts into vectors whose cosine tells how well a passage fits a query. */
export interface Encoder {
  /** Record of the encoder for an index. */
  readonly record: EncoderRecord;
  /**
   * The vectors of some texts, in their order, each of `record.dimensions` numbers.
   *
   * @param onDone called with the number of texts done, as they are; by the work, not by the order
   * @throws {Error} when the model or the endpoint fails
   */
  encode(
    texts: readonly string[],
    kind: TextKind,
    signal?: AbortSignal,
    onDone?: (texts: number) => void,
  ): Promise<Float32Array[]>;
  /** Lets go of the model. */
  dispose(): Promise<void>;
}
