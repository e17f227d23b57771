import { zipFiles } from "../runs/zip_files.ts";
import { knownBenchmark } from "./known_benchmark.ts";

type Fields = Readonly<Record<string, unknown>>;

/** True if a value is a log of inspect_ai, or the header of one. */
export function isInspectLog(value: unknown): boolean {
  const { eval: spec, version } = fields(value);
  return typeof version === "number" && typeof fields(spec).task === "string";
}

/**
 * The samples of a log of inspect_ai as records for `importResult`: the model's last text against the
 * sample's target, with the first score as the recorded one. The benchmark is the sample's
 * `metadata.benchmark`, or the task's name where that is one.
 *
 * @param log the whole log, as `--log-format json` writes it
 * @throws {Error} when the log has no samples, or a target with several texts
 * @source inspect_ai, log/_log.py: EvalLog, EvalSample, Score
 */
export function recordsOfInspectLog(log: unknown): Readonly<Record<string, unknown>>[] {
  const { eval: spec, samples, status } = fields(log);
  const { model, task } = fields(spec);
  if (!Array.isArray(samples) || samples.length === 0) {
    throw new Error(
      `the log of inspect_ai has no samples (status ${JSON.stringify(status)}): ` +
        "it was written with --no-log-samples, or the evaluation did not begin",
    );
  }
  return samples.map((one) => {
    const sample = fields(one);
    const { metadata, output, target, scores, messages, model_usage: usage, error } = sample;
    if (Array.isArray(target) && target.length !== 1) {
      throw new Error(`sample ${sample.id} has ${target.length} targets; one is understood`);
    }
    const score = fields(Object.values(fields(scores))[0]);
    const named = [fields(metadata).benchmark, task].find((name) =>
      typeof name === "string" && knownBenchmark(name) !== undefined
    );
    const turns = Array.isArray(messages) ? messages.map(fields) : [];
    const isAgent = turns.filter(({ role }) => role === "assistant").length > 1;
    const tokens = Object.values(fields(usage)).map(fields);
    const completion = fields(output).completion;
    return {
      // Epochs repeat a sample.
      id: sample.epoch === undefined || sample.epoch === 1
        ? String(sample.id)
        : `${sample.id}#${sample.epoch}`,
      ...named === undefined ? {} : { dataset_name: named },
      answer: Array.isArray(target) ? target[0] : target,
      ...typeof completion === "string" && completion !== "" ? { response: completion } : {},
      score: scoreOf(score.value),
      ...typeof score.explanation === "string" ? { explanation: score.explanation } : {},
      ...error === undefined || error === null ? {} : { error },
      model_id: model,
      input_tokens: sum(tokens, "input_tokens"),
      output_tokens: sum(tokens, "output_tokens"),
      ...isAgent ? { log_data: { messages: turns.map(asLogged) } } : {},
    };
  });
}

/**
 * The log in an `.eval` file, which is a zip file of the header and of one file for each sample.
 *
 * @throws {Error} when it is no such file, or one that was not completed
 * @source inspect_ai, log/_recorders/eval.py
 */
export function inspectLogOfZip(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const files = zipFiles(bytes);
  const read = (name: string) => JSON.parse(new TextDecoder().decode(files.get(name)!())) as Fields;
  if (!files.has("header.json")) {
    throw new Error('it has no "header.json": the evaluation did not end, or it is no log');
  }
  const names = [...files.keys()].filter((name) => /^samples\/[^/]+\.json$/.test(name));
  const samples = names.map(read);
  const rank = ({ epoch }: Fields) => typeof epoch === "number" ? epoch : 1;
  samples.sort((a, b) =>
    rank(a) - rank(b) ||
    String(a.id).localeCompare(String(b.id), "en", { numeric: true })
  );
  return { ...read("header.json"), samples };
}

/** Correct, incorrect, partial, no answer. @source inspect_ai, scorer/_metric.py: value_to_float */
function scoreOf(value: unknown): unknown {
  if (value === "C") return 1;
  return value === "I" || value === "N" ? 0 : value;
}

function asLogged({ role, content }: Fields): Fields {
  return { role: role === "tool" ? "tool-response" : role, content };
}

function sum(usages: readonly Fields[], name: string): number {
  return usages.reduce((total, { [name]: n }) => total + (typeof n === "number" ? n : 0), 0);
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}
