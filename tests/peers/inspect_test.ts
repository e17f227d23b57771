import assert from "node:assert/strict";
import { join } from "node:path";
import { loadPrompts } from "../../lib/agent/prompts/prompt_set.ts";
import { createLabExpert } from "../../lib/lab/expert/lab_expert.ts";
import { loadLabBenchmark } from "../../lib/lab/benchmarks.ts";
import { serveModels } from "../../lib/models/server/serve_models.ts";
import { loadResults } from "../../lib/report/load_results.ts";
import { conversation } from "../../lib/agent/conversation.ts";
import type { Trajectory } from "../../lib/records/trajectory.ts";
import { inspectLogName, inspectLogOf } from "../../lib/report/viewer/inspect_log_of.ts";
import { openLab } from "../../lib/workbench/open_lab.ts";
import { askPeer, inFolder, peerTest } from "./ask_peer.ts";
import { findChromium, Page } from "./browser.ts";
import { peersFolder, pythonOf } from "./environments.ts";
import { freePort, until } from "./slurm.ts";

interface Answer {
  readonly accuracy: number;
  readonly location: string;
  readonly answers: readonly string[];
}

peerTest(
  "inspect_ai evaluates through our server, and its logs are results",
  ["agents"],
  () =>
    inFolder(async (folder) => {
      const tasks = (["lab-hotpotqa", "lab-math"] as const).flatMap((name) =>
        loadLabBenchmark(name, { split: "test", count: 10, seed: 0 })
      );
      const server = serveModels([{ id: "lab-expert", model: createLabExpert() }], { port: 0 });
      try {
        const answers = await askPeer<Record<string, Answer>>("agents", "inspect_task.py", {
          tasks,
          model: "lab-expert",
          base_url: server.baseUrl,
          system: (await loadPrompts()).render("cot_system"),
          logs: folder,
        });
        for (const form of ["eval", "json"]) {
          const { accuracy, location, answers: texts } = answers[form];
          assert.ok(location.endsWith(`.${form}`), location);
          assert.ok(accuracy > 0 && accuracy < 1, `accuracy ${accuracy}`);
          const { rows, imported } = await loadResults([{ path: join(folder, form) }]);
          assert.equal(rows.length, tasks.length);
          const right = imported.filter(({ recorded }) => recorded === "correct").length;
          assert.equal(right / rows.length, accuracy);
          for (const [i, row] of rows.entries()) {
            const task = tasks.find(({ id }) => id === row.taskId)!;
            assert.equal(row.benchmark, task.benchmark);
            assert.equal(row.gold, task.answer);
            // Its pattern compares whole texts, our grader leaves articles out.
            const differ = row.verdict !== imported[i].recorded;
            if (differ) assert.equal(row.prediction?.replace(/^the /, ""), task.answer, texts[i]);
            assert.equal(row.model, "openai-api/potstill/lab-expert");
            assert.ok(row.completionTokens > 0);
          }
        }
      } finally {
        await server.close();
      }
    }),
);

interface Read {
  readonly status: string;
  readonly model: string;
  readonly accuracy: number;
  readonly samples: readonly {
    readonly id: string;
    readonly epoch: number;
    readonly completion: string;
    readonly messages: readonly (readonly [string, string])[];
    readonly value: string;
    readonly answer: string | null;
  }[];
}

/** A folder with the log of ten attempts at five tasks. */
async function labLog(folder: string): Promise<readonly Trajectory[]> {
  const lab = await openLab();
  try {
    const tasks = loadLabBenchmark("lab-math", { split: "test", count: 5, seed: 0 });
    const experts = [createLabExpert(), createLabExpert({ wrongReasoningRate: 0.9 })];
    const trajectories = await Promise.all(
      experts.flatMap((expert) => tasks.map((task) => lab.solve(expert, task))),
    );
    const about = { title: "lab", created: "2026-11-29T11:48:48.000Z" };
    const name = inspectLogName("agent", about.created);
    const log = JSON.stringify(inspectLogOf(trajectories, about));
    await Deno.writeTextFile(join(folder, name), log);
    return trajectories;
  } finally {
    await lab.close();
  }
}

peerTest(
  "a log of ours is read by inspect_ai, and comes back as results",
  ["agents"],
  () =>
    inFolder(async (folder) => {
      const trajectories = await labLog(folder);
      const { status, model, accuracy, samples } = await askPeer<Read>(
        "agents",
        "inspect_read.py",
        {
          folder,
        },
      );
      assert.equal(status, "success");
      assert.equal(model, trajectories[0].model);
      const right = trajectories.filter(({ correct }) => correct).length;
      assert.ok(right > 0 && right < 10, `${right} are right`);
      assert.equal(accuracy, right / 10);
      trajectories.forEach(({ task, prompt, steps, answer, correct }, i) => {
        const sample = samples[i];
        assert.deepEqual([sample.id, sample.epoch], [task.id, i < 5 ? 1 : 2]);
        assert.deepEqual(
          sample.messages,
          conversation(prompt, steps).map(({ role, content }) => [role, content]),
        );
        assert.deepEqual([sample.value, sample.answer], [correct ? "C" : "I", answer]);
      });
      const { rows } = await loadResults([{ path: folder }]);
      assert.equal(rows.length, 10);
      assert.equal(rows.filter(({ verdict }) => verdict === "correct").length, right);
    }),
);

peerTest(
  "a log of ours opens in inspect_ai's viewer",
  ["agents"],
  () =>
    inFolder(async (folder) => {
      const logs = join(folder, "logs");
      await Deno.mkdir(logs);
      const [{ task, steps }] = await labLog(logs);
      const port = freePort();
      const viewer = new Deno.Command(pythonOf("agents")!, {
        args: [
          ...["-m", "inspect_ai", "view", "start", "--log-dir", logs],
          ...["--host", "127.0.0.1", "--port", String(port)],
        ],
        ...{ stdin: "null", stdout: "piped", stderr: "piped" },
      }).spawn();
      const said = Promise.all(
        [viewer.stdout, viewer.stderr].map((stream) => new Response(stream).text()),
      );
      let page: Page | null = null;
      try {
        const root = `http://127.0.0.1:${port}/`;
        await until(async () => await (await fetch(root)).text() !== "", "the viewer");
        page = await Page.open(root, folder);
        const text = () => page!.evaluate<string>("document.body.innerText");
        const shows = async (...texts: string[]) => {
          const isThere = async () => {
            const shown = await text();
            return texts.every((one) => shown.includes(one));
          };
          await until(isThere, texts.join(", ")).catch(async (cause) => {
            throw new Error(`${cause.message} in:\n${await text()}`, { cause });
          });
        };
        await shows("lab-expert", "10 rows", task.question);
        const pictures = join(peersFolder(), "pictures");
        await Deno.mkdir(pictures, { recursive: true });
        await page.picture(join(pictures, "inspect-samples.png"));
        await page.evaluate(
          `document.querySelector('a[href*="/sample/${task.id}/1"]').click(), 1`,
        );
        await shows(steps.at(-1)!.code!.trim().split("\n")[0]);
        await page.picture(join(pictures, "inspect-sample.png"));
      } finally {
        await page?.close();
        viewer.kill("SIGKILL");
        await viewer.status;
      }
      const log = (await said).join("\n");
      assert.doesNotMatch(log, /ERROR|Traceback/, log);
    }),
  { Chromium: findChromium() !== null },
);
