import type { JsonValue } from "../../records/json.ts";
import type { ImportSource } from "./imported_trajectory.ts";
import type { RecordedTurn } from "./recorded_turns.ts";
import type { StepFacts } from "./steps_from_turns.ts";

/** A conversation read out of a record, whatever the record's form. */
export interface ReadConversation {
  /** The turns, in order. */
  readonly turns: readonly RecordedTurn[];
  /** What the record says of the steps besides their texts. */
  readonly facts?: readonly StepFacts[];
  /** The answer given, where the record says so. */
  readonly answer?: string | null;
  /** Whether it was right, where the record says so. */
  readonly correct?: boolean | null;
  /** The model's name, where the record says so. */
  readonly model?: string;
  /** Set when only the last turn of the assistant is to be learned. */
  readonly supervision?: "last-assistant";
  /** Set when only this turn of the assistant, counted from 0, is to be learned. */
  readonly learnedTurn?: number;
  /** Which part of the record this conversation is. */
  readonly part: ImportSource["part"];
  /** What of the record this conversation keeps. */
  readonly record: JsonValue;
}
