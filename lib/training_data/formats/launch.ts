import type { ExportFile } from "./export_format.ts";
import type { HyperParameters } from "./hyper_parameters.ts";
import { toYaml } from "./yaml.ts";

/** Gradient accumulation steps on a number of GPUs, one sequence per device at a time. */
export function accumulationSteps(hyper: HyperParameters, gpus: number): number {
  return Math.max(1, Math.round(hyper.effectiveBatch / gpus));
}

/** GPUs in the examples for one machine. */
export const EXAMPLE_GPUS = 4;

/** Accelerate's configuration for fully sharded data parallel training on one machine. */
export function accelerateFsdp(): ExportFile {
  return {
    name: "accelerate_fsdp.yaml",
    text: toYaml({
      compute_environment: "LOCAL_MACHINE",
      distributed_type: "FSDP",
      mixed_precision: "bf16",
      num_machines: 1,
      num_processes: { comment: "GPUs of the machine", value: EXAMPLE_GPUS },
      fsdp_config: {
        fsdp_version: 2,
        fsdp_reshard_after_forward: true,
        fsdp_auto_wrap_policy: "TRANSFORMER_BASED_WRAP",
        fsdp_state_dict_type: "SHARDED_STATE_DICT",
        fsdp_cpu_ram_efficient_loading: true,
      },
    }),
  };
}
