import type { AnswerKind } from "../records/task.ts";

/** A published file of a benchmark, identified by its checksum. */
export interface BenchmarkFile {
  /** The file name in the reference implementation. */
  readonly name: string;
  /** Split of the file. */
  readonly split: "train" | "test";
  /** Number of examples in it. */
  readonly examples: number;
  /** Of the bytes, as 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Description of a benchmark, without its texts. */
export interface BenchmarkDescriptor {
  /** As in tables and task records. */
  readonly name: string;
  /** Version of this descriptor; it grows when a file or a rule of reading changes. */
  readonly version: number;
  /** Grading of its answers. */
  readonly kind: AnswerKind;
  /** True if the paper trains on its training split. */
  readonly inDomain: boolean;
  /** Test questions in the paper. */
  readonly testExamples: number;
  /** Other names, in lower-case letters and digits alone. */
  readonly aliases: readonly string[];
  /** Files of the reference implementation, where their checksum is known. */
  readonly files: readonly BenchmarkFile[];
  /** Origin of the benchmark. */
  readonly source: string;
}

/**
 * The eight benchmarks of the paper.
 *
 * @source arXiv 2505.17612, section 4; file names of its reference implementation
 */
export const BENCHMARKS: readonly BenchmarkDescriptor[] = [
  {
    name: "hotpotqa",
    version: 1,
    kind: "qa",
    inDomain: true,
    testExamples: 500,
    aliases: ["hotpot"],
    files: [
      {
        name: "hotpotqa_1000_20250402.json",
        split: "train",
        examples: 1000,
        sha256: "35ae8108e8cb856813dc4aeb7de261b794ec2424ddb19c81449d1007a71f1fb8",
      },
      {
        name: "hotpotqa_500_20250422.json",
        split: "test",
        examples: 500,
        sha256: "770b2740d2d5195f983dbeae3c770900edab776b5986b4cbff3194443a771b00",
      },
    ],
    source: "Yang et al. 2018, arXiv 1809.09600",
  },
  {
    name: "math",
    version: 1,
    kind: "math",
    inDomain: true,
    testExamples: 500,
    aliases: ["math500", "hendrycksmath", "competitionmath", "mathmedium", "mathhard"],
    files: [
      {
        name: "math_500_20250414.json",
        split: "test",
        examples: 500,
        sha256: "32ae376ee63aee4a1e59ea167afebffa0031250b154d1805d13522c60c6069cb",
      },
      {
        name: "math_medium_1000_20250430.json",
        split: "train",
        examples: 1000,
        sha256: "af3aaef02faf2264aa32e30ca9b531b26ca7662f6be87a718ef3f5eb139e31ba",
      },
    ],
    source: "Hendrycks et al. 2021, arXiv 2103.03874; the 500 of Lightman et al. 2023",
  },
  {
    name: "2wikimultihopqa",
    version: 1,
    kind: "qa",
    inDomain: false,
    testExamples: 500,
    aliases: ["2wiki", "2wikimultihop", "2wikimqa"],
    files: [],
    source: "Ho et al. 2020, arXiv 2011.01060",
  },
  {
    name: "musique",
    version: 1,
    kind: "qa",
    inDomain: false,
    testExamples: 500,
    aliases: ["musiqueans", "musiquefull"],
    files: [
      {
        name: "musique_500_20250504.json",
        split: "test",
        examples: 500,
        sha256: "683634bcc958a79b144cffb815d4f56002dc22ed7358e11b897f9ff03ba69110",
      },
    ],
    source: "Trivedi et al. 2022, arXiv 2108.00573",
  },
  {
    name: "bamboogle",
    version: 1,
    kind: "qa",
    inDomain: false,
    testExamples: 125,
    aliases: ["bamboogleprerelease"],
    files: [],
    source: "Press et al. 2023, arXiv 2210.03350",
  },
  {
    name: "gsm-hard",
    version: 1,
    kind: "math",
    inDomain: false,
    testExamples: 500,
    aliases: ["gsmhardv2"],
    files: [
      {
        name: "gsm_hard_500_20250507.json",
        split: "test",
        examples: 500,
        sha256: "970c69744216a75fe04eb86ff1adaf208df5191e2731c6ef0610bd2312266498",
      },
    ],
    source: "Gao et al. 2022, arXiv 2211.10435",
  },
  {
    name: "aime",
    version: 1,
    kind: "math",
    inDomain: false,
    testExamples: 90,
    aliases: ["aimovalidationaime"],
    files: [],
    source: "American Invitational Mathematics Examination, 2022 to 2024",
  },
  {
    name: "olymmath",
    version: 1,
    kind: "math",
    inDomain: false,
    testExamples: 200,
    aliases: ["olymath"],
    files: [],
    source: "Sun et al. 2025, arXiv 2503.21380",
  },
];

/** Further benchmarks whose files are told from those of the paper. */
export const OTHER_BENCHMARKS: readonly BenchmarkDescriptor[] = [
  {
    name: "gsm8k",
    version: 1,
    kind: "math",
    inDomain: false,
    testExamples: 1319,
    aliases: ["gradeschoolmath"],
    files: [],
    source: "Cobbe et al. 2021, arXiv 2110.14168",
  },
  {
    name: "svamp",
    version: 1,
    kind: "math",
    inDomain: false,
    testExamples: 1000,
    aliases: [],
    files: [],
    source: "Patel et al. 2021, arXiv 2103.07191",
  },
];
