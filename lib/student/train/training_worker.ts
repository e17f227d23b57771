// The worker behind `Trainer`.
import type { StudentConfig } from "../config.ts";
import { type LoraConfig, resolveLora } from "../lora/lora_config.ts";
import type { Weight, Weights } from "../weights.ts";
import type { PackedRow } from "./packed_row.ts";
import {
  type EngineOptions,
  type StepResult,
  type StepSettings,
  TrainingEngine,
} from "./training_engine.ts";
import { readTrainingState, writeTrainingState } from "./training_state.ts";
import { serveCalls } from "./worker_calls.ts";

/** Calls that this worker answers: the methods of `Trainer`. */
export interface TrainerCalls {
  /** Receives a weight of the student; all come before `create`. */
  weight(args: { readonly name: string; readonly weight: Weight }): Promise<void>;
  /** Comes before all that follows. */
  create(args: {
    readonly config: StudentConfig;
    readonly options: EngineOptions;
  }): Promise<void>;
  /** Takes an optimizer step. */
  step(
    args: { readonly rows: readonly PackedRow[]; readonly settings: StepSettings },
  ): Promise<StepResult>;
  /** The loss on rows. */
  evaluate(args: {
    readonly rows: readonly PackedRow[];
  }): Promise<{ readonly loss: number; readonly trainedTokens: number }>;
  /** The cross-entropy of each trained token of each row. */
  tokenLosses(args: { readonly rows: readonly PackedRow[] }): Promise<Float32Array[]>;
  /** A copy of the trained weights. */
  weights(args: null): Promise<Weights>;
  /** Writes the training state to a folder. */
  saveState(args: { readonly dir: string; readonly note: string }): Promise<void>;
  /** Goes on from the state in a folder, if there is one. */
  loadState(args: {
    readonly dir: string;
  }): Promise<{ readonly step: number; readonly note: string } | null>;
  /** Frees what the engine holds. */
  close(args: null): Promise<void>;
}

let engine: TrainingEngine;
let config: StudentConfig;
let lora: LoraConfig | null;
let given: Weights = new Map();

const calls: TrainerCalls = {
  weight({ name, weight }) {
    given.set(name, weight);
    return Promise.resolve();
  },
  async create(args) {
    config = args.config;
    lora = args.options.lora ? resolveLora(args.options.lora) : null;
    engine = await TrainingEngine.create(config, given, args.options);
    given = new Map();
  },
  step: ({ rows, settings }) => engine.trainStep(rows, settings),
  evaluate: ({ rows }) => engine.evaluate(rows),
  tokenLosses: ({ rows }) => engine.tokenLosses(rows),
  weights: () => Promise.resolve(engine.weights()),
  saveState: ({ dir, note }) =>
    writeTrainingState(dir, { config, lora }, engine.exportState(), note),
  async loadState({ dir }) {
    const saved = await readTrainingState(dir, { config, lora });
    if (saved === null) return null;
    engine.importState(saved.state);
    return { step: saved.state.step, note: saved.note };
  },
  close: () => engine.release(),
};

serveCalls({ ...calls });
