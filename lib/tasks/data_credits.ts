/** Licence of a data set, with whom to credit. */
export interface DataCredit {
  /** The licence, as its publisher names it. */
  readonly licence: string;
  /** Authors, year and paper. */
  readonly credit: string;
}

/** Licences by benchmark. @source the data sets' repositories and cards on the hub */
const CREDITS: Readonly<Record<string, DataCredit>> = {
  hotpotqa: { licence: "CC BY-SA 4.0", credit: "Yang et al. 2018, arXiv 1809.09600" },
  "2wikimultihopqa": { licence: "Apache-2.0", credit: "Ho et al. 2020, arXiv 2011.01060" },
  musique: { licence: "CC BY 4.0", credit: "Trivedi et al. 2022, arXiv 2108.00573" },
  gsm8k: { licence: "MIT", credit: "Cobbe et al. 2021, arXiv 2110.14168" },
  "gsm-hard": { licence: "MIT", credit: "Gao et al. 2022, arXiv 2211.10435" },
  svamp: { licence: "MIT", credit: "Patel et al. 2021, arXiv 2103.07191" },
  math: { licence: "MIT", credit: "Hendrycks et al. 2021, arXiv 2103.03874" },
};

/** The licence of a benchmark's data; null where it is not known here. */
export function dataCredit(benchmark: string): DataCredit | null {
  return Object.hasOwn(CREDITS, benchmark) ? CREDITS[benchmark] : null;
}
