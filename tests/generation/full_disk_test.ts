import assert from "node:assert/strict";
import { join } from "node:path";
import { createLabExpert } from "@potstill/lab/expert/lab_expert.ts";
import { checkTrajectory } from "@potstill/records/check.ts";
import { serveModels } from "@potstill/models/server/serve_models.ts";
import { readJsonl } from "@potstill/runs/jsonl.ts";
import { resizeDisk, withSmallDisk } from "../small_disk.ts";
import { withFolder } from "./setup.ts";

const main = new URL("../../lib/cli/main.ts", import.meta.url).pathname;

async function generate(baseUrl: string, out: string, store: string, tasks: number) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      main,
      "generate",
      "--benchmark",
      "lab-math",
      "--limit",
      String(tasks),
      "--base-url",
      baseUrl,
      "--model",
      "lab-expert",
      "--search",
      "none",
      "--resume",
      "--out",
      out,
      "--store",
      store,
    ],
    stdin: "null",
    stdout: "null",
  }).output();
  const errors = new TextDecoder().decode(stderr).split("\n").filter((line) =>
    line.startsWith("Error") || line.includes("Uncaught")
  );
  return { code, errors };
}

Deno.test("a full disk gives one clear error and loses nothing", async () => {
  const server = serveModels([{ id: "lab-expert", model: createLabExpert() }], { port: 0 });
  try {
    await withFolder(async (folder) => {
      const disk = join(folder, "disk");
      const calm = join(folder, "calm");
      const tasks = 30;
      const didMount = await withSmallDisk(disk, "size=160k", async () => {
        const [out, store] = [join(disk, "run"), join(disk, "store")];
        const first = await generate(server.baseUrl, out, store, tasks);
        assert.equal(first.code, 1);
        assert.equal(first.errors.length, 1, first.errors.join("\n"));
        assert.match(
          first.errors[0],
          /^Error: Cannot (?:store a step in|write) .*[Nn]o space left/,
        );
        const partial = join(out, "trajectories", "agent.jsonl.partial");
        const whole = (await Deno.readTextFile(partial)).split("\n").slice(0, -1);
        assert.ok(whole.length > 0, "some trajectories were stored before the disk was full");
        whole.forEach((line) => checkTrajectory(JSON.parse(line)));
        assert.ok(await resizeDisk(disk, "8m"));
        const second = await generate(server.baseUrl, out, store, tasks);
        assert.deepEqual(second, { code: 0, errors: [] });
        await generate(server.baseUrl, calm, join(folder, "calm-store"), tasks);
        const [after, undisturbed] = await Promise.all([out, calm].map(async (run) => {
          const rows = await readJsonl(join(run, "trajectories", "agent.jsonl"), checkTrajectory);
          return rows.map(({ id, answer, steps }) => [id, answer, steps.map((s) => s.observation)]);
        }));
        assert.deepEqual(after, undisturbed);
      });
      if (!didMount) console.log("skipped: no file system may be mounted here");
    });
  } finally {
    await server.close();
  }
});

Deno.test("a folder that cannot be written gives one clear error before anything is asked", async () => {
  let asked = 0;
  const expert = createLabExpert();
  const model = {
    ...expert,
    complete: (request: Parameters<typeof expert.complete>[0]) => {
      asked++;
      return expert.complete(request);
    },
  };
  const server = serveModels([{ id: "lab-expert", model }], { port: 0 });
  try {
    await withFolder(async (folder) => {
      const file = join(folder, "file");
      await Deno.writeTextFile(file, "");
      const blocked = await generate(server.baseUrl, join(file, "run"), join(folder, "s"), 3);
      assert.equal(blocked.code, 1);
      assert.equal(blocked.errors.length, 1);
      assert.match(blocked.errors[0], /^Error: Cannot write the run's folder .*--out/);
      const disk = join(folder, "disk");
      const didMount = await withSmallDisk(disk, "size=1m,ro", async () => {
        const readOnly = await generate(server.baseUrl, join(disk, "run"), join(folder, "s"), 3);
        assert.equal(readOnly.code, 1);
        assert.equal(readOnly.errors.length, 1);
        assert.match(readOnly.errors[0], /Cannot write the run's folder .*[Rr]ead-only/);
      });
      if (!didMount) console.log("skipped in part: no file system may be mounted here");
      assert.equal(asked, 0);
    });
  } finally {
    await server.close();
  }
});
