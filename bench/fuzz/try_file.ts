import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  filterTrajectories,
  loadBenchmark,
  loadResults,
  loadTrajectories,
  type Random,
  rowsFrame,
  summarize,
} from "@potstill";
import { checkTask, type JsonValue } from "@potstill/agent";
import { CorpusReader, listCorpus, passageWords } from "@potstill/retrieval";
import { trainingExample } from "@potstill/student";
import { checkEvaluationRow, rowsFromFrame } from "@potstill/evaluation";
import { readManifest, viewRecord } from "@potstill/experiments";
import { oddBytes, oddJson, oddText } from "./odd_files.ts";
import {
  BENCHMARK_RECORDS,
  EVALUATION_ROW,
  MANIFEST,
  RESULTS,
  TRAJECTORY,
} from "./sound_records.ts";

/** Makes a file of what is random in `folder` and reads it. @throws {Error} when that goes wrong */
export type TryFile = (random: Random, folder: string) => Promise<void>;

/** A corpus is read whole: each record is a passage, or told with its place. */
const tryCorpus: TryFile = async (random, folder) => {
  const form = random.pick(["jsonl", "csv", "tsv"] as const);
  const records = Array.from({ length: random.integer(0, 6) }, (_, i) => ({
    id: String(i),
    text: oddText("A text, with \"quotes\" and 'others'.", random),
    title: oddText(`T${i}`, random),
  }));
  const separator = form === "csv" ? "," : "\t";
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const isRaw = random.chance(0.5);
  const text = form === "jsonl"
    ? records.map((record) => JSON.stringify(oddJson(record, random)) + "\n").join("")
    : [["id", "text", "title"], ...records.map(Object.values)]
      .map((fields) => fields.map(isRaw ? String : quote).join(separator) + "\n").join("");
  const path = join(folder, `corpus.${form}`);
  await writeFile(path, oddBytes(random.chance(0.5) ? oddText(text, random) : text, random));
  await sound(async () => {
    const reader = new CorpusReader(await listCorpus([path]));
    for await (const { passage, problem } of reader.rows()) {
      if ((passage === null) === (problem === null)) throw new TypeError("neither read nor told");
      if (problem !== null && !/^corpus\.\w+ line \d+: /.test(problem)) {
        throw new TypeError(problem);
      }
      if (passage !== null) passageWords(passage.title, passage.text);
    }
  });
};

/** What a writer of CSV or TSV quotes is read back as it was. */
const tryQuoted: TryFile = async (random, folder) => {
  const separator = random.pick([",", "\t"] as const);
  const rows = Array.from({ length: random.integer(1, 6) }, (_, i) => [
    String(i),
    // Within quotes a TSV line with as many tabs as columns would be a record of its own.
    oddText("A text", random).replaceAll(/[\r\t\0]/g, "") + ".",
    `T${i}`,
  ]);
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const text = ["id,text,title".replaceAll(",", separator)]
    .concat(rows.map((fields) => fields.map(quote).join(separator))).join("\n");
  const path = join(folder, separator === "," ? "quoted.csv" : "quoted.tsv");
  await writeFile(path, text);
  const read = await Array.fromAsync(new CorpusReader(await listCorpus([path])).rows());
  const found = read.map(({ passage, problem }) =>
    problem ?? [passage!.id, passage!.text, passage!.title]
  );
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  const wanted = rows.map((row) =>
    row.map((field) => utf8.decode(new TextEncoder().encode(field)))
  );
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`read as ${JSON.stringify(found)}: ${JSON.stringify(text)}`);
  }
};

/** A dump that quotes nothing: each line is a record, whatever quotes are in it. */
const tryRaw: TryFile = async (random, folder) => {
  const rows = Array.from(
    { length: random.integer(1, 6) },
    (_, i) =>
      [String(i), "A text", `T${i}`].map((text) =>
        i > 0 && random.chance(0.4)
          ? oddText(text, random).replaceAll(/[\r\n\t\0\ufeff]|\p{Surrogate}/gu, "") + "."
          : text
      ),
  );
  const path = join(folder, "raw.tsv");
  await writeFile(path, ["id\ttext\ttitle", ...rows.map((row) => row.join("\t"))].join("\n"));
  const read = await Array.fromAsync(new CorpusReader(await listCorpus([path])).rows());
  // A field in quotes as a whole is taken for quoted.
  const plain = (text: string) => text.replaceAll('"', "");
  const found = read.map(({ passage, problem }) =>
    problem ?? plain(`${passage!.id}|${passage!.text}|${passage!.title}`)
  );
  const wanted = rows.map((row) => plain(row.join("|")));
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`read as ${JSON.stringify(found)}: ${JSON.stringify(rows)}`);
  }
};

/** A benchmark file gives tasks of the right shape, or is refused by name. */
const tryBenchmark: TryFile = async (random, folder) => {
  const form = random.pick(["jsonl", "json", "csv", "tsv"] as const);
  const records = Array.from(
    { length: random.integer(0, 4) },
    () => oddJson(random.pick(BENCHMARK_RECORDS), random),
  );
  const separator = form === "csv" ? "," : "\t";
  const text = form === "jsonl"
    ? records.map((record) => JSON.stringify(record) + "\n").join("")
    : form === "json"
    ? JSON.stringify(
      random.chance(0.5)
        ? records
        : oddJson({ metadata: { name: "MATH" }, examples: records }, random),
    )
    : ["question", "answer", "id"].join(separator) + "\n" +
      records.map((_, i) => oddText(["Q?", "A", i].join(separator), random) + "\n").join("");
  const name = random.pick(["math", "gsm8k", "own", "train", "constructor", "hotpot_dev", "1"]);
  const path = join(folder, `${name}.${form}`);
  await writeFile(path, oddBytes(random.chance(0.3) ? oddText(text, random) : text, random));
  await sound(async () => {
    const { tasks, examples } = await loadBenchmark(path);
    tasks.forEach(checkTask);
    if (tasks.length > examples) throw new TypeError("more tasks than examples");
  });
};

/** Rows and result files: read, summarised and put into a frame, or refused by name. */
const tryResults: TryFile = async (random, folder) => {
  const isOwn = random.chance(0.5);
  const records = Array.from(
    { length: random.integer(1, 4) },
    (_, i) =>
      isOwn
        ? oddJson({ ...EVALUATION_ROW, taskId: `t${i}` }, random)
        : oddJson(random.pick(RESULTS), random),
  );
  const path = join(folder, "x_math_500.jsonl");
  await writeFile(path, records.map((record) => JSON.stringify(record) + "\n").join(""));
  await sound(async () => {
    const { rows } = await loadResults([{ path }]);
    rows.forEach((row) => checkEvaluationRow(row));
    summarize(rows);
    rowsFromFrame(rowsFrame(rows));
  });
};

/** Trajectories: viewed, filtered and made into training examples, or refused by file, line and field. */
const tryTrajectories: TryFile = async (random, folder) => {
  const path = join(folder, "trajectories.jsonl");
  const records = Array.from({ length: random.integer(1, 3) }, () => oddJson(TRAJECTORY, random));
  const text = records.map((record) => JSON.stringify(record) + "\n").join("");
  await writeFile(path, oddBytes(random.chance(0.1) ? oddText(text, random) : text, random));
  await sound(async () => {
    const { trajectories } = await loadTrajectories(path);
    for (const trajectory of trajectories) {
      viewRecord(trajectory, () => 0);
      trainingExample(trajectory, null);
    }
    filterTrajectories(trajectories);
  });
};

const tryManifest: TryFile = async (random, folder) => {
  const path = join(folder, "manifest.json");
  const text = JSON.stringify(oddJson(MANIFEST as JsonValue, random));
  await writeFile(path, oddBytes(random.chance(0.3) ? oddText(text, random) : text, random));
  await sound(async () => {
    const { startedAt, resolved } = await readManifest(path);
    startedAt.slice(0, 16);
    Object.keys(resolved);
  });
};

/** What is tried, by name. */
export const TRIES: Readonly<Record<string, TryFile>> = {
  corpus: tryCorpus,
  quoted: tryQuoted,
  raw: tryRaw,
  benchmark: tryBenchmark,
  results: tryResults,
  trajectories: tryTrajectories,
  manifest: tryManifest,
};

/** Runs what may refuse its input in words: an error that is a mistake of the program is thrown on. */
async function sound(read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    const isOurs = error instanceof Error && error.name === "Error" &&
      /^Cannot \w+/.test(error.message) && !/undefined|not a function/.test(error.message);
    if (!isOurs) throw error;
  }
}
