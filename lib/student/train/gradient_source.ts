import { ParameterLayout } from "../graph/parameter_layout.ts";
import type { Weights } from "../weights.ts";
import { BlockwiseEngine } from "./blockwise_engine.ts";
import { GradientEngine } from "./gradient_engine.ts";
import type { GradientSettings, GradientSource } from "./gradient_settings.ts";

/**
 * Creates the source of gradients for these settings.
 *
 * @param frozen the tensors that are used but not trained
 * @throws {RangeError} when `frozen` are not the weights of the student
 */
export function gradientSource(settings: GradientSettings, frozen: Weights): GradientSource {
  const layout = new ParameterLayout(settings.config, settings.lora, settings.freeze);
  return settings.gradientCheckpointing || settings.precision === "int8"
    ? new BlockwiseEngine(settings, layout, frozen)
    : new GradientEngine(settings, layout, frozen);
}
