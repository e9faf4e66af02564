"""One Python reranker as a worker of `make bench-rerank` and `make bench-gpu`: a workload file in, one measured call for each line read.

    peer.py NAME WORK_FOLDER THREADS

Each is called as its documentation shows it, with strings in and scores out.
"""

import contextlib
import json
import math
import os
import shutil
import sys
import time
from pathlib import Path

LONGEST = 512


def cross_encoder(folder, backend, **model_kwargs):
    import torch
    from sentence_transformers import CrossEncoder, __version__

    encoder = CrossEncoder(
        str(folder), backend=backend, device="cpu", max_length=LONGEST, model_kwargs=model_kwargs,
        activation_fn=torch.nn.Identity(),
    )
    score = lambda pairs: encoder.predict(pairs, show_progress_bar=False).astype(float).tolist()
    return score, f"sentence-transformers {__version__}"


def torch_fp32(work, threads):
    import torch

    return cross_encoder(work / "model", "torch", dtype=torch.float32)


def torch_bf16(work, threads):
    import torch

    return cross_encoder(work / "model", "torch", dtype=torch.bfloat16)


def onnx_options(threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return {"provider": "CPUExecutionProvider", "session_options": options}


def onnx_fp32(work, threads):
    return cross_encoder(work / "onnx", "onnx", **onnx_options(threads))


def onnx_int8(work, threads):
    name = "onnx/model_qint8_avx512_vnni.onnx"
    return cross_encoder(work / "onnx-int8", "onnx", file_name=name, **onnx_options(threads))


def openvino(folder, threads, **config):
    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", **config}
    return cross_encoder(folder, "openvino", ov_config=settings)


def openvino_default(work, threads):
    return openvino(work / "openvino", threads)


def openvino_fp32(work, threads):
    return openvino(work / "openvino", threads, INFERENCE_PRECISION_HINT="f32")


def openvino_int8(work, threads):
    return openvino(work / "openvino-int8", threads)


def flag_embedding(work, threads):
    import importlib.metadata

    from FlagEmbedding import FlagReranker

    reranker = FlagReranker(str(work / "model"), use_fp16=False, devices="cpu")
    score = lambda pairs: reranker.compute_score(pairs, max_length=LONGEST)
    return score, "FlagEmbedding " + importlib.metadata.version("FlagEmbedding")


def flag_embedding_on_gpu(half):
    def load(work, threads):
        import importlib.metadata

        import torch
        from FlagEmbedding import FlagReranker

        reranker = FlagReranker(str(work / "model"), use_fp16=half, devices="cuda:0")
        score = lambda pairs: reranker.compute_score(pairs, max_length=LONGEST)
        version = importlib.metadata.version("FlagEmbedding")
        return score, f"FlagEmbedding {version}, PyTorch {torch.__version__} on {torch.cuda.get_device_name(0)}"

    return load


def rag_retrieval(work, threads):
    import importlib.metadata

    from rag_retrieval import Reranker

    reranker = Reranker(str(work / "model"), model_type="cross-encoder", dtype="fp32", device="cpu", verbose=0)
    score = lambda pairs: reranker.compute_score(pairs, max_length=LONGEST, enable_tqdm=False)
    return score, "rag-retrieval " + importlib.metadata.version("rag-retrieval")


def flashrank(work, graph):
    import importlib
    import importlib.metadata

    from flashrank import Ranker, RerankRequest

    # The package has a class of the same name as this module.
    module = importlib.import_module("flashrank.Ranker")

    name = "measured-" + graph.stem
    folder = work / "flashrank" / name
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copyfile(work / "model" / file, folder / file)
    shutil.copyfile(graph, folder / "model.onnx")
    # Its own models cannot be downloaded everywhere, so ours is entered in its table.
    module.model_file_map[name] = "model.onnx"
    ranker = Ranker(model_name=name, cache_dir=str(work / "flashrank"), max_length=LONGEST)

    def score(pairs):
        passages = [{"id": index, "text": passage} for index, (_, passage) in enumerate(pairs)]
        ranked = ranker.rerank(RerankRequest(query=pairs[0][0], passages=passages))
        scores = {result["id"]: float(result["score"]) for result in ranked}
        return [scores[index] for index in range(len(pairs))]

    return score, "FlashRank " + importlib.metadata.version("FlashRank")


def flashrank_fp32(work, threads):
    return flashrank(work, work / "onnx" / "onnx" / "model.onnx")


def flashrank_int8(work, threads):
    return flashrank(work, work / "onnx-int8" / "onnx" / "model_qint8_avx512_vnni.onnx")


PEERS = {
    "torch fp32": torch_fp32,
    "torch bf16": torch_bf16,
    "onnx fp32": onnx_fp32,
    "onnx int8": onnx_int8,
    "openvino": openvino_default,
    "openvino fp32": openvino_fp32,
    "openvino int8": openvino_int8,
    "FlagEmbedding": flag_embedding,
    "FlagEmbedding fp16 on the GPU": flag_embedding_on_gpu(half=True),
    "FlagEmbedding fp32 on the GPU": flag_embedding_on_gpu(half=False),
    "rag-retrieval": rag_retrieval,
    "FlashRank fp32": flashrank_fp32,
    "FlashRank int8": flashrank_int8,
}
# These give the sigmoid alone; the measurement compares logits.
SIGMOID = {"FlashRank fp32", "FlashRank int8"}


def logit(score):
    score = min(max(score, 1e-9), 1 - 1e-9)
    return math.log(score / (1 - score))


def main():
    name, work, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    workload = json.loads((work / "workload.json").read_text())
    # What libraries print goes elsewhere; the answers have the standard output for themselves.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    reply = lambda answer: print(json.dumps(answer), file=answers, flush=True)
    try:
        with contextlib.suppress(ImportError):
            import torch

            torch.set_num_threads(threads)
        score, version = PEERS[name](work, threads)
        reply({"ready": version})
        for line in sys.stdin:
            passages = workload["sets"][line.strip()]
            started = time.perf_counter()
            scores = score([(workload["query"], passage) for passage in passages])
            ms = (time.perf_counter() - started) * 1e3
            scores = [logit(value) for value in scores] if name in SIGMOID else [float(value) for value in scores]
            reply({"ms": ms, "scores": scores})
    except Exception as error:  # noqa: BLE001 - whatever it is, the table names it
        lines = str(error).strip().splitlines() or [""]
        reply({"error": f"{type(error).__name__}: {lines[0]}"[:160]})
        raise


if __name__ == "__main__":
    main()
