-- The look that the finished run was.

INSERT INTO evaluation_looks (id, evaluation_set, run, run_name, reason, looked_at)
VALUES (x'01a22860c5d871e697efe0dee9430a9c', x'01a22860a35c715582bd0171ea605a79', x'01a22860c5d871e697efe0dee9430a9c', 'earlier', 'finished', 1795946440900);
