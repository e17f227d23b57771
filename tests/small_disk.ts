// A file system of a chosen size, for what happens when a disk is full.

async function succeeds(name: string, ...args: string[]): Promise<boolean> {
  const child = new Deno.Command(name, { args, stdout: "null", stderr: "null" });
  return await child.output().then(({ success }) => success, () => false);
}

/**
 * Runs `body` while a file system of its own stands at `folder`, which must not exist yet.
 *
 * @param options of `mount -o`, such as `size=160k`
 * @returns false where mounting is not allowed; `body` is then not run
 */
export async function withSmallDisk(
  folder: string,
  options: string,
  body: () => Promise<void>,
): Promise<boolean> {
  await Deno.mkdir(folder);
  if (!await succeeds("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder)) return false;
  try {
    await body();
  } finally {
    await succeeds("umount", folder);
  }
  return true;
}

/** Gives the file system at `folder` another size, such as `8m`; false when that fails. */
export function resizeDisk(folder: string, size: string): Promise<boolean> {
  return succeeds("mount", "-o", `remount,size=${size}`, folder);
}
