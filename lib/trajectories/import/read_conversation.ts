import type { JsonValue } from "../../records/json.ts";
import type { ImportSource } from "./imported_trajectory.ts";
import type { RecordedTurn } from "./recorded_turns.ts";
import type { StepFacts } from "./steps_from_turns.ts";

/** A conversation read out of a record, whatever the record's form. */
export interface ReadConversation {
  /** The turns, in order. */
  readonly turns: readonly RecordedTurn[];
  /** Facts about the steps besides their texts. */
  readonly facts?: readonly StepFacts[];
  /** The answer given, where the record says so. */
  readonly answer?: string | null;
  /** Recorded correctness, where the record has it. */
  readonly correct?: boolean | null;
  /** The model's name, where the record says so. */
  readonly model?: string;
  /** Set when only the last turn of the assistant is trained on. */
  readonly supervision?: "last-assistant";
  /** Set when only this turn of the assistant, counted from 0, is trained on. */
  readonly learnedTurn?: number;
  /** Position of this conversation among those of its record. */
  readonly part: ImportSource["part"];
  /** Rest of the record that is kept with this conversation. */
  readonly record: JsonValue;
}
