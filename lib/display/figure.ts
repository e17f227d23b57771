import { Chart, type ChartSpec } from "./chart.ts";
import { shareAxis } from "./share_axis.ts";
import { percent } from "./table.ts";

/** How a figure draws its rows: joined by lines, as points, as bars to the right, or as columns. */
export type FigureForm = "line" | "points" | "bars" | "columns";

/** A record of plain values, as figures and frames have them. */
export type FigureRow = Readonly<Record<string, string | number | boolean | null>>;

/** An axis of a {@link figure}. */
export interface FigureAxis {
  /** Title of the axis; null for none. @default the field's name */
  readonly title?: string | null;
  /** Whether shares (0 to 1) are shown in percent. @default false */
  readonly percent?: boolean;
  /** Whether each equal distance doubles the value. @default false */
  readonly log?: boolean;
  /** Lowest and highest value shown. @default chosen from the data */
  readonly domain?: readonly [number, number];
  /** Values that have a tick. @default chosen from the data */
  readonly ticks?: readonly number[];
  /** Whether the axis begins at 0. @default true for the measured axis, false for the other */
  readonly zero?: boolean;
}

/** What a {@link figure} shows, and how. */
export interface FigureOptions<Row extends object> {
  /** How the rows are drawn. */
  readonly form: FigureForm;
  /** The rows: records, or a Polars frame. */
  readonly data: readonly Row[] | { toRecords(): Row[] };
  /** The field on the independent axis: horizontal, but vertical for `bars`. */
  readonly x: keyof Row & string;
  /** The field that is measured. */
  readonly y: keyof Row & string;
  /** The fields of an interval's bounds: a band beside a line over numbers, else a rule. */
  readonly interval?: readonly [keyof Row & string, keyof Row & string];
  /** The field that colours tell apart. @default one colour */
  readonly color?: keyof Row & string;
  /** Colours by value of `color`, in the order of the legend. @default Okabe and Ito's, in the data's order */
  readonly colors?: Readonly<Record<string, string>>;
  /** The field that dashes tell apart, of two values. @default none */
  readonly dash?: keyof Row & string;
  /** The field with a panel of its own for each value. @default one panel */
  readonly panel?: keyof Row & string;
  /** Places columns or points of different colours beside each other. @default false */
  readonly grouped?: boolean;
  /** Whether parts that `color` tells apart are added up to one bar. @default true unless grouped */
  readonly stacked?: boolean;
  /** The independent axis. */
  readonly xAxis?: FigureAxis;
  /** The measured axis. */
  readonly yAxis?: FigureAxis;
  /** Where the legend stands; null for none. @default "right" */
  readonly legend?: "right" | "bottom" | null;
  /** Width of a panel, in pixels. @default 420 */
  readonly width?: number;
  /** Height of a panel, in pixels; for `bars` that of one bar. @default 260, and 20 for `bars` */
  readonly height?: number;
  /** A file name without extension. @default "figure" */
  readonly name?: string;
  /** What the figure shows, in a sentence or two. */
  readonly caption: string;
  /** The figures in words, for those who do not see the picture. @default one line for each row */
  readonly text?: string;
}

/** Okabe and Ito's colours, which can be told apart with any colour vision. */
export const FIGURE_COLORS: readonly string[] = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#d55e00",
  "#56b4e9",
];

type Encoding = Record<string, unknown>;

/**
 * A figure from records or a frame, for the forms that results of experiments need. What it cannot
 * draw, {@link Chart.draw} can from a Vega-Lite specification.
 *
 * @throws {RangeError} naming a field that no row has
 * @throws {Error} when Vega cannot draw the figure
 *
 * @example
 * ```ts
 * import { figure } from "@potstill/display/figure.ts";
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
  const rows = (isFrame(data) ? data.toRecords() : data) as readonly FigureRow[];
  checkFields(options, rows);
  const { panel, width = 420, form } = options;
  const height = form === "bars" ? { step: options.height ?? 20 } : options.height ?? 260;
  const unit = { width, height, layer: layers(options, rows) };
  const facet = panel === undefined ? null : {
    [form === "bars" ? "row" : "column"]: {
      field: panel,
      type: "nominal",
      sort: null,
      title: null,
      header: {
        labelFontSize: 12,
        ...(form === "bars" ? { labelAngle: 0, labelAlign: "left" } : {}),
      },
    },
  };
  const spec = { data: { values: rows }, ...(facet === null ? unit : { facet, spec: unit }) };
  return Chart.draw({
    name: options.name ?? "figure",
    caption: options.caption,
    text: options.text ?? rows.map((row) => rowText(options, row)).join("\n"),
    // Vega-Lite's own types know no encoding that is put together from parts.
    spec: spec as unknown as ChartSpec,
  });
}

/** Looked up, as a frame's proxy has no `in`. */
function isFrame<Row>(
  data: readonly Row[] | { toRecords(): Row[] },
): data is { toRecords(): Row[] } {
  return typeof (data as { toRecords?: unknown }).toRecords === "function";
}

function checkFields<Row extends object>(
  { x, y, interval = [] as never, color, dash, panel }: FigureOptions<Row>,
  rows: readonly FigureRow[],
): void {
  for (const field of [x, y, ...interval, color, dash, panel]) {
    if (field === undefined || rows.length === 0 || rows.some((row) => field in row)) continue;
    throw new RangeError(
      `Cannot draw a figure: no row has the field ${field}, they have ${
        Object.keys(rows[0]).join(", ")
      }`,
    );
  }
}

function layers<Row extends object>(
  options: FigureOptions<Row>,
  rows: readonly FigureRow[],
): Encoding[] {
  const { form, interval, dash, grouped = false } = options;
  const isBars = form === "bars";
  const isStacked = options.stacked ?? (options.color !== undefined && !grouped);
  const [xName, yName] = isBars ? ["y", "x"] : ["x", "y"];
  const isNumeric = !isBars && form !== "columns" && !grouped &&
    rows.every((row) => typeof row[options.x] === "number");
  const place = {
    [xName]: independentAxis(options, isNumeric),
    ...offset(options, rows, isBars),
  };
  const shared = { ...place, ...colorOf(options, rows) };
  const measured = { [yName]: measuredAxis(options, rows) };
  const dashed = dash === undefined ? {} : {
    strokeDash: {
      field: dash,
      type: "nominal",
      sort: null,
      scale: { range: [[1, 0], [5, 3]] },
      legend: options.legend === null ? null : { title: null, orient: options.legend ?? "right" },
    },
  };
  const bounds = interval === undefined ? null : {
    [yName]: { ...measuredAxis(options, rows), field: interval[0] },
    [`${yName}2`]: { field: interval[1] },
  };
  const tooltip = [...new Set([options.x, options.color, options.dash, options.y])]
    .filter((field) => field !== undefined)
    .map((field) => ({ field, ...(field === options.y ? { format: valueFormat(options) } : {}) }));
  const line = {
    mark: { type: "line", strokeWidth: 1.8 },
    encoding: { ...shared, ...measured, ...dashed },
  };
  const point = {
    mark: { type: "point", filled: true, size: 45, opacity: 1 },
    encoding: { ...shared, ...measured, tooltip },
  };
  const rule = {
    mark: { type: "rule", strokeWidth: 1.3, opacity: 0.7 },
    encoding: { ...shared, ...bounds },
  };
  const band = { mark: { type: "area", opacity: 0.14 }, encoding: { ...shared, ...bounds } };
  const bar = {
    mark: { type: "bar", ...(isStacked ? {} : { cornerRadiusEnd: 1.5 }) },
    encoding: {
      ...shared,
      [yName]: { ...measuredAxis(options, rows), ...(isStacked ? {} : { stack: null }) },
      tooltip,
    },
  };
  const ink = { ...rule, encoding: { ...place, ...bounds, color: { value: "currentColor" } } };
  switch (form) {
    case "line":
      return bounds === null
        ? [line, point]
        : isNumeric
        ? [band, line, point]
        : [line, rule, point];
    case "points":
      return bounds === null ? [point] : [rule, point];
    default:
      return bounds === null ? [bar] : [bar, ink];
  }
}

function independentAxis<Row extends object>(
  { x, xAxis = {}, form, grouped }: FigureOptions<Row>,
  isNumeric: boolean,
): Encoding {
  const { title = x, domain, ticks, zero = false, log = false } = xAxis;
  const format = xAxis.percent ? { format: ".1~%" } : {};
  if (isNumeric) {
    const scale = log ? { type: "log", base: 2, nice: false, padding: 12 } : { zero };
    return {
      field: x,
      type: "quantitative",
      title,
      scale: { ...scale, ...(domain === undefined ? {} : { domain }) },
      axis: { grid: false, ...(ticks === undefined ? {} : { values: ticks }), ...format },
    };
  }
  return {
    field: x,
    type: "nominal",
    sort: null,
    title,
    axis: { labelAngle: 0, labelLimit: 260, ticks: false, grid: false, ...format },
    ...((form === "line" || form === "points") && !grouped
      ? { scale: { type: "point", padding: 0.5 } }
      : {}),
  };
}

function measuredAxis<Row extends object>(
  { y, yAxis = {}, interval = [] as never }: FigureOptions<Row>,
  rows: readonly FigureRow[],
): Encoding {
  const drawn = rows.flatMap((row) => [y, ...interval].map((field) => Number(row[field])));
  const shares = yAxis.percent ? shareAxis(drawn) : null;
  const { title = y, domain, ticks, zero = true, log = false } = yAxis;
  return {
    field: y,
    type: "quantitative",
    title,
    scale: {
      ...(log ? { type: "log", base: 2 } : { zero }),
      ...(domain === undefined ? shares?.scale : { domain }),
    },
    axis: {
      ...shares?.axis,
      ...(ticks === undefined ? {} : { values: ticks }),
    },
  };
}

function colorOf<Row extends object>(
  { color, colors, legend = "right" }: FigureOptions<Row>,
  rows: readonly FigureRow[],
): Encoding {
  if (color === undefined) return { color: { value: FIGURE_COLORS[0] } };
  const named = Object.entries(colors ?? {});
  const found = [...new Set(rows.map((row) => row[color]))].filter((value) => value !== null);
  const domain = named.length > 0 ? named.map(([value]) => value) : found;
  const range = named.length > 0
    ? named.map(([_, hex]) => hex)
    : found.map((_, i) => FIGURE_COLORS[i % FIGURE_COLORS.length]);
  return {
    color: {
      field: color,
      type: "nominal",
      sort: null,
      scale: { domain, range },
      legend: legend === null
        ? null
        : { title: null, orient: legend, symbolType: "circle", symbolOpacity: 1 },
    },
  };
}

function offset<Row extends object>(
  { grouped = false, color }: FigureOptions<Row>,
  rows: readonly FigureRow[],
  isBars: boolean,
): Encoding {
  if (!grouped || color === undefined) return {};
  const sort = [...new Set(rows.map((row) => row[color]))];
  return { [isBars ? "yOffset" : "xOffset"]: { field: color, type: "nominal", sort } };
}

function valueFormat<Row extends object>({ yAxis }: FigureOptions<Row>): string {
  return yAxis?.percent ? ".1%" : ".3~f";
}

function rowText<Row extends object>(options: FigureOptions<Row>, row: FigureRow): string {
  const { x, y, color, dash, panel, xAxis, yAxis } = options;
  const shown = (value: FigureRow[string], isShare = false) =>
    typeof value !== "number"
      ? String(value)
      : isShare
      ? `${percent(value)}%`
      : String(Number(value.toPrecision(4)));
  const where = [panel, color, dash].filter((field) => field !== undefined && field !== x)
    .map((field) => shown(row[field!]));
  return `${[...where, shown(row[x], xAxis?.percent)].join(", ")}: ${
    shown(row[y], yAxis?.percent)
  }`;
}
