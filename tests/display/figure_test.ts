import assert from "node:assert/strict";
import pl from "nodejs-polars";
import { figure, type FigureForm } from "../../lib/display/figure.ts";

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
