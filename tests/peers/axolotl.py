"""Axolotl's own preprocessing of exports, from its configuration file on: ids and labels."""
import json
import os
import sys


def main() -> None:
    os.environ["AXOLOTL_DO_NOT_TRACK"] = "1"
    from axolotl.cli.args import PreprocessCliArgs
    from axolotl.cli.config import load_cfg
    from axolotl.common.datasets import load_datasets

    question = json.load(sys.stdin)
    answers = {}
    for name, job in question["jobs"].items():
        os.chdir(job["export"])
        # As the export has it, but for what needs a GPU; the rows stay in their order.
        settings = load_cfg("axolotl.yaml", is_preprocess=True, base_model=job["model"], bf16=False,
                            flash_attention=False, output_dir=job["out"], dataset_num_proc=1,
                            shuffle_merged_datasets=False)
        settings.is_preprocess = True
        data = load_datasets(cfg=settings, cli_args=PreprocessCliArgs()).train_dataset
        answers[name] = [
            {"ids": row["input_ids"], "trained": [int(label != -100) for label in row["labels"]]}
            for row in data
        ]
    print(json.dumps(answers))


# Its workers import this file.
if __name__ == "__main__":
    main()
