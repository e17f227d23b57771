import { FIGURE_COLORS, type FigureOptions, type FigureRow } from "./figure_options.ts";
import { shareAxis } from "./share_axis.ts";

type Encoding = Record<string, unknown>;

/** A line with more points than this is drawn without them. */
const MAX_POINTS = 40;
/** The place of a row's part in its stack. */
const STACK_ORDER = "__order";

/** Characters that Vega-Lite reads as a path in a field's name, and those that stand for them. */
const STAND_INS: Readonly<Record<string, string>> = {
  ".": "\u2024",
  "[": "\uff3b",
  "]": "\uff3d",
  "\\": "\uff3c",
  "'": "\u2019",
  '"': "\u201d",
};

/** A field's name in the specification. */
export function fieldName(name: string): string {
  const plain = name.replace(/[.[\]\\'"]/g, (char) => STAND_INS[char]);
  return Object.hasOwn(Object.prototype, plain) ? `${plain}_` : plain;
}

/** The rows of the specification, with the order of stacked parts: Vega-Lite would stack by name. */
export function drawnRows<Row extends object>(
  options: FigureOptions<Row>,
  rows: readonly FigureRow[],
  all: readonly FigureRow[] = rows,
): readonly FigureRow[] {
  const { color } = options;
  const order = color === undefined || !isStacked(options) ? null : colorScale(options, all).domain;
  return rows.map((row) => ({
    ...Object.fromEntries(Object.entries(row).map(([name, value]) => [fieldName(name), value])),
    ...(order === null ? {} : { [STACK_ORDER]: order.indexOf(row[color!]) }),
  }));
}

/** A panel beside others. */
export interface PanelContext {
  /** The rows of all panels, which colours and legends go by. */
  readonly all: readonly FigureRow[];
  /** True if the measured axis has its labels and title here. */
  readonly isAxisShown: boolean;
}

/** The Vega-Lite specification of one panel: its size and its layers. */
export function unitSpec<Row extends object>(
  options: FigureOptions<Row>,
  rows: readonly FigureRow[],
  context: PanelContext = { all: rows, isAxisShown: true },
): object {
  const { form, width = 420, height = 260, barSize, grouped = false } = options;
  const step = { step: barSize ?? 20, ...(grouped ? { for: "offset" } : {}) };
  return {
    width: form === "columns" && barSize !== undefined ? step : width,
    height: form === "bars" ? step : height,
    layer: layers(options, rows, context),
  };
}

/** True if the panels stand below each other. */
export function arePanelsBelow<Row extends object>({ panels, form }: FigureOptions<Row>): boolean {
  return (panels ?? (form === "bars" ? "below" : "beside")) === "below";
}

function layers<Row extends object>(
  options: FigureOptions<Row>,
  rows: readonly FigureRow[],
  { all, isAxisShown }: PanelContext,
): Encoding[] {
  const { form, interval, x, y, dash, size, color, panel, grouped = false } = options;
  const isBars = form === "bars";
  const [xName, yName] = isBars ? ["y", "x"] : ["x", "y"];
  const isNumeric = !isBars && form !== "columns" && !grouped &&
    rows.every((row) => typeof row[x] === "number" || row[x] === null);
  const xAxis = independentAxis(options, isNumeric);
  const place = { [xName]: xAxis, ...offset(options, rows) };
  const shared = { ...place, ...colorOf(options, all) };
  const yAxis = measuredAxis(options, rows, isAxisShown);
  const measured = { [yName]: yAxis };
  const bounds = interval === undefined ? null : {
    [yName]: { ...yAxis, field: fieldName(interval[0]) },
    [`${yName}2`]: { field: fieldName(interval[1]) },
  };
  const apart = dash === undefined ? {} : { detail: { field: fieldName(dash) } };
  const tooltip = [...new Set([panel, color, dash, x, y, ...interval ?? [], size])]
    .filter((field) => field !== undefined)
    .map((field) => ({
      field: fieldName(field),
      title: field,
      ...(field === y || interval?.includes(field) ? { format: valueFormat(options) } : {}),
    }));
  const line = {
    mark: { type: "line", strokeWidth: 1.8, ...(grouped ? { opacity: 0.55 } : {}) },
    encoding: { ...shared, ...measured, ...dashes(options) },
  };
  const area = size === undefined ? {} : {
    size: {
      field: fieldName(size),
      type: "quantitative",
      title: size,
      scale: { range: [25, 220] },
      ...(options.legend === null ? { legend: null } : { legend: { orient: legendSide(options) } }),
    },
  };
  const point = {
    mark: { type: "point", filled: true, opacity: 1, ...(size === undefined ? { size: 45 } : {}) },
    encoding: { ...shared, ...measured, ...apart, ...area, tooltip },
  };
  const rule = {
    mark: { type: "rule", strokeWidth: 1.4, opacity: 0.7 },
    encoding: { ...shared, ...apart, ...bounds },
  };
  const band = {
    mark: { type: "area", opacity: 0.14 },
    encoding: { ...shared, ...apart, ...bounds },
  };
  const bar = {
    mark: { type: "bar", ...(isStacked(options) ? {} : { cornerRadiusEnd: 1.5 }) },
    encoding: {
      ...shared,
      [yName]: { ...yAxis, ...(isStacked(options) ? {} : { stack: null }) },
      ...(isStacked(options) ? { order: { field: STACK_ORDER, type: "quantitative" } } : {}),
      tooltip,
    },
  };
  const ink = { ...rule, encoding: { ...place, ...bounds, color: { value: "currentColor" } } };
  const linePoints = hasPoints(options, all) ? [point] : [];
  const diagonal = options.diagonal ? [diagonalLine(options, xAxis, yAxis)] : [];
  switch (form) {
    case "line":
      return bounds === null
        ? [...diagonal, line, ...linePoints]
        : isNumeric && (options.band ?? true)
        ? [...diagonal, band, line, ...linePoints]
        : [...diagonal, rule, line, ...linePoints];
    case "points":
      return bounds === null ? [...diagonal, point] : [...diagonal, rule, point];
    default:
      return bounds === null ? [bar] : [bar, ink];
  }
}

/** The line on which both axes have the same value, over what both show. */
function diagonalLine<Row extends object>(
  { x, y, xAxis, yAxis }: FigureOptions<Row>,
  xEncoding: Encoding,
  yEncoding: Encoding,
): Encoding {
  const [low, high] = xAxis?.domain ?? yAxis?.domain ?? [0, 1];
  return {
    data: {
      values: [low, high].map((value) => ({ [fieldName(x)]: value, [fieldName(y)]: value })),
    },
    mark: { type: "line", strokeDash: [4, 4], opacity: 0.45, color: "currentColor" },
    encoding: { x: xEncoding, y: yEncoding },
  };
}

function hasPoints<Row extends object>(
  { points, form, color, dash, panel }: FigureOptions<Row>,
  rows: readonly FigureRow[],
): boolean {
  if (form !== "line" || points !== undefined) return points ?? true;
  const apart = [color, dash, panel].filter((field) => field !== undefined);
  const lines = Map.groupBy(rows, (row) => JSON.stringify(apart.map((field) => row[field])));
  return [...lines.values()].every((line) => line.length <= MAX_POINTS);
}

function independentAxis<Row extends object>(
  { x, xAxis = {}, form, grouped }: FigureOptions<Row>,
  isNumeric: boolean,
): Encoding {
  const { title = x, domain, ticks, zero = false, log = false, labelAngle = 0 } = xAxis;
  const format = xAxis.percent ? { format: ".1~%" } : {};
  if (isNumeric) {
    const scale = log ? { type: "log", base: 2, nice: false, padding: 12 } : { zero };
    return {
      field: fieldName(x),
      type: "quantitative",
      title,
      scale: { ...scale, ...(domain === undefined ? {} : { domain }) },
      axis: { grid: false, ...(ticks === undefined ? {} : { values: ticks }), ...format },
    };
  }
  return {
    field: fieldName(x),
    type: "nominal",
    sort: null,
    title,
    axis: { labelAngle, labelLimit: 260, ticks: false, grid: false, ...format },
    scale: form === "line" || form === "points"
      ? grouped
        ? { type: "band", paddingInner: 0.6, paddingOuter: 0.3 }
        : { type: "point", padding: 0.5 }
      : grouped
      ? { type: "band", paddingInner: 0.25, paddingOuter: 0.1 }
      : { type: "band" },
  };
}

function measuredAxis<Row extends object>(
  { y, yAxis = {}, interval }: FigureOptions<Row>,
  rows: readonly FigureRow[],
  isShown: boolean,
): Encoding {
  const drawn = rows.flatMap((row) => [y, ...interval ?? []].map((field) => Number(row[field])));
  const shares = yAxis.percent ? shareAxis(drawn) : null;
  const { title = y, domain, ticks, zero = true, log = false } = yAxis;
  return {
    field: fieldName(y),
    type: "quantitative",
    title: isShown ? title : null,
    scale: {
      ...(log ? { type: "log", base: 2 } : { zero }),
      ...(domain === undefined ? shares?.scale : { domain }),
    },
    axis: {
      ...shares?.axis,
      ...(isShown ? {} : { labels: false, ticks: false, domain: false }),
      ...(ticks === undefined ? {} : { values: ticks }),
    },
  };
}

function colorScale<Row extends object>(
  { color, colors }: FigureOptions<Row>,
  rows: readonly FigureRow[],
): { readonly domain: readonly FigureRow[string][]; readonly range: readonly string[] } {
  const found = color === undefined ? [] : [...new Set(rows.map((row) => row[color]))]
    .filter((value) => value !== null);
  if (colors === undefined) {
    return { domain: found, range: found.map((_, i) => FIGURE_COLORS[i % FIGURE_COLORS.length]) };
  }
  const named = Object.entries(colors).filter(([value]) => found.map(String).includes(value));
  return { domain: named.map(([value]) => value), range: named.map(([_, hex]) => hex) };
}

function colorOf<Row extends object>(
  options: FigureOptions<Row>,
  rows: readonly FigureRow[],
): Encoding {
  const { color, form } = options;
  if (color === undefined) return { color: { value: FIGURE_COLORS[0] } };
  const { domain, range } = colorScale(options, rows);
  const symbol = form === "bars" || form === "columns"
    ? { symbolType: "square" }
    : hasPoints(options, rows)
    ? { symbolType: "circle" }
    : { symbolType: "stroke", symbolSize: 250 };
  return {
    color: {
      field: fieldName(color),
      type: "nominal",
      sort: null,
      scale: { domain, range },
      legend: options.legend === null ? null : {
        title: null,
        orient: legendSide(options),
        symbolOpacity: 1,
        ...symbol,
        ...(legendSide(options) === "bottom" ? { columns: legendColumns(options, rows) } : {}),
      },
    },
  };
}

function legendSide<Row extends object>({ legend }: FigureOptions<Row>): "right" | "bottom" {
  return legend ?? "right";
}

/** The number of columns for which a legend below the panels has room. */
function legendColumns<Row extends object>(
  options: FigureOptions<Row>,
  rows: readonly FigureRow[],
): number {
  const { panel, form, barSize, width = 420, x } = options;
  const { domain } = colorScale(options, rows);
  const count = panel === undefined || arePanelsBelow(options)
    ? 1
    : new Set(rows.map((row) => row[panel])).size;
  const places = new Set(rows.map((row) => `${panel === undefined ? "" : row[panel]}\n${row[x]}`));
  const room = form === "columns" && barSize !== undefined
    ? places.size * barSize * (options.grouped ? domain.length + 1 : 1)
    : count * width;
  const longest = Math.max(1, ...domain.map((name) => String(name).length));
  return Math.max(1, Math.min(domain.length, Math.floor(room / (6.5 * longest + 26))));
}

function dashes<Row extends object>({ dash, legend }: FigureOptions<Row>): Encoding {
  if (dash === undefined) return {};
  return {
    strokeDash: {
      field: fieldName(dash),
      type: "nominal",
      sort: null,
      scale: { range: [[1, 0], [5, 3]] },
      legend: legend === null ? null : {
        title: null,
        orient: legend ?? "right",
        symbolType: "stroke",
        symbolSize: 250,
        symbolStrokeColor: "currentColor",
      },
    },
  };
}

function offset<Row extends object>(
  { grouped = false, color, form }: FigureOptions<Row>,
  rows: readonly FigureRow[],
): Encoding {
  if (!grouped || color === undefined) return {};
  const sort = [...new Set(rows.map((row) => row[color]))];
  return {
    [form === "bars" ? "yOffset" : "xOffset"]: { field: fieldName(color), type: "nominal", sort },
  };
}

function isStacked<Row extends object>(
  { form, stacked, color, grouped = false }: FigureOptions<Row>,
): boolean {
  return (form === "bars" || form === "columns") &&
    (stacked ?? (color !== undefined && !grouped));
}

function valueFormat<Row extends object>({ yAxis }: FigureOptions<Row>): string {
  return yAxis?.percent ? ".1%" : ".3~f";
}
