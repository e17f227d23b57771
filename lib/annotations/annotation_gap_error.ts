import { GenerationError } from "../models/chat_model.ts";
import type { AnnotationGap } from "../records/step.ts";

/** The annotation of a task leads no further; the attempt is rejected for this reason. */
export class AnnotationGapError extends GenerationError {
  /** Reason, as it is counted. */
  readonly gap: AnnotationGap;

  /** An error for a reason, with what is missing. */
  constructor(gap: AnnotationGap, detail: string) {
    super(`Cannot go on from the annotation (${gap}): ${detail}`);
    this.gap = gap;
  }
}
