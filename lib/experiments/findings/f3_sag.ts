import { type Claim, type Figures, partsOf } from "./claim.ts";
import { bySize, cellsVarying, type FindingInput, systemRows, tiers } from "./finding_input.ts";
import { accuracy, type Measured, sidesOf, sizedPairs } from "./measured.ts";
import { macroMean, seededBootstrap, type SeededInterval } from "./seeded_bootstrap.ts";
import { isCorrect, seededAccuracy, seededTasks } from "./seeded_tasks.ts";

/**
 * F3: sag improves accuracy, most for the smallest tier; and how it grows with N.
 *
 * @source paper, section 3.3 and section 5 (main results, ablation over N)
 */
export const sagGain: Claim = {
  id: "F3",
  claim: "Self-consistent action generation (sag) improves accuracy, most for the smallest size.",
  source: "paper, sections 3.3 and 5",
  inPaper: "+2.2 (1.5B), +2.0 (7B)",
  note: ({ reference }) =>
    `Sag with ${reference.candidates} candidates minus greedy decoding of the same student, averaged over ` +
    "the sizes; then the smallest size's gain minus the mean gain of the others. The figures by " +
    "number of candidates N are accuracies of one size; 1 is greedy.",
  figures: gains,
};

function gains(input: FindingInput): Figures {
  const pairs = sizedPairs(tiers(input), (cells) => ({
    a: systemRows(cells, "agent-student-sag"),
    b: systemRows(cells, "agent-student"),
  }));
  const title = `sag ${input.reference.candidates} − greedy`;
  const curve = sagCurve(input);
  return {
    parts: [
      ...partsOf(pairs, [
        { name: `${title}, all sizes`, of: accuracy, threshold: { above: 0 } },
        {
          name: "gain of the smallest size − of the others",
          of: gainContrast,
          threshold: { above: 0 },
        },
      ], input),
      ...pairs.flatMap((pair) =>
        partsOf([pair], [{ name: `${title}, ${pair.size}`, of: accuracy }], input)
      ),
      ...curve.points.map(({ samples: n, accuracy }) => ({
        name: `${curve.size}, N = ${n}`,
        interval: accuracy,
        unit: "share" as const,
      })),
    ],
    missing: [
      ...pairs.length === 0 ? ["runs with the systems agent-student and agent-student-sag"] : [],
      ...pairs.length === 1 ? ["a second size"] : [],
    ],
  };
}

/** The smallest size's gain minus the mean gain of the others; null with one size. */
const gainContrast: Measured = (pairs, input) => {
  if (pairs.length < 2) return null;
  const benchmarks = seededTasks(sidesOf(pairs), (rows) => {
    const gains = Array.from(
      { length: rows.length / 2 },
      (_, i) => isCorrect(rows[2 * i]) - isCorrect(rows[2 * i + 1]),
    );
    const rest = gains.slice(1);
    return [gains[0] - rest.reduce((a, b) => a + b, 0) / rest.length];
  });
  return benchmarks.length === 0 ? null : seededBootstrap(benchmarks, macroMean, input);
};

/** Accuracy by number of candidates. */
export interface SagCurve {
  /** The size with the most numbers of candidates; the smaller one of equals. */
  readonly size: string | null;
  /** In order of the number; 1 is greedy decoding. */
  readonly points: readonly { readonly samples: number; readonly accuracy: SeededInterval }[];
}

/** Accuracy of the agent student by number of candidates. */
export function sagCurve(input: FindingInput): SagCurve {
  const curves = bySize(cellsVarying(input, ["candidates"])).map(({ size, cells }) => {
    const greedy = seededAccuracy(
      systemRows(
        cells.filter((cell) => cell.options.candidates === input.reference.candidates),
        "agent-student",
      ),
      input,
    );
    const numbers = [...new Set(cells.map(({ options }) => options.candidates))].sort((a, b) =>
      a - b
    );
    const points = numbers.flatMap((samples) => {
      const own = cells.filter(({ options }) => options.candidates === samples);
      const accuracy = seededAccuracy(systemRows(own, "agent-student-sag"), input);
      return accuracy === null || samples === 1 ? [] : [{ samples, accuracy }];
    });
    return {
      size,
      points: [...greedy === null ? [] : [{ samples: 1, accuracy: greedy }], ...points],
    };
  });
  return curves.sort((a, b) => b.points.length - a.points.length)[0] ?? { size: null, points: [] };
}
