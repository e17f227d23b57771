/** The form of a figure: lines, points, bars to the right, or columns. */
export type FigureForm = "line" | "points" | "bars" | "columns";

/** A record of plain values, as figures and frames have them. */
export type FigureRow = Readonly<Record<string, string | number | boolean | null>>;

/** An axis of a {@link figure}. */
export interface FigureAxis {
  /** Title of the axis; null for none. @default the field's name */
  readonly title?: string | null;
  /** True if shares (0 to 1) are shown in percent. @default false */
  readonly percent?: boolean;
  /** True if each equal distance doubles the value. @default false */
  readonly log?: boolean;
  /** Lowest and highest value shown. @default chosen from the data */
  readonly domain?: readonly [number, number];
  /** Values that have a tick. @default chosen from the data */
  readonly ticks?: readonly number[];
  /** True if the axis begins at 0. @default true for the measured axis, false for the other */
  readonly zero?: boolean;
  /** Angle of the labels in degrees, for long names; negative rises to the right. @default 0 */
  readonly labelAngle?: number;
}

/** Data and settings of a {@link figure}. */
export interface FigureOptions<Row extends object> {
  /** The form of the figure. */
  readonly form: FigureForm;
  /** The rows: records, or a Polars frame. */
  readonly data: readonly Row[] | { toRecords(): Row[] };
  /** The field on the independent axis: horizontal, but vertical for `bars`. */
  readonly x: keyof Row & string;
  /** The field that is measured. */
  readonly y: keyof Row & string;
  /** The fields of an interval's bounds: a band beside a line over numbers, else a rule. */
  readonly interval?: readonly [keyof Row & string, keyof Row & string];
  /** True if intervals beside a line over numbers are bands; else they are rules. @default true */
  readonly band?: boolean;
  /** The field that colours tell apart. @default one colour */
  readonly color?: keyof Row & string;
  /** Colours by value of `color`, in the order of the legend. @default Okabe and Ito's, in the data's order */
  readonly colors?: Readonly<Record<string, string>>;
  /** The field that dashes tell apart, of two values. @default none */
  readonly dash?: keyof Row & string;
  /** The field with a panel of its own for each value. @default one panel */
  readonly panel?: keyof Row & string;
  /** Direction in which panels are arranged. @default "below" for `bars`, else "beside" */
  readonly panels?: "beside" | "below";
  /** The field that the area of points tells. @default points of one size */
  readonly size?: keyof Row & string;
  /** True if lines have a point for each row. @default true unless a line has more than 40 */
  readonly points?: boolean;
  /** True if a dashed line shows where both axes have the same value. @default false */
  readonly diagonal?: boolean;
  /** Places columns or points of different colours beside each other. @default false */
  readonly grouped?: boolean;
  /** True if parts that `color` tells apart are added up to one bar. @default true unless grouped */
  readonly stacked?: boolean;
  /** The independent axis. */
  readonly xAxis?: FigureAxis;
  /** The measured axis. */
  readonly yAxis?: FigureAxis;
  /** Side of the legend; null for none. @default "right" */
  readonly legend?: "right" | "bottom" | null;
  /** Width of a panel, in pixels. @default 420 */
  readonly width?: number;
  /** Height of a panel, in pixels; `bars` go by their `barSize`. @default 260 */
  readonly height?: number;
  /** Thickness of a bar or column with its gap, in pixels. @default 20 for `bars`, else by `width` */
  readonly barSize?: number;
  /** A file name without extension. @default "figure" */
  readonly name?: string;
  /** The caption, in a sentence or two. */
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
