/** The store cannot be read or written: the run must stop, for what it pays would be lost. */
export class StoreError extends Error {
  /** Tells this error from others. */
  override readonly name = "StoreError";
}
