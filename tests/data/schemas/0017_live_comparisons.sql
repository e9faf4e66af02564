-- A live comparison with a question that was searched twice, and a run that somebody has said something about.

INSERT INTO live_trials (id, knowledge_base, arms, created_at)
VALUES (1, x'01a226bf84a771328ef0189db44226cc', '{"present": {"name": "present", "mode": "bm25", "fusion": {"method": "weighted", "dense_weight": 0.5}, "top_k": 20, "top_n": 3, "rerank": {"reranker": null, "weight": 0.5, "skip_lead": null, "long_passages": "truncate", "cutoff_layer": null, "deadline_ms": null}}, "other": {"name": "without rerank", "mode": "bm25", "fusion": {"method": "weighted", "dense_weight": 0.5}, "top_k": 20, "top_n": 3, "rerank": null}}', 1795946442000);
INSERT INTO live_questions (message, knowledge_base, asked_at, trial, searched_at, replaced, first_changed, present_ms, other_ms, sources)
VALUES (x'01a226bf86e5753080ca622a64c34276', x'01a226bf84a771328ef0189db44226cc', 1795946415845, 1, 1795946442000, 1, 1, 7.5, 2.5, '{"present": [{"chunk": "766216fb-f30e-5c46-a528-8cf4babb9010", "document": "leave.md"}], "other": [{"chunk": "77d3be6e-8358-5a75-81f0-02100c66d7df", "document": "travel.md"}]}');
UPDATE evaluation_runs SET note = 'before the move', headline = '{"en": "One.", "zh": "一。"}' WHERE id = x'01a22860c5d871e697efe0dee9430a9c';
