import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { kill, pid, platform } from "node:process";

/** Owner of a lock. */
export interface LockOwner {
  /** The machine's name. */
  readonly host: string;
  /** Tells machines, their starts and containers of one name apart. */
  readonly machine: string;
  /** The process. */
  readonly pid: number;
  /** Start time of the process as the system reports it; tells a reused process number apart. */
  readonly started: string;
  /** Command that it runs, such as `generate`. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** Unlike any other lock's. */
  readonly token: string;
}

/** This process as the owner of a new lock. */
export function ownLock(command: string): LockOwner {
  return {
    host: hostname(),
    machine: machineId(),
    pid,
    started: startOf(pid) ?? "",
    command,
    since: new Date().toISOString(),
    token: crypto.randomUUID(),
  };
}

/** True if the owner's process is on this machine, so that `isAlive` can tell whether it runs. */
export function isLocal(owner: LockOwner): boolean {
  return owner.host === hostname() && owner.machine === machineId();
}

/** True if the process that took the lock still runs on this machine. */
export function isAlive(owner: LockOwner): boolean {
  const started = startOf(owner.pid);
  return started !== null && (owner.started === "" || started === "" || started === owner.started);
}

/** The value as a lock's owner, or null when it is none. */
export function readOwner(text: string): LockOwner | null {
  try {
    const owner = JSON.parse(text);
    const texts = [owner.host, owner.machine, owner.started, owner.command, owner.since];
    const isOwner = texts.every((value) => typeof value === "string") &&
      Number.isSafeInteger(owner.pid) && owner.pid > 0 && typeof owner.token === "string";
    return isOwner ? owner : null;
  } catch {
    return null;
  }
}

let machine: string | undefined;

function machineId(): string {
  if (machine !== undefined) return machine;
  const parts = [
    () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    () => readlinkSync("/proc/self/ns/pid"),
  ];
  machine = parts.map((part) => tried(part) ?? "").join(" ").trim();
  return machine;
}

/** Start time of a process; empty when it runs and the time is unknown, null when there is none. */
function startOf(id: number): string | null {
  if (platform === "linux") {
    const stat = tried(() => readFileSync(`/proc/${id}/stat`, "utf8"));
    // The name in brackets may hold anything; what follows are the numbers from the third on.
    const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields !== undefined) return fields[0] === "Z" ? null : fields[19] ?? "";
  }
  try {
    kill(id, 0);
  } catch (error) {
    // Somebody else's process is there all the same.
    if ((error as { code?: string }).code !== "EPERM") return null;
  }
  if (platform === "win32" || platform === "linux") return "";
  const args = ["-o", "lstart=", "-p", String(id)];
  return tried(() => execFileSync("ps", args, { encoding: "utf8" }).trim()) ?? "";
}

function tried<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
