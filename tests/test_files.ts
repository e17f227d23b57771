import { join, relative } from "node:path";

/**
 * The test files among paths and in folders of them, relative to `root`, in the order of their names.
 *
 * @throws {Error} naming a path that is not there or has no test file
 */
export async function testFiles(root: string, paths: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const path of paths) {
    const own = new Set<string>();
    await visit(join(root, path), own).catch((cause) => {
      throw new Error(`Cannot test ${path}: ${cause.message}`, { cause });
    });
    if (own.size === 0) throw new Error(`Cannot test ${path}: it has no _test.ts file`);
    for (const file of own) found.add(file);
  }
  return [...found].map((file) => relative(root, file)).sort();
}

async function visit(path: string, found: Set<string>): Promise<void> {
  if (!(await Deno.stat(path)).isDirectory) {
    found.add(path);
    return;
  }
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) await visit(join(path, name), found);
    else if (name.endsWith("_test.ts")) found.add(join(path, name));
  }
}
