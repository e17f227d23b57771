import { type Finding, makeFinding } from "./finding.ts";
import { bySize, cellsVarying, type FindingInput, systemRows } from "./finding_input.ts";
import { pairedDifference } from "./seeded_tasks.ts";

/**
 * F7: LoRA beats full fine-tuning. The LoRA runs may have a learning rate and number of passes of
 * their own, as each way of training needs.
 *
 * @source paper, section 5 (1.5B student: 29.11 with LoRA, 26.24 without)
 */
export function lora(input: FindingInput): Finding {
  const free = ["adaptation", "loraRank", "loraAlpha", "learningRate", "epochs"] as const;
  const adapted = bySize(
    cellsVarying(input, free).filter(({ options }) => options.adaptation === "lora"),
  );
  const full = bySize(cellsVarying(input).filter(({ options }) => options.adaptation === "full"));
  const pairs = adapted.flatMap(({ size, cells }) => {
    const others = full.find((tier) => tier.size === size)?.cells ?? [];
    const a = systemRows(cells, "agent-student");
    const b = systemRows(others, "agent-student");
    return a.length > 0 && b.length > 0 ? [{ size, a, b }] : [];
  });
  const unit = "difference" as const;
  const settings = [
    ...new Set(
      adapted.flatMap(({ cells }) =>
        cells.map(({ options: o }) => `rank ${o.loraRank}, peak rate ${o.learningRate}`)
      ),
    ),
  ];
  return makeFinding({
    id: "F7",
    claim: "LoRA gives a better agent student than full fine-tuning.",
    source: "paper, section 5, LoRA against full fine-tuning",
    note: "Accuracy with LoRA minus with full fine-tuning, greedy" +
      (settings.length === 0 ? "." : ` (LoRA: ${settings.join("; ")}).`),
    parts: [
      {
        name: "LoRA − full",
        interval: pairs.length === 0 ? null : pairedDifference(pairs, undefined, input),
        unit,
        threshold: { above: 0 },
      },
      ...pairs.length < 2 ? [] : pairs.map((pair) => ({
        name: `LoRA − full, ${pair.size}`,
        interval: pairedDifference([pair], undefined, input),
        unit,
      })),
    ],
    missing: [
      ...adapted.length === 0 ? ["runs with adaptation lora"] : [],
      ...full.length === 0 ? ["runs with adaptation full"] : [],
      ...adapted.length > 0 && full.length > 0 && pairs.length === 0
        ? ["one size with both adaptations"]
        : [],
    ],
  });
}
