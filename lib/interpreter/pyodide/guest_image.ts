/** Python's memory right after it started and imported what agents use. */
export interface GuestImage {
  /** Files that Python's file system holds beyond the standard library. */
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** Modules that were imported. */
  readonly preload: readonly string[];
  /** Modules of the packages that were loaded, in the order of their dependencies. */
  readonly packages: readonly string[];
  /** The pages that are not zero. */
  readonly bytes: Uint8Array;
  /** Addresses of the runner's functions; null when every process starts from nothing. */
  readonly pointers: { readonly start: number; readonly run: number } | null;
  /** Checksum of the first process's memory after a cold start, which all others must have. */
  readonly baseSum: { value?: unknown };
}
