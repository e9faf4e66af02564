"""What the description of the API has no words for: requests that are as it says and may be refused all the same.

A hook of schemathesis (scripts/test-api.sh). No operation is left out: a request that is as described may be refused by
one of these rules alone.
"""

import json
import re

import schemathesis
from schemathesis.specs.openapi.checks import RejectedPositiveData, positive_data_acceptance

# The operation, or any, and what the error says: the field at fault, if it names one, and the sentence.
ANY = ""
RULES = [
    # Which models are here, and how long the vectors of one are, is the machine's to say.
    (ANY, r"model `.*` is not available: "),
    (ANY, r"there is no embedder `"),
    (ANY, r"cutoff_layer` needs a layerwise reranker"),
    ("/embed", r"`dimensions` must be \d+, the length of this model's vectors"),
    ("POST /embed", r"`normalize` cannot be false for this model"),
    # A schema compares no two fields: `top_n` is at most `top_k`, where one that is taken as less would be answered by
    # fewer passages than were asked for, and a setting would be kept that nobody chose; and a question that the
    # documents do not answer has nothing relevant.
    (ANY, r"`top_n` must be between 1 and `top_k`"),
    (ANY, r"`retrieval\.top_n` must be from 1 to top_k"),
    ("/rerank", r"`max_tokens_per_doc` cuts documents, and `max_slice` reads them whole"),
    ("/questions", r"^unanswerable: "),
    # The body is that of `/ask`, but for what the chat has already.
    ("POST /api/v1/chats/{id}/messages", r"`history` is the chat's own here"),
    # Nor does it know the last message of a list, which is the question.
    ("POST /v1/chat/completions", r"`messages` must end with a message of the user"),
    ("POST /v1/chat/completions", r"`messages\[\d+\]\.content` (may hold parts of type `text` only|must be a text or)"),
    ("POST /v1/chat/completions", r"`question` is (empty|too long)"),
    # Nor what of a document is to be scored: `text`, or one of the fields that `rank_fields` names.
    ("/rerank", r"`documents\[\d+\]` has (no `text`; name its|none of the) fields in `rank_fields`"),
    # Nor what is in a file, which is of one of several formats: one that brings documents needs no knowledge base, and
    # any other does.
    ("POST /api/v1/evaluations/sets", r"^(files|format): "),
    ("POST /api/v1/evaluations/runs", r"^trec_runs: "),
    ("POST /api/v1/evaluations/sets", r"(an empty set needs|the files bring no documents of their own; name) "),
    # Nor what a word is, in any language, and when two questions are the same.
    ("/api/v1/knowledge-bases", r"`examples` has (a question without words|the same question twice)"),
    # Nor that a way through folders ends outside of them.
    ("POST /api/v1/knowledge-bases/{kb}/documents", r"may not lead out of its folder"),
    # Nor in which order the parts of a form come: each file is taken as it comes.
    ("POST /api/v1/knowledge-bases/{kb}/documents", r"`metadata` must come before the files"),
    # The part `metadata` of a form is a text, and that this is JSON is not said of texts.
    ("POST /api/v1/knowledge-bases/{kb}/documents", r"`metadata` must be a JSON object"),
]


@schemathesis.check
def described_requests_are_taken(ctx, response, case):
    """Fails where a request that is as described is refused by no rule."""
    try:
        return positive_data_acceptance(ctx, response, case)
    except RejectedPositiveData:
        said = said_by(response.content)
        if not any(of in case.operation.label and re.search(rule, said) for of, rule in RULES):
            raise
    return None


def said_by(body):
    """The field and the sentence of an error, in the shape of any client."""
    try:
        error = json.loads(body)
    except ValueError:
        return ""
    within = error.get("error", error)
    return within if isinstance(within, str) else f"{within.get('param')}: {within.get('message')}"
