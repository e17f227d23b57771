import { openProgress } from "../runs/progress/open_progress.ts";
import { isInterruption } from "../runs/is_interruption.ts";
import type { Progress, ProgressStage } from "../runs/progress/progress.ts";
import { openEncoder } from "../retrieval/encoder/open_encoder.ts";
import { buildIndex, type IndexProgress } from "../retrieval/index/build_index.ts";
import {
  type ContextOptions,
  type ContextSource,
  contextSource,
  corpusWithContexts,
} from "../retrieval/corpus/context_source.ts";
import type { EncoderRecord } from "../retrieval/encoder/encoder.ts";
import { corpusSource } from "../retrieval/index/passage_source.ts";
import { ENCODER_OPTIONS, encoderOptions } from "./encoder_options.ts";
import { defineCommand, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { softStop } from "./soft_stop.ts";
import { STORAGE_OPTIONS, storageOptions } from "./storage_options.ts";

const COMMAND = defineCommand({
  name: "index",
  summary: "Build a search index of a corpus",
  positionals: [{
    name: "CORPUS",
    description:
      "Files of passages, or folders of them: JSONL, CSV, TSV (also .gz) or Parquet; with --contexts, benchmark files",
    rest: true,
  }],
  options: {
    out: {
      type: "string",
      short: "o",
      placeholder: "DIR",
      description: "The index: a new folder, or an address such as s3://bucket/index",
    },
    contexts: {
      type: "boolean",
      description: "The files are benchmarks: index the paragraphs that come with their questions",
    },
    contextsOf: {
      type: "string",
      multiple: true,
      placeholder: "FILE",
      description: "Benchmark file whose paragraphs are indexed after the corpus",
    },
    resume: { type: "boolean", description: "Continue an interrupted building" },
    onBadLine: {
      type: "string",
      choices: ["skip", "fail"],
      default: "fail",
      description: "Leave malformed records out and report them, or end at the first",
    },
    batchSize: {
      type: "integer",
      min: 1,
      defaultNote: "20000, with an encoder 8000 of an endpoint and 2000 of a local one",
      description: "Passages of a write",
    },
    ...ENCODER_OPTIONS,
    ...STORAGE_OPTIONS,
    quiet: { type: "boolean", description: "Show no progress" },
  },
  notes: `A record has id (or _id, docid) and contents, whose first line is the title, or title and
text. Without an encoder the index is for full-text search alone.

The last line on standard output is a JSON object: passages, skipped, seconds, vectorIndex.
Exit code 3: interrupted; the same command with --resume continues it.

Examples:
  deno task potstill index --contexts hotpot_dev_distractor_v1.json --out data/hotpot
  deno task potstill index wiki-18.jsonl.gz --out data/wiki
  deno task potstill index corpus/ --out data/corpus --on-bad-line skip \\
    --encoder intfloat/e5-base-v2`,
});

/** Malformed records that are shown one by one. */
const MOST_PROBLEMS = 20;

/**
 * The command `deno task potstill index`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runIndex } from "@potstill/cli/index.ts";
 * if (await runIndex(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runIndex(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    if (values.out === undefined) throw new UsageError("Option --out DIR is missing");
    if (values.contexts && values.contextsOf.length > 0) {
      throw new UsageError(
        "--contexts-of goes with a corpus; with --contexts every file is a benchmark",
      );
    }
    const wantsEncoder = values.encoder !== undefined || values.embeddingsUrl !== undefined;
    if (values.device !== undefined && !wantsEncoder) {
      throw new UsageError("Option --device is for an --encoder: full text needs none");
    }
    const stop = softStop(() => progress.log("stopping after the write under way"));
    const progress = openProgress(values.quiet ? "silent" : "auto");
    const { signal } = stop.signals;
    const encoder = wantsEncoder
      ? await openEncoder({ ...encoderOptions(values), signal })
      : undefined;
    if (encoder !== undefined) progress.log(describe(encoder.record));
    const show = stageLines((name) => progress.stage(name, null));
    let problems = 0;
    const onProblem = (problem: string) => {
      if (++problems <= MOST_PROBLEMS) console.error(`Skipped ${problem}`);
    };
    const startMs = performance.now();
    try {
      const treatment = { onBadRecord: values.onBadLine, onProblem };
      const source = values.contexts
        ? await contextsOf(positionals, treatment, progress)
        : values.contextsOf.length === 0
        ? await corpusSource(positionals)
        : corpusWithContexts(
          await corpusSource(positionals),
          await contextsOf(values.contextsOf, treatment, progress),
        );
      const about = await buildIndex(values.out, source, {
        encoder,
        storageOptions: storageOptions(values),
        onBadRecord: values.onBadLine,
        onUnfinished: values.resume ? "resume" : "fail",
        batchSize: values.batchSize,
        onProgress: show.update,
        onProblem,
        signal,
      });
      show.end();
      if (problems > MOST_PROBLEMS) {
        console.error(`... and ${problems - MOST_PROBLEMS} malformed records more`);
      }
      const seconds = Math.round((performance.now() - startMs) / 100) / 10;
      const { passages, skipped, vectorIndex } = about;
      console.log(JSON.stringify({ out: values.out, passages, skipped, seconds, vectorIndex }));
      return 0;
    } catch (error) {
      if (!isInterruption(error, signal)) throw error;
      console.error(`Interrupted: run the same command with --resume to continue`);
      return 3;
    } finally {
      stop.release();
      await encoder?.dispose();
    }
  });
}

async function contextsOf(
  files: readonly string[],
  options: ContextOptions,
  progress: Progress,
): Promise<ContextSource> {
  const source = await contextSource(files, options);
  const { questions, paragraphs, passages } = source.counts;
  progress.log(`${paragraphs} paragraphs of ${questions} questions, ${passages} different ones`);
  return source;
}

/** How an encoder is used, for people. */
function describe({ model, dimensions, queryPrefix, passagePrefix, settings }: EncoderRecord) {
  const prefixes = queryPrefix === "" && passagePrefix === ""
    ? "no prefixes"
    : `prefixes ${JSON.stringify(queryPrefix)} and ${JSON.stringify(passagePrefix)}`;
  const { pooling, normalize, maxTokens } = settings ?? {};
  const how = settings === undefined
    ? ""
    : ` ${pooling} pooling${normalize ? ", length 1" : ""}, ${maxTokens} tokens,`;
  return `Encoder ${model}:${how} ${dimensions} numbers, ${prefixes}`;
}

/** Progress lines, one per stage of the building. */
function stageLines(start: (name: string) => ProgressStage) {
  let name = "";
  let line: ProgressStage | null = null;
  return {
    update({ stage, passages, skipped, read, fraction }: IndexProgress) {
      if (stage !== name) {
        line?.done();
        line = start(stage);
        name = stage;
      }
      const note = skipped > 0 ? `${skipped} malformed` : undefined;
      const total = fraction ? Math.max(read, Math.round(read / fraction)) : undefined;
      if (stage === "passages") line?.update(passages, note, total);
    },
    end: () => line?.done(),
  };
}
