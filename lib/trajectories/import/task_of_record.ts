import { benchmarkAtEnd, benchmarkByName } from "../../tasks/benchmark_name.ts";
import type { AnswerKind, Task } from "../../records/task.ts";
import { asFields, type Fields, firstText } from "./fields.ts";

/** Values for whatever a file leaves open. */
export interface ImportDefaults {
  /** The benchmark's name. @default what the record says, then the file's name */
  readonly benchmark?: string;
  /** Grading of the answers. @default the benchmark's, else `math` where texts hold LaTeX */
  readonly kind?: AnswerKind;
  /** The part of the benchmark that the tasks belong to. @default what the record says, then `train` */
  readonly split?: "train" | "test";
}

/**
 * The task of an imported record. A record without a gold answer gives a task with an empty one, which
 * no grader judges.
 *
 * @param question the question in the conversation, for records that do not name it
 * @param number the record's line, its id when it has none
 */
export function taskOfRecord(
  record: Fields,
  file: string,
  question: string,
  number: number,
  defaults: ImportDefaults,
): Task {
  const source = asFields(asFields(record.log_data).source);
  const metadata = {
    ...asFields(asFields(record.log_data).metadata),
    ...asFields(record.metadata),
  };
  const dataset = firstText(record, ["dataset_name", "data_source"]) ??
    firstText(source, ["dataset_name"]) ?? "";
  const stem = file.replace(/\.\w+$/, "");
  // What a record says of itself overrules its file's name.
  const known = dataset === "" ? benchmarkAtEnd(stem)?.benchmark : benchmarkByName(dataset);
  const name = defaults.benchmark ?? known?.name ??
    (dataset === "" ? stem : dataset);
  const asked = firstText(record, ["question", "problem", "task"]) ??
    firstText(metadata, ["task"]) ?? withoutGreeting(question);
  const answer = firstText(record, ["answer", "true_answer", "gold_answer", "gold"]) ?? "";
  const split = firstText(record, ["split"]) ?? firstText(source, ["split"]) ?? defaults.split ??
    "train";
  const level = firstText(record, ["level"]) ?? firstText(source, ["level"]);
  const type = firstText(record, ["type"]) ?? firstText(source, ["type"]);
  return {
    id: firstText(record, ["id", "_id", "task_id", "repair_id"]) ?? firstText(source, ["id"]) ??
      firstText(metadata, ["task_id", "id", "repair_id"]) ?? String(number),
    benchmark: name,
    split: split === "train" ? "train" : "test",
    kind: defaults.kind ?? known?.kind ?? (looksLikeMath(asked + answer) ? "math" : "qa"),
    question: asked,
    answer,
    ...(level === null ? {} : { level }),
    ...(type === null ? {} : { type }),
  };
}

/** smolagents begins the question with "New task:". */
function withoutGreeting(question: string): string {
  return question.replace(/^New task:\n/, "");
}

function looksLikeMath(text: string): boolean {
  return /\$[^$]+\$|\\(?:frac|boxed|sqrt|left|text)\b/.test(text);
}
