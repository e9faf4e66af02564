"""Asks one question through the API and prints the answer with its citations and timings."""

import json
import sys
import urllib.parse
import urllib.request


def main(address: str, knowledge_base: str, question: str, rerank: str) -> None:
    body = json.dumps({"question": question, "rerank": rerank == "true"}).encode()
    path = f"/api/v1/knowledge-bases/{urllib.parse.quote(knowledge_base, safe='')}/ask"
    request = urllib.request.Request(address + path, body, {"content-type": "application/json"})
    # No proxy of the environment stands between this machine and itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=600) as response:
        answer = json.load(response)

    print(answer["answer"])
    for citation in answer["citations"]:
        page = f", page {citation['page']}" if citation.get("page") else ""
        heading = " › ".join(citation.get("heading_path") or [])
        print(f"  [{citation['number']}] {citation['document']['name']}{page}  {heading}")
    rerank_report = answer["rerank"]
    reason = f": {rerank_report['reason']}" if rerank_report.get("reason") else ""
    print(f"  answer {answer['mode']} by {answer['model']}; rerank {rerank_report['status']}{reason}")
    stages = {name[:-3]: ms for name, ms in answer["timings"].items() if ms is not None}
    print("  ms: " + ", ".join(f"{name} {ms:.1f}" for name, ms in stages.items()))


if __name__ == "__main__":
    main(*sys.argv[1:])
