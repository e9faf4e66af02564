"""Makes quantized graphs and one without a head of the tiny exports that foreign_onnx.py has written.

Run once, after that script:

    python -m pip install onnx onnxruntime
    python scripts/reference/quantized_onnx.py

Beside model.onnx of each folder under crates/riddle-models/tests/data/foreign-onnx it writes model_quantized.onnx as
ONNX Runtime's dynamic quantization does, with one step for a matrix (one-label) and with one for each column
(two-labels). The folder hidden-states gets the encoder of one-label without its head and without config.json, in 32
bits and quantized.
"""

import pathlib
import shutil

import onnx
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic

FOLDER = pathlib.Path(__file__).parents[2] / "crates/riddle-models/tests/data/foreign-onnx"


def quantize(source, target, per_channel) -> None:
    quantize_dynamic(str(source), str(target), per_channel=per_channel, weight_type=QuantType.QInt8)


def without_head(source, target) -> None:
    model = onnx.load(str(source))
    pooler = next(node for node in model.graph.node if node.name == "/model/bert/pooler/Gather")
    last = pooler.input[0]
    keep = list(model.graph.node)[: list(model.graph.node).index(pooler)]
    for node in keep:
        node.output[:] = ["last_hidden_state" if name == last else name for name in node.output]
    del model.graph.node[:], model.graph.output[:]
    model.graph.node.extend(keep)
    used = {name for node in keep for name in node.input}
    constants = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:], model.graph.value_info[:]
    model.graph.initializer.extend(constants)
    shape = ["batch_size", "sequence_length", 16]
    model.graph.output.append(helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, shape))
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def main() -> None:
    for name, per_channel in [("one-label", False), ("two-labels", True)]:
        quantize(FOLDER / name / "model.onnx", FOLDER / name / "model_quantized.onnx", per_channel)
    hidden = FOLDER / "hidden-states"
    hidden.mkdir(exist_ok=True)
    shutil.copy(FOLDER / "one-label" / "tokenizer.json", hidden)
    without_head(FOLDER / "one-label" / "model.onnx", hidden / "model.onnx")
    quantize(hidden / "model.onnx", hidden / "model_quantized.onnx", False)


if __name__ == "__main__":
    main()
