import { ParameterLayout } from "../graph/parameter_layout.ts";
import type { Weights } from "../weights.ts";
import { BlockwiseEngine } from "./blockwise_engine.ts";
import { GradientEngine } from "./gradient_engine.ts";
import type { GradientSettings, GradientSource } from "./gradient_settings.ts";

/**
 * Creates the source of gradients for these settings.
 *
 * @param frozen the student's weights when only its adapter is trained, else none
 * @throws {RangeError} when `frozen` are not the weights of the student
 */
export function gradientSource(settings: GradientSettings, frozen: Weights): GradientSource {
  const layout = new ParameterLayout(settings.config, settings.lora);
  return settings.gradientCheckpointing
    ? new BlockwiseEngine(settings, layout, frozen)
    : new GradientEngine(settings, layout, frozen);
}
