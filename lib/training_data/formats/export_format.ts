import type { PreferencePair } from "../../trajectories/preference_pairs.ts";
import type { JsonValue } from "../../records/json.ts";
import type { HyperParameters } from "./hyper_parameters.ts";
import type { TrainingExample } from "../training_example.ts";

/** The names of the formats, as on the command line. */
export type FormatName =
  | "messages"
  | "trl"
  | "trl-prompt-completion"
  | "dpo"
  | "llama-factory"
  | "axolotl"
  | "unsloth";

/** A row, and why an example cannot be one. */
export type RowResult = { readonly row: JsonValue } | { readonly problem: string };

/** Facts about an export on which the files beside the data depend. */
export interface ExportContext {
  /** Settings of the training run. */
  readonly hyper: HyperParameters;
  /** True if the last turn alone is trained on in every example. */
  readonly isLastOnly: boolean;
  /** The chat template with generation tags. */
  readonly chatTemplate: string;
}

/** A file to write beside the data. */
export interface ExportFile {
  /** The file's name within the folder. */
  readonly name: string;
  /** Content of the file. */
  readonly text: string;
}

/** A command that starts a training. */
export interface LaunchCommand {
  /** Purpose of the command, for people. */
  readonly title: string;
  /** The command, as typed into a shell. */
  readonly command: string;
}

/** A data set format with its trainer. */
export interface ExportFormat {
  /** The format's name. */
  readonly name: FormatName;
  /** Summary in one line. */
  readonly summary: string;
  /** Path of the data file within the folder. */
  readonly dataFile: string;
  /** True if rows come from preference pairs and not from examples. */
  readonly isPreference: boolean;
  /** Masks that the format can express: all turns, the last turn, or any mixture. */
  readonly masks: "all-or-last" | "any";
  /** The rows of an example, in a data set that learns the last turn alone or not. */
  rows(example: TrainingExample, isLastOnly: boolean): readonly RowResult[];
  /** The row of a preference pair. */
  pairRow?(pair: PreferencePair): JsonValue;
  /** Reason why a row is not in the format's shape, or null when it is. */
  check(row: unknown): string | null;
  /** Configuration and scripts; `chat_template.jinja` is written for every format. */
  files(context: ExportContext): readonly ExportFile[];
  /** Commands that start a training, on one GPU and on many. */
  commands(context: ExportContext): readonly LaunchCommand[];
  /** Package to install, as a pip requirement. */
  readonly install: string;
}
