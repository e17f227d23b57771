import { readdirSync, readFileSync } from "node:fs";

/** Processor time and memory of a process and of all that it started. */
export interface TreeUse {
  /** Processor time so far, that of children that have ended included, in milliseconds. */
  readonly cpuMs: number;
  /** Memory that they hold now, in bytes; pages that several share count for each. */
  readonly residentBytes: number;
}

/** Where `/proc/PID/stat` has these after the name: clock ticks (100 a second), pages of 4,096 bytes. */
const PARENT = 1, TIMES = [11, 12, 13, 14], RSS = 21;

/** The use of a process and of its descendants; zeros where Linux is not. */
export function treeUse(root: number): TreeUse {
  let cpuMs = 0;
  let residentBytes = 0;
  for (const [, stat] of treeOf(root)) {
    cpuMs += TIMES.reduce((sum, at) => sum + 10 * Number(stat[at]), 0);
    residentBytes += 4096 * Number(stat[RSS]);
  }
  return { cpuMs, residentBytes };
}

/** Sends a signal to a process and its descendants, as they are now; where Linux is not, to the process alone. */
export function signalTree(root: number, signal: Deno.Signal): void {
  const pids = Deno.build.os === "linux" ? treeOf(root).map(([pid]) => pid) : [root];
  for (const pid of pids) {
    try {
      Deno.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}

/** A process and its descendants with their numbers in `/proc`; empty where Linux is not. */
function treeOf(root: number): [pid: number, stat: readonly string[]][] {
  const stats = new Map<number, readonly string[]>();
  for (const name of names()) {
    const stat = /^\d+$/.test(name) ? read(name) : null;
    if (stat !== null) stats.set(Number(name), stat);
  }
  const isOfTree = (pid: number): boolean => {
    const stat = stats.get(pid);
    return pid === root || (stat !== undefined && isOfTree(Number(stat[PARENT])));
  };
  return [...stats].filter(([pid]) => isOfTree(pid));
}

function names(): string[] {
  try {
    return readdirSync("/proc");
  } catch {
    return [];
  }
}

function read(pid: string): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null; // it has ended
  }
}
