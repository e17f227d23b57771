import type { compile, TopLevelSpec } from "vega-lite";
import { printable } from "./printable.ts";
import type { MimeBundle } from "./table.ts";

/** A Vega-Lite specification, without the parts that every chart of the report shares. */
export type ChartSpec = Omit<TopLevelSpec, "$schema" | "config">;

/** The parts of a {@link Chart}. */
interface ChartParts {
  /** A file name without extension, such as `loss_curves`. */
  readonly name: string;
  /** The caption, in a sentence or two. */
  readonly caption: string;
  /** The figures in words, for those who do not see the picture. */
  readonly text: string;
  /** The Vega-Lite specification. */
  readonly spec: ChartSpec;
}

type VegaLiteLogger = NonNullable<
  NonNullable<Parameters<typeof compile>[1]>["logger"]
>;

const SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json";
// currentColor lets an inline SVG follow the page's light or dark theme; alone it draws black.
const INK = "currentColor";
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
const CONFIG = {
  background: "transparent",
  font: FONT,
  view: { stroke: null },
  axis: {
    labelColor: INK,
    titleColor: INK,
    domainColor: INK,
    tickColor: INK,
    gridColor: INK,
    gridOpacity: 0.13,
    domainOpacity: 0.5,
    tickOpacity: 0.5,
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 8,
  },
  legend: {
    symbolBaseFillColor: INK,
    symbolBaseStrokeColor: INK,
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 12,
    titleFontSize: 12,
    labelLimit: 320,
  },
  title: { color: INK, fontSize: 13, fontWeight: 600, anchor: "start" },
  header: { labelColor: INK, titleColor: INK },
} as const;

/**
 * A figure: its Vega-Lite specification with the SVG drawn from it. In a notebook it shows as an
 * interactive chart where the front end can, else as the SVG.
 */
export class Chart {
  /** A file name without extension. */
  readonly name: string;
  /** The caption, in a sentence or two. */
  readonly caption: string;
  /** The figures in words. */
  readonly text: string;
  /** The whole Vega-Lite specification, data included. */
  readonly spec: TopLevelSpec;
  /** The figure, drawn. */
  readonly svg: string;

  private constructor(parts: ChartParts, spec: TopLevelSpec, svg: string) {
    this.name = parts.name;
    this.caption = parts.caption;
    this.text = parts.text;
    this.spec = spec;
    this.svg = svg;
  }

  /**
   * Draws the figure.
   *
   * @throws {Error} when Vega cannot compile the specification
   */
  static async draw(parts: ChartParts): Promise<Chart> {
    // Loaded with the first chart: most commands draw none, and it takes a while.
    const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
    const spec = { $schema: SCHEMA, ...drawable(parts.spec), config: CONFIG } as TopLevelSpec;
    const warnings: string[] = [];
    const logger: VegaLiteLogger = {
      level: () => logger,
      error: (...args: readonly unknown[]) => (warnings.push(args.join(" ")), logger),
      warn: (...args: readonly unknown[]) => (warnings.push(args.join(" ")), logger),
      info: () => logger,
      debug: () => logger,
    } as VegaLiteLogger;
    const compiled = compile(spec, { logger }).spec;
    if (warnings.length > 0) {
      throw new Error(`Cannot draw chart ${parts.name}: ${warnings.join("; ")}`);
    }
    const view = new vega.View(vega.parse(compiled), { renderer: "none" });
    try {
      return new Chart(parts, spec, nameClipPaths(await view.toSVG(), parts.name));
    } finally {
      view.finalize();
    }
  }

  /** The specification as a line of JSON that can stand within a page's script, too. */
  toJson(): string {
    return JSON.stringify(this.spec).replaceAll("<", "\\u003c") + "\n";
  }

  /** The display of the figure in Jupyter front ends. */
  [Symbol.for("Jupyter.display")](): MimeBundle {
    return {
      "text/plain": `${this.caption}\n${this.text}`,
      "image/svg+xml": this.svg,
      "application/vnd.vegalite.v5+json": this.spec,
    };
  }
}

/**
 * The same specification with texts that Vega can draw: control characters end its parser of expressions
 * or the SVG, and a value such as `constructor` is taken for what every object has.
 */
function drawable<T>(part: T): T {
  if (typeof part === "string") {
    const isInherited = Object.hasOwn(Object.prototype, part);
    return (isInherited ? `${part}\u200b` : printable(part)) as T;
  }
  if (Array.isArray(part)) return part.map(drawable) as T;
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, drawable(value)]),
  ) as T;
}

/**
 * Vega numbers clip paths on from figure to figure: numbered from 0 after the figure's name instead,
 * the same figure is the same text each time, and many figures fit on one page.
 */
function nameClipPaths(svg: string, name: string): string {
  const names = new Map<string, string>();
  return svg.replace(/(\bid="|url\(#)(clip\d+)/g, (_, before: string, id: string) => {
    const known = names.get(id) ?? `${name}_${names.size}`;
    names.set(id, known);
    return before + known;
  });
}
