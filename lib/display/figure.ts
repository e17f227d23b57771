import { Chart, type ChartSpec } from "./chart.ts";
import { arePanelsBelow, drawnRows, fieldName, unitSpec } from "./figure_layers.ts";
import type { FigureOptions, FigureRow } from "./figure_options.ts";
import { percent } from "./table.ts";
import { valueOf } from "./table_column.ts";
import { recordsOf } from "./table_of.ts";

/**
 * A figure from records or a frame, for the forms that results of experiments need. What it cannot
 * draw, {@link Chart.draw} can from a Vega-Lite specification.
 *
 * @throws {RangeError} naming a field that no row has
 * @throws {Error} when Vega cannot draw the figure
 *
 * @example
 * ```ts
 * import { figure } from "@potstill";
 * const data = [1, 2, 4, 8].map((candidates) => ({ candidates, accuracy: 0.2 + candidates / 40 }));
 * const chart = await figure({
 *   form: "line",
 *   caption: "Accuracy by number of candidates.",
 *   data,
 *   x: "candidates",
 *   y: "accuracy",
 *   yAxis: { percent: true },
 * });
 * if (!chart.svg.startsWith("<svg")) throw new Error("nothing was drawn");
 * ```
 */
export function figure<Row extends object>(options: FigureOptions<Row>): Promise<Chart> {
  const { data } = options;
  const rows = recordsOf(data).map(plainRow);
  checkFields(options, rows);
  return Chart.draw({
    name: options.name ?? "figure",
    caption: options.caption,
    text: options.text ?? rows.map((row) => rowText(options, row)).join("\n"),
    // Vega-Lite's own types know no encoding that is put together from parts.
    spec: panelled(options, rows) as unknown as ChartSpec,
  });
}

/** A row as JSON can hold it: numbers that are none are null, a frame's times are text. */
function plainRow(row: object): FigureRow {
  return Object.fromEntries(
    Object.keys(row).map((name) => {
      const value = valueOf(row as Record<string, unknown>, name);
      return [name, typeof value === "number" && !Number.isFinite(value) ? null : value];
    }),
  );
}

function checkFields<Row extends object>(
  { x, y, interval, color, dash, panel, size }: FigureOptions<Row>,
  rows: readonly FigureRow[],
): void {
  for (const field of [x, y, ...interval ?? [], color, dash, panel, size]) {
    if (field === undefined || rows.length === 0 || rows.some((row) => field in row)) continue;
    throw new RangeError(
      `Cannot draw a figure: no row has the field ${field}, they have ${
        Object.keys(rows[0]).join(", ")
      }`,
    );
  }
}

/** The panel, or one for each value of `panel`. */
function panelled<Row extends object>(
  options: FigureOptions<Row>,
  rows: readonly FigureRow[],
): object {
  const { panel, form, x } = options;
  if (panel === undefined) {
    return { data: { values: drawnRows(options, rows) }, ...unitSpec(options, rows) };
  }
  const isBelow = arePanelsBelow(options);
  const groups = Map.groupBy(rows, (row) => row[panel]);
  const all = new Set(rows.map((row) => row[x])).size;
  // Along the axis of the names, a panel has no room for names that only its neighbours have.
  const hasOwnNames = isBelow === (form === "bars") && (form === "bars" || form === "columns") &&
    [...groups.values()].some((group) => new Set(group.map((row) => row[x])).size < all);
  if (!hasOwnNames) {
    return {
      data: { values: drawnRows(options, rows) },
      facet: {
        [isBelow ? "row" : "column"]: {
          field: fieldName(panel),
          type: "nominal",
          sort: [...groups.keys()],
          title: null,
          header: {
            labelFontSize: 12,
            labelFontWeight: 600,
            labelAnchor: "start",
            labelOrient: "top",
          },
        },
      },
      spacing: 18,
      spec: unitSpec(options, rows),
    };
  }
  return {
    [isBelow ? "vconcat" : "hconcat"]: [...groups].map(([name, group], i) => ({
      title: { text: String(name), frame: "group" },
      data: { values: drawnRows(options, group, rows) },
      ...unitSpec(options, group, {
        all: rows,
        isAxisShown: i === (isBelow ? groups.size - 1 : 0),
      }),
    })),
    resolve: { scale: { [isBelow ? "x" : "y"]: "shared", color: "shared" } },
    spacing: 18,
  };
}

function rowText<Row extends object>(options: FigureOptions<Row>, row: FigureRow): string {
  const { x, y, color, dash, panel, xAxis, yAxis } = options;
  const shown = (value: FigureRow[string], isShare = false) =>
    typeof value !== "number"
      ? String(value ?? "–")
      : isShare
      ? `${percent(value)}%`
      : String(Number(value.toPrecision(4)));
  const where = [panel, color, dash].filter((field) => field !== undefined && field !== x)
    .map((field) => shown(row[field!]));
  return `${[...where, shown(row[x], xAxis?.percent)].join(", ")}: ${
    shown(row[y], yAxis?.percent)
  }`;
}
