import type { AnnotationGap, Step } from "../records/step.ts";
import { ContextOverflowError, type GenerationError } from "./chat_model.ts";

/**
 * Step fields that record a failed generation. Only a failure that may pass, such as that of an
 * endpoint which is down, says nothing of the model; any other is the model's own.
 */
export function failedGeneration(error: GenerationError): Pick<Step, "error" | "failedBy"> {
  const { message } = error;
  if (error instanceof ContextOverflowError) {
    return { error: { kind: "context-overflow", message } };
  }
  const isPassing = "transient" in error && error.transient === true;
  const gap = "gap" in error ? { gap: error.gap as AnnotationGap } : {};
  return {
    error: { kind: "generation", message, ...gap },
    ...(isPassing ? {} : { failedBy: "model" }),
  };
}
