"""Uses the openai package as its users do; exits with an error if anything is not as OpenAI has it."""

import sys

import openai


def main(base: str) -> None:
    client = openai.OpenAI(base_url=f"{base}/v1", api_key="none-needed", max_retries=0)

    models = [model.id for model in client.models.list()]
    assert "riddle/kb" in models, models

    messages = [{"role": "user", "content": "When does the boat leave?"}]
    answer = client.chat.completions.create(model="riddle/kb", messages=messages)
    choice = answer.choices[0]
    assert "seven" in choice.message.content, answer
    assert choice.finish_reason == "stop", answer
    assert answer.object == "chat.completion" and answer.usage is not None, answer
    riddle = choice.message.model_extra["riddle"]
    assert riddle["citations"][0]["document"]["name"] == "pier.md", riddle

    text, finish, usage, citations = "", None, None, None
    stream = client.chat.completions.create(
        model="riddle/kb", messages=messages, stream=True, stream_options={"include_usage": True}
    )
    for chunk in stream:
        assert chunk.object == "chat.completion.chunk", chunk
        usage = chunk.usage or usage
        for part in chunk.choices:
            text += part.delta.content or ""
            finish = part.finish_reason or finish
            citations = (part.delta.model_extra or {}).get("riddle", citations)
    assert text == choice.message.content, (text, choice.message.content)
    assert finish == "stop" and usage is not None and citations, (finish, usage, citations)

    parts = [{"role": "user", "content": [{"type": "text", "text": "When does the boat leave?"}]}]
    assert "seven" in client.chat.completions.create(model="riddle/kb", messages=parts).choices[0].message.content

    try:
        client.chat.completions.create(model="riddle/none", messages=messages)
    except openai.NotFoundError as error:
        assert "none" in error.body["message"], error.body
    else:
        raise AssertionError("an unknown model must be an error")
    print("all checks passed")


if __name__ == "__main__":
    main(sys.argv[1])
