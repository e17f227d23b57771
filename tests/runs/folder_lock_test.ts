import assert from "node:assert/strict";
import { readdir, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { lockBeside, LockedError, lockFolder } from "../../lib/runs/folder_lock.ts";
import { ownLock } from "../../lib/runs/lock_owner.ts";
import { openRun } from "../../lib/runs/run_folder.ts";

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "potstill-lock-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function racer(how: "in" | "beside", path: string): Deno.ChildProcess {
  const script = new URL("./lock_racer.ts", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, how, path],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** The first line that a process writes. */
async function says(process: Deno.ChildProcess): Promise<string> {
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader.cancel();
  return text.trim();
}

Deno.test("a folder is locked once, and again when it was given back", async () => {
  await withFolder(async (folder) => {
    const first = await lockFolder(folder, "generate");
    await assert.rejects(
      lockFolder(join(folder, "..", folder.split("/").at(-1)!), "index"),
      /used by/,
    );
    await first.release();
    assert.deepEqual(await readdir(folder), []);
    await (await lockFolder(folder, "index")).release();
    await first.release();
  });
});

for (const how of ["in", "beside"] as const) {
  Deno.test(`of processes that race for a dead owner's lock (${how}) one wins`, async () => {
    await withFolder(async (folder) => {
      const path = how === "in" ? folder : join(folder, "file");
      const dead = racer(how, path);
      assert.equal(await says(dead), "got it");
      dead.kill("SIGKILL");
      await dead.stdin.close().catch(() => {});
      await dead.status;
      const racers = Array.from({ length: 6 }, () => racer(how, path));
      const said = await Promise.all(racers.map(says));
      assert.equal(said.filter((text) => text === "got it").length, 1, said.join("\n"));
      for (const text of said) {
        if (text === "got it") continue;
        assert.match(text, /^Cannot use .*: it is used by racer, process \d+ on .*, since 20/);
      }
      for (const process of racers) {
        await process.stdin.close();
        await process.status;
      }
      const lock = how === "in" ? await lockFolder(path, "last") : await lockBeside(path, "last");
      await lock.release();
      assert.deepEqual(await readdir(folder), []);
    });
  });
}

async function withLockFile(
  text: string,
  ageMs: number,
  body: (folder: string, path: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, ".lock.1");
    await writeFile(path, text);
    const then = new Date(Date.now() - ageMs);
    await utimes(path, then, then);
    await body(folder, path);
  });
}

Deno.test("a process number that was given anew is another process", async () => {
  const own = ownLock("generate");
  await withLockFile(JSON.stringify(own), 0, async (folder) => {
    await assert.rejects(lockFolder(folder, "generate"), LockedError);
  });
  await withLockFile(JSON.stringify({ ...own, started: "1" }), 0, async (folder) => {
    await (await lockFolder(folder, "generate")).release();
  });
});

Deno.test("an owner on another machine, or in another container, is dead after five minutes", async () => {
  for (const other of [{ host: "elsewhere" }, { machine: "another start", host: hostname() }]) {
    const text = JSON.stringify({ ...ownLock("evaluate"), ...other, pid: 1 });
    await withLockFile(text, 200_000, async (folder, path) => {
      await assert.rejects(lockFolder(folder, "generate"), (error: Error) => {
        assert.match(error.message, /used by evaluate, process 1 on .*showed itself \d+ s ago/);
        assert.ok(error.message.includes(path));
        return true;
      });
    });
    await withLockFile(text, 400_000, async (folder) => {
      await (await lockFolder(folder, "generate")).release();
      assert.deepEqual(await readdir(folder), []);
    });
  }
});

Deno.test("a lock that cannot be read is being written, or nothing", async () => {
  for (const text of ["", "{", "null", "[]", '{"pid":1}', '{"host":1,"pid":"x"}']) {
    await withLockFile(text, 0, async (folder) => {
      await assert.rejects(lockFolder(folder, "generate"), /another process is taking it/);
    });
    await withLockFile(text, 60_000, async (folder) => {
      await (await lockFolder(folder, "generate")).release();
    });
  }
});

Deno.test("names beside the locks are none: numbers without a successor, letters, signs", async () => {
  await withFolder(async (folder) => {
    for (const end of ["99999999999999999999999", "9".repeat(200), "1e3", "-1", "", "x", "0x2"]) {
      await writeFile(join(folder, `.lock.${end}`), JSON.stringify(ownLock("stranger")));
    }
    const lock = await lockFolder(folder, "generate");
    await assert.rejects(lockFolder(folder, "generate"), LockedError);
    await lock.release();
  });
});

Deno.test("a run's folder is its opener's until the run is disposed of", async () => {
  await withFolder(async (folder) => {
    const options = { command: "x", given: {}, resolved: { a: 1 }, prompts: {}, out: folder };
    {
      await using run = await openRun(options);
      assert.equal(run.resumed, false);
      await assert.rejects(openRun({ ...options, resume: true }), LockedError);
    }
    await assert.rejects(openRun({ ...options, resume: true, resolved: { a: 2 } }), /option a was/);
    await using run = await openRun({ ...options, resume: true });
    assert.equal(run.resumed, true);
  });
});

Deno.test({
  name: "a folder that cannot be written gives one clear error",
  ignore: Deno.uid() === 0 || Deno.build.os === "windows",
  fn: async () => {
    await withFolder(async (folder) => {
      await Deno.chmod(folder, 0o500);
      await assert.rejects(lockFolder(folder, "x"), /^Error: Cannot lock .*ermission/);
      await Deno.chmod(folder, 0o700);
    });
  },
});
