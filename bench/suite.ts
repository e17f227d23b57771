/** One figure of a benchmark's result. */
export interface Figure {
  /** Shown in the table. */
  readonly name: string;
  /** Keys that lead to it in the result: of an array a place, or `*` for every entry. */
  readonly path: readonly string[];
  /** Unit of the figure. */
  readonly unit: string;
  /** Which is better. */
  readonly better: "lower" | "higher";
}

/** A benchmark as it is run when none is named. */
export interface SuiteEntry {
  /** Its script. */
  readonly name: string;
  /** A short run's arguments. */
  readonly args: readonly string[];
  /** Time after which it is ended, in seconds; most need a third of it on two quiet cores. */
  readonly limitSeconds: number;
  /** The figures of the table. */
  readonly figures: readonly Figure[];
  /** The program that some ratios compare with, and the command that says its version. */
  readonly peer?: { readonly name: string; readonly version: readonly string[] };
}

const lower = (name: string, unit: string, ...path: string[]): Figure => ({
  name,
  unit,
  path,
  better: "lower",
});
const higher = (name: string, unit: string, ...path: string[]): Figure => ({
  name,
  unit,
  path,
  better: "higher",
});

/** Every part of a run once, briefly. */
export const SUITE: readonly SuiteEntry[] = [
  {
    name: "interpreter/latency",
    args: ["--rounds", "40", "--json"],
    limitSeconds: 150,
    figures: [
      lower("process start", "ms", "results", "process start"),
      lower("small step", "ms", "results", "small step, back to back"),
      lower("step with a tool call", "ms", "results", "step with a tool call"),
      lower("8 candidates and commit", "ms", "results", "8 candidates and commit, 1 process"),
    ],
  },
  {
    name: "interpreter/loops",
    args: ["--rounds", "3", "--json"],
    limitSeconds: 150,
    figures: [lower("kinds of loops against CPython", "ratio", "results", "*", "ratio")],
    peer: { name: "CPython", version: ["python3", "--version"] },
  },
  {
    name: "generation/throughput",
    args: ["--tasks", "200"],
    limitSeconds: 120,
    figures: [
      higher("agent steps through HTTP", "/s", "stepsPerSecond"),
      lower("processor time of a step", "ms", "cpuMsPerStep", "all"),
    ],
  },
  {
    name: "inference/decode_speed",
    args: ["--rounds", "2", "--json"],
    limitSeconds: 240,
    figures: [
      higher("decoding, 64 prompts of 200", "tokens/s", "measured", "1", "decode"),
      higher("decoding, 8 x 8 samples of 400", "tokens/s", "measured", "4", "decode"),
    ],
  },
  {
    name: "inference/sag_workload",
    args: ["--rounds", "3", "--json"],
    limitSeconds: 180,
    figures: [higher("sag against transformers.js", "ratio", "ratios")],
    peer: {
      name: "transformers.js",
      version: [
        "deno",
        "eval",
        "import { env } from '@huggingface/transformers'; console.log(env.version)",
      ],
    },
  },
  {
    name: "training/train_speed",
    args: ["--rounds", "3", "--students", "1M"],
    limitSeconds: 180,
    figures: [
      higher("training, 1M", "tokens/s", "students", "*", "tokensPerSecond"),
      higher("of the ceiling of products", "share", "students", "*", "ceilingShare"),
    ],
  },
  {
    name: "distill/run_time",
    args: ["--profile", "quick", "--train-tasks", "60", "--test-tasks", "2"],
    limitSeconds: 300,
    figures: [
      lower("distill: first line", "s", "firstLineSeconds"),
      lower("distill: first attempt", "s", "firstAttemptSeconds"),
      lower("distill: all", "s", "seconds"),
      lower("distill: processor time", "s", "cpuSeconds"),
      lower("distill: peak memory", "MB", "peakMb"),
    ],
  },
];

/** The longest that the suite may take, in seconds. */
export const SUITE_LIMIT_SECONDS = SUITE.reduce((sum, { limitSeconds }) => sum + limitSeconds, 0);
