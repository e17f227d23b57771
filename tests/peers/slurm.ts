import { existsSync } from "node:fs";
import { join } from "node:path";
import { peersFolder } from "./environments.ts";

const PROGRAMS = ["slurmctld", "slurmd", "munged", "sbatch", "scontrol", "squeue"];

/**
 * True if Slurm is installed (Debian: slurm-wlm) and may be started, by root alone, where the peers'
 * environments are wanted at all: a cluster takes minutes.
 */
export function hasSlurm(): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(":").concat("/usr/sbin", "/sbin");
  return existsSync(peersFolder()) && Deno.build.os === "linux" && Deno.uid() === 0 &&
    PROGRAMS.every((name) => folders.some((folder) => existsSync(join(folder, name))));
}

/** munged, slurmctld, slurmd. */
const DAEMONS = 3;

/** Runs a daemon until standard input ends; kills it when it has not ended ten seconds later. */
const GUARD = `trap : TERM INT HUP
exec 3<&0
timeout --kill-after=10 0 "$@" </dev/null 3<&- &
cat <&3 >/dev/null
kill $!
wait $!`;

/** A Slurm cluster of this machine alone, whose daemons and files are its own. */
export class Slurm {
  readonly #folder: string;
  readonly #env: Record<string, string>;
  readonly #daemons: Deno.ChildProcess[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
    this.#env = {
      SLURM_CONF: join(folder, "slurm.conf"),
      PATH: `${Deno.env.get("PATH")}:/usr/sbin:/sbin`,
    };
  }

  /** Starts the daemons and waits for the node. @throws {Error} with the logs when it does not come up */
  static async start(folder: string): Promise<Slurm> {
    const slurm = new Slurm(folder);
    const host = Deno.hostname().split(".")[0];
    const socket = join(folder, "munge.socket");
    const key = join(folder, "munge.key");
    await Deno.writeFile(key, crypto.getRandomValues(new Uint8Array(1024)), { mode: 0o400 });
    for (const name of ["state", "spool"]) await Deno.mkdir(join(folder, name));
    await Deno.writeTextFile(
      join(folder, "slurm.conf"),
      `ClusterName=potstill
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${freePort()}
SlurmdPort=${freePort()}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${socket}
CredType=cred/munge
StateSaveLocation=${join(folder, "state")}
SlurmdSpoolDir=${join(folder, "spool")}
SlurmctldPidFile=${join(folder, "slurmctld.pid")}
SlurmdPidFile=${join(folder, "slurmd.pid")}
SlurmctldLogFile=${join(folder, "slurmctld.log")}
SlurmdLogFile=${join(folder, "slurmd.log")}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
KillWait=2
SlurmdParameters=config_overrides
NodeName=${host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
`,
    );
    slurm.#spawn("munged", [
      ...["--foreground", "--force", `--key-file=${key}`, `--socket=${socket}`],
      `--pid-file=${join(folder, "munged.pid")}`,
      `--log-file=${join(folder, "munged.log")}`,
      `--seed-file=${join(folder, "munged.seed")}`,
    ]);
    try {
      await until(() => existsSync(socket), "munged");
      slurm.#spawn("slurmctld", ["-D", "-i"]);
      slurm.#spawn("slurmd", ["-D", "-N", host]);
      await until(async () => (await slurm.ask("sinfo", "-h", "-o", "%t")) === "idle", "the node");
    } catch (error) {
      const logs = await slurm.#logs();
      await slurm.stop();
      throw new Error(`${(error as Error).message}\n${logs}`, { cause: error });
    }
    return slurm;
  }

  /** What a client of Slurm prints. @throws {Error} with what it says when it fails */
  async ask(program: string, ...args: string[]): Promise<string> {
    return await this.askWith(program, args);
  }

  /** The same in an environment and a folder. */
  async askWith(
    program: string,
    args: readonly string[],
    { env = {}, cwd }: { readonly env?: Record<string, string>; readonly cwd?: string } = {},
  ): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      ...{ args: [...args], env: { ...this.#env, ...env }, stdin: "null" },
      ...cwd === undefined ? {} : { cwd },
    }).output();
    if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout).trim();
  }

  /** Waits until no job is queued or runs. */
  async finished(): Promise<void> {
    await until(
      async () => {
        const queue = await this.ask("squeue", "-h", "-o", "%i %T");
        // A requeued job waits two minutes unless it is told not to.
        for (const [id, state] of queue.split("\n").map((line) => line.split(" "))) {
          if (state === "PENDING") {
            await this.ask("scontrol", "update", `JobId=${id}`, "StartTime=now").catch(() => {});
          }
        }
        return queue === "";
      },
      "the jobs",
      1_800_000,
    );
  }

  /** Ends jobs that run, and the daemons. */
  async stop(): Promise<void> {
    const clusterIsUp = this.#daemons.length === DAEMONS;
    if (clusterIsUp) {
      await this.ask("scancel", "--user=root", "--quiet").catch(() => {});
      const isEmpty = async () => await this.ask("squeue", "-h") === "";
      await until(isEmpty, "the jobs' end", 15_000).catch(() => {});
    }
    for (const daemon of this.#daemons.reverse()) {
      await daemon.stdin.close().catch(() => {});
      await daemon.status;
    }
  }

  /** A daemon ends when its guard's standard input does, so also when this process is killed. */
  #spawn(program: string, args: string[]): void {
    const options: Deno.CommandOptions = {
      args: ["-c", GUARD, program, program, ...args],
      env: this.#env,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    };
    this.#daemons.push(new Deno.Command("sh", options).spawn());
  }

  async #logs(): Promise<string> {
    const logs = ["munged", "slurmctld", "slurmd"].map((name) => join(this.#folder, `${name}.log`));
    const texts = await Promise.all(logs.map((path) => Deno.readTextFile(path).catch(() => "")));
    return texts.map((text) => text.slice(-1500)).join("\n");
  }
}

/** Waits until something is so. @throws {Error} after `timeoutMs` */
export async function until(
  check: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 60_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!await Promise.resolve().then(check).catch(() => false)) {
    if (performance.now() > end) throw new Error(`Waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** A port that nothing listens on. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
