"""Exports the model of `make bench-rerank` for its peers, with their own exporters.

    export.py onnx|onnx-int8|openvino|openvino-int8 MODEL_FOLDER WORKLOAD OUTPUT_FOLDER
"""

import json
import shutil
import sys
from pathlib import Path

from sentence_transformers import CrossEncoder
from transformers import AutoTokenizer


def onnx(model, output):
    CrossEncoder(str(model), backend="onnx", device="cpu", model_kwargs={"export": True}).save_pretrained(str(output))


def onnx_int8(model, output):
    from sentence_transformers.backend import export_dynamic_quantized_onnx_model

    encoder = CrossEncoder(str(model), backend="onnx", device="cpu", model_kwargs={"export": True})
    encoder.save_pretrained(str(output))
    export_dynamic_quantized_onnx_model(encoder, "avx512_vnni", str(output))


def openvino(model, output):
    encoder = CrossEncoder(str(model), backend="openvino", device="cpu", model_kwargs={"export": True})
    encoder.save_pretrained(str(output))


def openvino_int8(model, workload, output):
    import datasets
    from optimum.intel import OVConfig, OVModelForSequenceClassification, OVQuantizationConfig, OVQuantizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    passages = workload["calibration"]
    rows = tokenizer([workload["query"]] * len(passages), passages, truncation=True, max_length=512)
    loaded = OVModelForSequenceClassification.from_pretrained(model, export=True, compile=False)
    OVQuantizer.from_pretrained(loaded).quantize(
        calibration_dataset=datasets.Dataset.from_dict(dict(rows)),
        ov_config=OVConfig(quantization_config=OVQuantizationConfig(num_samples=len(passages))),
        save_directory=str(output),
    )
    tokenizer.save_pretrained(output)


def main():
    what, model, workload, output = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
    partial = output.with_name(output.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    if what == "onnx":
        onnx(model, partial)
    elif what == "onnx-int8":
        onnx_int8(model, partial)
    elif what == "openvino":
        openvino(model, partial)
    else:
        openvino_int8(model, json.loads(workload.read_text()), partial)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copyfile(model / name, partial / name)
    partial.rename(output)


if __name__ == "__main__":
    main()
