import type { Paradigm } from "../../records/trajectory.ts";

/** Settings of a training run. Flat and JSON-serialisable. */
export interface HyperParameters {
  /** A model on the Hugging Face hub, or a folder. */
  readonly baseModel: string;
  /** Rank of the LoRA matrices. */
  readonly loraRank: number;
  /** LoRA's alpha: its update is scaled by alpha divided by the rank. */
  readonly loraAlpha: number;
  /** Probability of dropout in LoRA, from 0 to 1. */
  readonly loraDropout: number;
  /** The optimizer's learning rate. */
  readonly learningRate: number;
  /** Passes over the data. */
  readonly epochs: number;
  /** Sequences of one optimizer step, over all GPUs. */
  readonly effectiveBatch: number;
  /** Longest sequence, in tokens. */
  readonly maxLength: number;
  /** Seed of the trainer's random numbers. */
  readonly seed: number;
}

/**
 * The paper's settings: LoRA of rank 64, alpha 128 and dropout 0.05 on all linear layers, learning rate
 * 2e-4, 2 epochs, batches of 8, at most 10,240 tokens (4,096 for chain of thought), bfloat16.
 *
 * @source paper, section 4 and appendix (training details)
 */
export function paperHyperParameters(paradigm: Paradigm): HyperParameters {
  return {
    baseModel: "Qwen/Qwen2.5-1.5B-Instruct",
    loraRank: 64,
    loraAlpha: 128,
    loraDropout: 0.05,
    learningRate: 2e-4,
    epochs: 2,
    effectiveBatch: 8,
    maxLength: paradigm === "agent" ? 10_240 : 4_096,
    seed: 42,
  };
}
