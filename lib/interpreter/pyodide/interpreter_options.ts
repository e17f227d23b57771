import type { ImportList } from "./import_list.ts";

/** Options of `createInterpreter`. */
export interface InterpreterOptions {
  /**
   * Processes kept warm, which is also the number of concurrent runs. Sessions may be many more.
   * @default {2}
   */
  readonly processes?: number;
  /** Wall time allowed to one run, without what tools take, in milliseconds. @default {10_000} */
  readonly timeoutMs?: number;
  /** Wall time allowed to one call of a tool, in milliseconds. @default {60_000} */
  readonly toolTimeoutMs?: number;
  /** Wall time allowed to all tool calls of one run together, in milliseconds. @default {300_000} */
  readonly toolsTimeoutMs?: number;
  /** Memory that a run may use, in megabytes. @default {512} */
  readonly memoryMb?: number;
  /** Memory that a session may keep between runs, in megabytes. @default {128} */
  readonly stateMb?: number;
  /** Limit on a session's files, in megabytes. @default {32} */
  readonly filesMb?: number;
  /** Sessions open at once; `open` waits beyond. @default {1_024} */
  readonly maxSessions?: number;
  /** Memory that all sessions together may keep, in megabytes; `open` waits beyond. @default {2_048} */
  readonly parkedMb?: number;
  /** Characters of printed text kept. @default {50_000} */
  readonly maxLogChars?: number;
  /** Characters of the last value's text kept. @default {20_000} */
  readonly maxOutputChars?: number;
  /** Tool calls allowed in one run, those that are refused included. @default {50} */
  readonly maxToolCalls?: number;
  /** Depth of Python's recursion. @default {1_000} */
  readonly recursionLimit?: number;
  /** Modules that code may import. @default {"standard"} */
  readonly imports?: ImportList;
  /** The former name of `imports`. */
  readonly allowedImports?: ImportList;
  /** Seed of Python's random generator at the start of every session. @default {0} */
  readonly seed?: number;
  /** Packages, such as `sympy`, to load into every session, with what they need. @default {[]} */
  readonly packages?: readonly string[];
  /** Folder with wheels or folders of `packages`; null is where `deno task potstill wheels` puts them. */
  readonly packagesFolder?: string | null;
  /** Folder in which memory images are kept; null builds one at every start. @default the user's cache */
  readonly cacheFolder?: string | null;
}
