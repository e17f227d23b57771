import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Folders of the cache that a run uses: the lab's index, not the environments of other tools. */
const CACHES = /^lab-/;

/** Another revision of the project, checked out beside this one. */
export interface Revision extends AsyncDisposable {
  /** Its folder, with a slash at the end. */
  readonly root: string;
  /** Its short hash. */
  readonly hash: string;
}

/**
 * Checks out a revision into a temporary folder, with the packages of its own lock file and this
 * checkout's caches.
 *
 * @throws {Error} when git or Deno refuses, with what it says
 */
export async function openRevision(root: string, name: string): Promise<Revision> {
  const hash = await run(root, ["git", "rev-parse", "--short", `${name}^{commit}`]);
  const folder = await Deno.makeTempDir({ prefix: "potstill-revision-" });
  const close = async () => {
    await run(root, ["git", "worktree", "remove", "--force", folder]).catch(() => {});
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  };
  try {
    await run(root, ["git", "worktree", "add", "--detach", "--force", folder, hash]);
    await run(folder, [Deno.execPath(), "install", "-q"]);
    await copyCaches(join(root, "data", "cache"), join(folder, "data", "cache"));
    return { root: `${folder}/`, hash, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function copyCaches(from: string, to: string): Promise<void> {
  const names = await readdir(from).catch(() => [] as string[]);
  for (const name of names.filter((one) => CACHES.test(one))) {
    await cp(join(from, name), join(to, name), { recursive: true });
  }
}

async function run(cwd: string, [command, ...args]: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd }).output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(`${command} ${args.join(" ")} failed: ${decoder.decode(stderr).trim()}`);
  }
  return decoder.decode(stdout).trim();
}
