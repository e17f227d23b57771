import assert from "node:assert/strict";
import { join } from "node:path";
import { peerTest } from "./ask_peer.ts";
import { findChromium, Page } from "./browser.ts";
import { peersFolder } from "./environments.ts";
import { copyNotebook, labCommand, notebookFolder, writeNotebook } from "./notebook_copies.ts";
import { until } from "./slurm.ts";

const INTERRUPTED = `import { interruptSignal, openProgress } from "@potstill";
const signal = interruptSignal();
const stage = openProgress().stage("counting", 600);
for (let i = 1; i <= 600; i++) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  signal.throwIfAborted();
  stage.update(i);
}`;

/** The notebook that is seen: its cells' states and outputs. */
const STATE = `(() => {
  const { content, sessionContext } = jupyterapp.shell.currentWidget;
  const cells = content.widgets.map(({ model }) => model.toJSON()).filter((c) => c.cell_type === "code");
  const outputs = cells.flatMap((c) => c.outputs);
  return {
    status: sessionContext.session?.kernel?.status ?? "none",
    counts: cells.map((c) => c.execution_count),
    errors: outputs.filter((o) => o.output_type === "error").map((o) => o.ename + ": " + o.evalue),
    mimes: [...new Set(outputs.flatMap((o) => Object.keys(o.data ?? {})))],
    text: outputs.map((o) => [o.text ?? o.data?.["text/plain"] ?? ""].flat().join("")).join("\\n"),
    last: JSON.stringify(cells.at(-1)?.outputs ?? []),
  };
})()`;

interface State {
  readonly status: string;
  readonly counts: readonly (number | null)[];
  readonly errors: readonly string[];
  readonly mimes: readonly string[];
  readonly text: string;
  readonly last: string;
}

class Lab {
  constructor(readonly page: Page, readonly pictures: string) {}

  state = (): Promise<State> => this.page.evaluate<State>(STATE);

  async open(name: string): Promise<void> {
    await this.page.evaluate(
      `jupyterapp.commands.execute("docmanager:open", { path: ${
        JSON.stringify(name)
      } }).then(() => 1)`,
    );
    await until(async () => (await this.state()).status === "idle", `the kernel of ${name}`);
  }

  /** Commands whose promise ends with the cells are not waited for. */
  async start(command: string): Promise<void> {
    await this.page.evaluate(`void jupyterapp.commands.execute("${command}")`);
  }

  /** Shows the last cell whose output has a selector. */
  async show(selector: string): Promise<void> {
    await this.page.evaluate(
      `[...document.querySelectorAll(${
        JSON.stringify(selector)
      })].at(-1)?.scrollIntoView({ block: "center" })`,
    );
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }

  async runAll(name: string, during?: () => Promise<void>): Promise<State> {
    await this.open(name);
    await this.start("notebook:run-all-cells");
    await during?.();
    await until(
      async () => {
        const { status, counts, errors } = await this.state();
        return status === "idle" && (errors.length > 0 || counts.every((count) => count !== null));
      },
      name,
      900_000,
    );
    const state = await this.state();
    assert.deepEqual(state.errors, [], name);
    return state;
  }
}

peerTest(
  "JupyterLab, opened by the command lab, runs notebooks 01, 09 and 10 and interrupts a cell",
  ["lab"],
  async () => {
    const folder = await notebookFolder();
    const pictures = join(peersFolder(), "pictures");
    await Deno.mkdir(pictures, { recursive: true });
    const out = JSON.stringify(join(folder, "out")).replaceAll('"', '\\"');
    await copyNotebook("01_quickstart.ipynb", folder, {
      "trainTasks = 400;": "trainTasks = 40;",
      "testTasks = 4;": "testTasks = 1;",
    });
    await copyNotebook("09_ablations.ipynb", folder, {
      "lab-math:300": "lab-math:12",
      "lab-math:24": "lab-math:4",
      '\\"../data/runs/notebook-ablations\\"': out,
    });
    await copyNotebook("10_writing_up.ipynb", folder, { '\\"../data/runs/writing-up\\"': out });
    await writeNotebook(join(folder, "interrupt.ipynb"), [INTERRUPTED]);
    const home = await Deno.makeTempDir();
    const server = labCommand(home, [
      ...[folder, "--", "--no-browser", "--allow-root", "--expose-app-in-browser"],
      ...["--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"],
      ...["--ServerApp.port=0", "--LabApp.news_url=None"],
    ]).spawn();
    let said = "";
    const reading = server.stderr.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write: (text) => {
          said += text;
        },
      }),
    );
    let page: Page | null = null;
    try {
      const address = /http:\/\/(?:127\.0\.0\.1|localhost):(\d+)\/lab/;
      await until(() => address.test(said), "JupyterLab", 120_000);
      const port = address.exec(said)![1];
      page = await Page.open(`http://127.0.0.1:${port}/lab?reset`, home);
      await until(async () => await page!.evaluate<boolean>("'jupyterapp' in window"), "the page");
      await page.evaluate("jupyterapp.restored.then(() => 1)");
      const lab = new Lab(page, pictures);

      await lab.open("interrupt.ipynb");
      await lab.start("notebook:run-all-cells");
      await until(async () => (await lab.state()).last.includes("counting"), "a progress bar");
      await new Promise((resolve) => setTimeout(resolve, 2000));
      await page.picture(join(pictures, "progress.png"));
      await lab.start("notebook:interrupt-kernel");
      await until(async () => (await lab.state()).status === "idle", "the interrupt");
      const interrupted = await lab.state();
      assert.match(interrupted.errors.join(), /InterruptedError|interrupted/);
      await page.picture(join(pictures, "interrupted.png"));

      const first = await lab.runAll("01_quickstart.ipynb", async () => {
        await until(async () => /loss \d/.test((await lab.state()).text), "training", 600_000);
        await lab.show(".jp-OutputArea-output");
        await page!.picture(join(pictures, "01-training.png"));
      });
      assert.ok(first.mimes.includes("text/html"), "no table");
      assert.ok(first.mimes.includes("image/svg+xml"), "no chart");
      await lab.show(".jp-RenderedSVG, .jp-RenderedImage, .vega-embed");
      await page.picture(join(pictures, "01-chart.png"));
      for (const name of ["09_ablations.ipynb", "10_writing_up.ipynb"]) {
        const { mimes } = await lab.runAll(name);
        assert.ok(mimes.includes("text/html") && mimes.includes("image/svg+xml"), name);
        await lab.show(".jp-RenderedSVG, .jp-RenderedImage, .vega-embed");
        await page.picture(join(pictures, `${name.slice(0, 2)}-chart.png`));
        await lab.show(".jp-RenderedHTMLCommon table");
        await page.picture(join(pictures, `${name.slice(0, 2)}-table.png`));
      }
    } finally {
      await page?.close();
      // JupyterLab is the command's child and ends at the second interrupt, as it asks at the first.
      const children = new Deno.Command("pgrep", { args: ["-P", String(server.pid)] });
      const [child] = new TextDecoder().decode((await children.output()).stdout).split("\n");
      if (child !== "") Deno.kill(Number(child), "SIGTERM");
      await server.status;
      await reading.catch(() => {});
      await server.stdout.cancel().catch(() => {});
      await Deno.remove(folder, { recursive: true });
      await Deno.remove(home, { recursive: true });
    }
  },
  { Chromium: findChromium() !== null },
);
