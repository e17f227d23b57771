/** Thrown when an interpreter process ended or misbehaved; it has been killed. */
export class ProcessEndedError extends Error {
  /** Always `ProcessEndedError`. */
  override readonly name = "ProcessEndedError";
}
