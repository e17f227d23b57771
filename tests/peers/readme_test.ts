import assert from "node:assert/strict";

const read = (path: string) => Deno.readTextFile(new URL(path, import.meta.url));

Deno.test("each line of the README's table of tools names a test, and the pinned version", async () => {
  const readme = await read("../../README.md");
  const table = readme.slice(
    readme.indexOf("test in `tests/peers/`"),
    readme.indexOf("## Notebooks"),
  );
  const lines = table.split("\n").filter((line) => line.startsWith("| ")).slice(1)
    .map((line) => line.split("|").map((cell) => cell.trim()).slice(1, -1));
  assert.ok(lines.length >= 15, `${lines.length} lines`);
  const pinned = await read("environments.ts") + await read("kubernetes.py");
  for (const [tool, version, , test] of lines) {
    const [, file, name] = /^`(\w+_test\.ts)`: (.+)$/.exec(test) ?? assert.fail(test);
    const source = await read(file);
    assert.ok(source.includes(name), `${tool}: ${file} has no test "${name}"`);
    // Slurm is Debian's.
    if (tool === "Slurm") continue;
    for (const [number] of version.matchAll(/\d+(?:\.\d+)+/g)) {
      assert.ok(pinned.includes(number), `${tool}: ${number} is not the pinned version`);
    }
  }
});
