import assert from "node:assert/strict";

const root = new URL("../../", import.meta.url).pathname;
const fixtures = `${root}tests/cli/notebook/fixtures`;

function potstill(...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `${root}lib/cli/main.ts`, ...args],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  });
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await potstill(...args).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "potstill-test-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("potstill lists its commands and refuses others", async () => {
  const help = await run("--help");
  assert.equal(help.code, 0);
  assert.match(help.out, /^ {2}notebook {2,}Execute a notebook/m);
  const unknown = await run("notebok");
  assert.deepEqual([unknown.code, unknown.out], [2, ""]);
  assert.match(unknown.err, /^Error: Unknown command "notebok"; did you mean "notebook"\?\n$/);
  assert.equal((await run()).code, 2);
});

Deno.test("a notebook is executed with parameters, cleaned and written", async () => {
  await withFolder(async (folder) => {
    const out = `${folder}/new/executed.ipynb`;
    const result = await run(
      "notebook",
      `${fixtures}/outputs.ipynb`,
      "--out",
      out,
      "--clean",
      "--json",
      "--set",
      "repeats=3",
    );
    assert.equal(result.code, 0, result.err);
    assert.match(result.err, /^\[9\/9\] .* cell 11: answer \+ 1;$/m);
    const summary = JSON.parse(result.out.trimEnd().split("\n").at(-1)!);
    assert.deepEqual([summary.status, summary.cellsRun, summary.out], ["ok", 9, out]);
    const text = await Deno.readTextFile(out);
    assert.ok(!text.includes(root), "no folder of this machine");
    assert.ok(!text.includes("count  4/4"), "no progress line");
    const { cells } = JSON.parse(text);
    assert.deepEqual(cells[2].outputs[0].text, ["line 0\n", "line 1\n", "line 2\n"]);
    assert.deepEqual(await names(`${folder}/new`), ["executed.ipynb"]);
  });
});

Deno.test("a failing cell is shown, and what ran is written", async () => {
  await withFolder(async (folder) => {
    const out = `${folder}/executed.ipynb`;
    const result = await run("notebook", `${fixtures}/failing.ipynb`, "--out", out);
    assert.equal(result.code, 1);
    assert.match(result.err, /Error: Cell 2 of .*failing.ipynb failed/);
    assert.match(result.err, / {3}3 \| {3}throw new RangeError\("bad value"\);/);
    assert.match(result.err, /RangeError: bad value\n {4}at /);
    const { cells } = JSON.parse(await Deno.readTextFile(out));
    assert.deepEqual(cells[0].outputs[0].text, ["ran\n"]);
  });
});

Deno.test("Ctrl-C writes what ran and leaves no kernel behind", async () => {
  await withFolder(async (folder) => {
    const [out, marker] = [`${folder}/executed.ipynb`, `${folder}/pid`];
    const child = potstill(
      "notebook",
      `${fixtures}/sleeping.ipynb`,
      "--out",
      out,
      "--set",
      `marker=${marker}`,
    ).spawn();
    const pid = await waitForFile(marker);
    child.kill("SIGINT");
    const { code, stderr } = await child.output();
    assert.equal(code, 130, new TextDecoder().decode(stderr));
    assert.match(new TextDecoder().decode(stderr), /InterruptedError/);
    assert.match(await Deno.readTextFile(out), /asleep/);
    assert.equal(await isAlive(Number(pid)), false);
  });
});

Deno.test("a second Ctrl-C ends a busy cell at once", async () => {
  await withFolder(async (folder) => {
    const [out, marker] = [`${folder}/executed.ipynb`, `${folder}/pid`];
    const set = ["--set", `marker=${marker}`, "--set", "busy=true", "--grace-ms", "60000"];
    const child = potstill("notebook", `${fixtures}/sleeping.ipynb`, "--out", out, ...set).spawn();
    await waitForFile(marker);
    const start = performance.now();
    child.kill("SIGINT");
    // Two that come before the first one is handled are one.
    const again = setInterval(() => {
      try {
        child.kill("SIGINT");
      } catch { /* It has ended. */ }
    }, 300);
    const { code } = await child.output().finally(() => clearInterval(again));
    assert.equal(code, 130);
    assert.ok(performance.now() - start < 50_000, "the time of grace is cut short");
    assert.match(await Deno.readTextFile(out), /InterruptedError/);
  });
});

Deno.test("a kernel does not outlive a runner that was killed, even when it is busy", async () => {
  await withFolder(async (folder) => {
    const marker = `${folder}/pid`;
    const set = ["--set", `marker=${marker}`, "--set", "busy=true"];
    const child = potstill("notebook", `${fixtures}/sleeping.ipynb`, ...set).spawn();
    const pid = Number(await waitForFile(marker));
    child.kill("SIGKILL");
    await child.output();
    const deadline = Date.now() + 30_000;
    while (await isAlive(pid)) {
      assert.ok(Date.now() < deadline, "the kernel goes on");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
});

Deno.test("wrong arguments are told in one line, and nothing is written", async () => {
  const cases: [string[], number, RegExp][] = [
    [["notebook"], 2, /Missing argument FILE/],
    [["notebook", "none.ipynb"], 1, /Cannot read none.ipynb: there is no such file/],
    [["notebook", `${root}deno.json`], 1, /Cannot read notebook .*nbformat is undefined/],
    [["notebook", "a.ipynb", "--set", "x"], 2, /--set needs a value \(NAME=VALUE\): "x"/],
    [["notebook", `${fixtures}/outputs.ipynb`, "--set", "x=1"], 1, /Cannot set x: the parameters/],
    [["notebook", `${fixtures}/outputs.ipynb`, "--out", "/dev/null/x"], 1, /Cannot write/],
    [["notebook", "a.ipynb", "--timeout-ms", "0"], 2, /a whole number from 1 to 2147483647\): "0"/],
  ];
  for (const [args, code, message] of cases) {
    const result = await run(...args);
    assert.equal(result.code, code, args.join(" "));
    assert.match(result.err, message);
    assert.equal(result.err.trimEnd().split("\n").length, 1, result.err);
  }
});

/** A process that has ended but that the system has not yet taken note of does not count. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    Deno.kill(pid, "SIGCONT");
  } catch {
    return false;
  }
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return !/\) Z /.test(stat);
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name);
}

async function waitForFile(path: string): Promise<string> {
  for (let i = 0; i < 600; i++) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text !== "") return text;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${path} was not written`);
}
