import assert from "node:assert/strict";
import pl from "nodejs-polars";
import { figure } from "../../lib/display/figure.ts";
import type { FigureForm } from "../../lib/display/figure_options.ts";

const data = [1, 2, 4].flatMap((n) =>
  ["agent", "CoT"].map((system) => {
    const accuracy = n / 10 + (system === "agent" ? 0.1 : 0);
    return { n, system, accuracy, low: accuracy - 0.05, high: accuracy + 0.05 };
  })
);
const parts = {
  caption: "Accuracy by number of candidates.",
  data,
  x: "n",
  y: "accuracy",
  interval: ["low", "high"],
  color: "system",
  yAxis: { percent: true },
} as const;

Deno.test("each form draws every row, with its interval and a legend", async () => {
  const marks = (svg: string, role: string) =>
    svg.split(`aria-roledescription="${role}"`).length - 1;
  const wanted: Record<FigureForm, readonly [string, number]> = {
    line: ["point", 6],
    points: ["point", 6],
    bars: ["bar", 6],
    columns: ["bar", 6],
  };
  for (const [form, [role, count]] of Object.entries(wanted)) {
    const { svg } = await figure({ ...parts, form: form as FigureForm, grouped: form !== "line" });
    assert.equal(marks(svg, role), count, form);
    for (const label of [">agent<", ">CoT<", "%<"]) assert.ok(svg.includes(label), form + label);
  }
});

Deno.test("a grouped bar is as long as its value, a stacked one as the sum", async () => {
  const widths = ({ svg }: { readonly svg: string }) =>
    [...svg.matchAll(/aria-roledescription="bar" d="M[\d.]+,[\d.]+h([\d.]+)/g)].map((m) => +m[1]);
  const bars = { form: "bars", caption: "", x: "n", y: "v", color: "s" } as const;
  const rows = [{ n: "a", s: "u", v: 1 }, { n: "a", s: "w", v: 3 }];
  const stacked = widths(await figure({ ...bars, data: rows, width: 400 }));
  assert.equal(stacked.length, 2);
  assert.ok(Math.abs(stacked[1] / stacked[0] - 3) < 0.01, `${stacked}`);
  assert.ok(Math.abs(stacked[0] + stacked[1] - 400) < 1, `${stacked} fill the width`);
});

Deno.test("parts are stacked in the order of their colours, not of their names", async () => {
  const data = ["z", "a", "m"].map((kind, i) => ({ system: "s", kind, n: i + 1 }));
  const { svg } = await figure({
    form: "bars",
    caption: "",
    data,
    x: "system",
    y: "n",
    color: "kind",
  });
  const starts = [
    ...svg.matchAll(/aria-label="n: (\d)[^>]*" role="graphics-symbol"[^>]*d="M(\d+)/g),
  ]
    .map(([_, n, x]) => [Number(n), Number(x)]).sort((a, b) => a[1] - b[1]);
  assert.deepEqual(starts.map(([n]) => n), [1, 2, 3], svg);
});

Deno.test("a band and its line are one per colour and dash", async () => {
  const rows = [1, 2].flatMap((n) =>
    ["u", "w"].flatMap((system) =>
      ["p", "q"].map((measure) => ({ n, system, measure, v: n, low: n - 1, high: n + 1 }))
    )
  );
  const { svg } = await figure({
    form: "line",
    caption: "",
    data: rows,
    x: "n",
    y: "v",
    interval: ["low", "high"],
    color: "system",
    dash: "measure",
  });
  const count = (role: string) => svg.split(`aria-roledescription="${role}"`).length - 1;
  assert.equal(count("area mark"), 4);
  assert.equal(count("line mark"), 4);
  assert.equal(count("point"), 8);
});

Deno.test("panels with names of their own have room for these alone, others share an axis", async () => {
  const bars = {
    form: "columns",
    caption: "",
    x: "name",
    y: "v",
    panel: "group",
    barSize: 10,
  } as const;
  const rows = [["g", "a"], ["g", "b"], ["h", "c"]].map(([group, name]) => ({ group, name, v: 1 }));
  const own = await figure({ ...bars, data: rows });
  for (const text of [">g<", ">h<", ">a<", ">b<", ">c<"]) {
    assert.equal(own.svg.split(text).length, 2, text);
  }
  const same = await figure({ ...bars, data: rows.map((row) => ({ ...row, name: "a" })) });
  assert.ok("facet" in same.spec && !("facet" in own.spec));
});

Deno.test("a long line has no points, and its legend shows lines", async () => {
  const line = (length: number) =>
    figure({
      form: "line",
      caption: "",
      data: Array.from({ length }, (_, step) => ({ step, loss: 1, split: "train" })),
      x: "step",
      y: "loss",
      color: "split",
    });
  const points = (svg: string) => svg.split('aria-roledescription="point"').length - 1;
  assert.equal(points((await line(40)).svg), 40);
  assert.equal(points((await line(41)).svg), 0);
});

Deno.test("fields with dots, brackets and quotes, and values of a frame that JSON cannot hold", async () => {
  for (const field of ["acc.mean", "f1[0]", "it's", '"q"', "a\\b", "constructor"]) {
    const chart = await figure({
      form: "bars",
      caption: "",
      data: [{ name: "n", [field]: 3n }] as unknown as Record<string, string | number>[],
      x: "name",
      y: field,
    });
    assert.match(chart.svg, /aria-roledescription="bar" d="M0,1L41\d/, field);
    assert.equal(chart.text, "n: 3", field);
  }
  const dates = pl.DataFrame({ day: [new Date(0), new Date(86_400_000)], n: [1, 2] });
  assert.match(
    (await figure({ form: "line", caption: "", data: dates, x: "day", y: "n" })).text,
    /1970/,
  );
});

Deno.test("no rows, and numbers that are none, are drawn as nothing", async () => {
  for (const form of ["line", "points", "bars", "columns"] as const) {
    const nothing = await figure({
      form,
      caption: "",
      data: [] as { a: number; b: number }[],
      x: "a",
      y: "b",
    });
    assert.match(nothing.svg, /^<svg/);
    const data = [{ a: 1, b: NaN }, { a: 2, b: Infinity }, { a: 3, b: 0.5 }];
    const chart = await figure({ form, caption: "", data, x: "a", y: "b" });
    assert.doesNotMatch(chart.svg, /NaN|Infinity/, form);
    assert.equal(chart.text, "1: –\n2: –\n3: 0.5");
  }
});

Deno.test("points tell a third number by their area, beside the line where both axes agree", async () => {
  const { svg } = await figure({
    form: "points",
    caption: "",
    data: [{ share: 0.2, accuracy: 0.1, tasks: 4 }, { share: 0.8, accuracy: 0.9, tasks: 40 }],
    x: "share",
    y: "accuracy",
    size: "tasks",
    diagonal: true,
    xAxis: { domain: [0, 1], percent: true },
    yAxis: { domain: [0, 1], percent: true },
  });
  assert.match(svg, /stroke-dasharray="4,4"/);
  assert.ok(svg.includes(">tasks<"));
});

Deno.test("a frame is drawn as its records, and told in words", async () => {
  const frame = pl.DataFrame({ size: ["1M", "4M"], share: [0.25, 0.5] });
  const chart = await figure({
    form: "points",
    caption: "Shares.",
    data: frame,
    x: "size",
    y: "share",
    yAxis: { percent: true },
  });
  assert.equal(chart.text, "1M: 25.0%\n4M: 50.0%");
  const shown = (chart as unknown as Record<symbol, () => Record<string, unknown>>)[
    Symbol.for("Jupyter.display")
  ]();
  assert.deepEqual(Object.keys(shown), [
    "text/plain",
    "image/svg+xml",
    "application/vnd.vegalite.v5+json",
  ]);
});

Deno.test("a field that no row has is named", () => {
  assert.throws(
    () => figure({ ...parts, form: "line", color: "sytem" as "system" }),
    /no row has the field sytem, they have n, system, accuracy, low, high/,
  );
});
