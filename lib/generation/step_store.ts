import type { ChatResponse } from "../models/chat_model.ts";
import type { Execution } from "../interpreter/interpreter.ts";
import type { AttemptIdentity } from "./attempt_identity.ts";

/** A stored answer of the model. */
export interface StoredCompletion {
  /** Tells it from stored executions. */
  readonly kind: "completion";
  /** SHA-256 of the request. */
  readonly request: string;
  /** The model's answer. */
  readonly response: ChatResponse;
  /** Time that the model took, in milliseconds. */
  readonly durationMs: number;
}

/** A stored run of one code, or of a step's candidates. */
export interface StoredExecutions {
  /** Tells it from a stored completion. */
  readonly kind: "executions";
  /** SHA-256 of the codes run before and these. */
  readonly request: string;
  /** Results of running the codes. */
  readonly executions: readonly Execution[];
  /** Time that running them took, in milliseconds. */
  readonly durationMs: number;
}

/** One record of an attempt. */
export type StoredRecord = StoredCompletion | StoredExecutions;

/** The records of one attempt. */
export interface StoredAttempt {
  /** The record of a request, or null when it was never made. */
  find<K extends StoredRecord["kind"]>(
    kind: K,
    request: string,
  ): Extract<StoredRecord, { kind: K }> | null;
  /**
   * Stores a record; it is safe when this resolves.
   * @throws {StoreError} when it cannot be written
   */
  add(record: StoredRecord): Promise<void>;
  /** Releases what the attempt holds. */
  close(): Promise<void>;
}

/** Keeps the steps of attempts by content. */
export interface StepStore {
  /**
   * Opens an attempt's records; there are none when it was never begun.
   * @throws {StoreError} when they cannot be read
   */
  open(identity: AttemptIdentity): Promise<StoredAttempt>;
}
