import { defaultCacheFolder } from "../lab/lab_index.ts";
import { openProgress } from "../runs/progress/open_progress.ts";
import type { ProgressStage } from "../runs/progress/progress.ts";
import { openEncoder } from "../retrieval/encoder/open_encoder.ts";
import { buildIndex, type IndexProgress } from "../retrieval/index/build_index.ts";
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
    description: "Files of passages, or folders of them: JSONL, CSV, TSV (also .gz) or Parquet",
    rest: true,
  }],
  options: {
    out: {
      type: "string",
      short: "o",
      placeholder: "DIR",
      description: "The index: a new folder, or an address such as s3://bucket/index",
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
      defaultNote: "20000, or 8000 with an encoder",
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
    const source = await corpusSource(positionals);
    const stop = softStop(() => progress.log("stopping after the write under way"));
    const progress = openProgress(values.quiet ? "silent" : "auto");
    const { signal } = stop.signals;
    const wantsEncoder = values.encoder !== undefined || values.embeddingsUrl !== undefined;
    const encoder = wantsEncoder
      ? await openEncoder({ ...encoderOptions(values, defaultCacheFolder), signal })
      : undefined;
    const show = stageLines((name) => progress.stage(name, null));
    let problems = 0;
    const startMs = performance.now();
    try {
      const about = await buildIndex(values.out, source, {
        encoder,
        storageOptions: storageOptions(values),
        onBadRecord: values.onBadLine,
        onUnfinished: values.resume ? "resume" : "fail",
        batchSize: values.batchSize,
        onProgress: show.update,
        onProblem: (problem) => {
          if (++problems <= MOST_PROBLEMS) console.error(`Skipped ${problem}`);
        },
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
      if (!signal.aborted) throw error;
      console.error(`Interrupted: run the same command with --resume to continue`);
      return 3;
    } finally {
      stop.release();
      await encoder?.dispose();
    }
  });
}

/** Progress lines, one per stage of the building. */
function stageLines(start: (name: string) => ProgressStage) {
  let name = "";
  let line: ProgressStage | null = null;
  return {
    update({ stage, passages, skipped, fraction }: IndexProgress) {
      if (stage !== name) {
        line?.done();
        line = start(stage);
        name = stage;
      }
      const note = skipped > 0 ? `${skipped} malformed` : undefined;
      const total = fraction ? Math.max(passages, Math.round(passages / fraction)) : undefined;
      if (stage === "passages") line?.update(passages, note, total);
    },
    end: () => line?.done(),
  };
}
