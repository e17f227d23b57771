import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { JUPYTER_FOLDER } from "../../lib/cli/jupyter_lab.ts";

const MAIN = new URL("../../lib/cli/main.ts", import.meta.url).pathname;

/** Runs the command with these programs alone on the path. */
async function lab(path: string, ...args: string[]) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", MAIN, "lab", ...args],
    env: { PATH: path, POTSTILL_PYTHON: "" },
    stdin: "null",
  }).output();
  return { code, text: new TextDecoder().decode(stderr) };
}

Deno.test({
  name: "without JupyterLab, the command lab says what is missing and installs nothing unasked",
  ignore: existsSync(JUPYTER_FOLDER) || Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const none = await lab(folder);
    assert.equal(none.code, 1);
    assert.match(none.text, /nor a Python to install it with: install Python 3\.9/);
    // A Python that can make environments, and a terminal that nobody sits at.
    await Deno.writeTextFile(join(folder, "python3"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    const unasked = await lab(folder);
    assert.equal(unasked.code, 1);
    assert.match(unasked.text, /run this with --yes to install it into .*jupyter/);
    await Deno.writeTextFile(
      join(folder, "python3"),
      '#!/bin/sh\ncase "$1" in -m) echo "no space left" >&2; exit 1;; esac\n',
      { mode: 0o755 },
    );
    const failing = await lab(folder, "--yes");
    assert.equal(failing.code, 1);
    assert.match(
      failing.text,
      /Cannot install JupyterLab: python3 -m venv .*failed:\nno space left/,
    );
    assert.ok(!existsSync(join(dirname(JUPYTER_FOLDER), "jupyter")));
    await Deno.remove(folder, { recursive: true });
  },
});
