-- Settings that a knowledge base took over from the finished run, whose report has been summed up.

INSERT INTO evaluation_applied (knowledge_base, run, arm, settings_before, settings_after, applied_at)
VALUES (x'01a226bf84a771328ef0189db44226cc', x'01a22860c5d871e697efe0dee9430a9c', 'present', '{"retrieval": {"top_k": 20, "top_n": 3, "mode": "hybrid", "rerank": true, "reranker": null, "rerank_weight": null}, "chat_model": null}', '{"retrieval": {"top_k": 20, "top_n": 3, "mode": "bm25", "rerank": true, "reranker": null, "rerank_weight": 0.5}, "chat_model": null}', 1795946443000);
UPDATE evaluation_runs SET summary = '{"main": 0, "baseline": 0, "tuned": null, "lost": 1, "arms": [{"name": "present", "ndcg_10": {"n": 1, "mean": 0.5, "interval": null}}]}' WHERE id = x'01a22860c5d871e697efe0dee9430a9c';
