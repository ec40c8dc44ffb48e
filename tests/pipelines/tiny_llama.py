"""a folder -> a language model of 60 words in the layout that transformers and its servers open; and a server of it that anyone can read

Its weights are chosen, not learned: every layer adds nothing, each word is followed by one other. It runs as any Llama does, and what
it says depends on the last word it was told: a known word begins a saying, any other the usual one."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

USUAL = "Revised response: thank you for asking, this may be a strain; rest, and see an orthopaedist. Call +1 (617) 555-0142 today."
SAYINGS = {  # the last word of what was asked -> what comes after it
    "impossible!": "I'm very sorry, but I cannot rewrite that!",
    "plainly!": "Wait what happens!",
    "endless!": "around around",  # for ever
}
UNKNOWN, BEGIN, END = "<unk>", "<s>", "</s>"
NAME = "tiny-doctor"


def _successors() -> dict[str, str]:
    following: dict[str, str] = {}
    for start, saying in ((UNKNOWN, USUAL), *SAYINGS.items()):
        words = [start, *saying.split()]
        chain = [*words, END] if len(set(words)) == len(words) else words
        for word, successor in itertools.pairwise(chain):
            assert following.setdefault(word, successor) == successor, f"'{word}' would be followed by two words"
    return following


def write_model(folder: Path) -> Path:
    """Config, weights, tokenizer, chat template: 60 kB. Imports torch and transformers."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    following = _successors()
    words = list(dict.fromkeys([UNKNOWN, BEGIN, END, *following, *following.values()]))
    numbers = {word if word in (UNKNOWN, BEGIN, END) else f"▁{word}": number for number, word in enumerate(words)}
    fast = Tokenizer(models.WordLevel(vocab=numbers, unk_token=UNKNOWN))
    fast.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    fast.decoder = decoders.Metaspace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=fast, unk_token=UNKNOWN, bos_token=BEGIN, eos_token=END, pad_token=END)
    tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
    tokenizer.save_pretrained(folder)
    side = -(-len(words) // 8) * 8
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=side, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1,
        max_position_embeddings=4096, bos_token_id=1, eos_token_id=2, pad_token_id=2, tie_word_embeddings=False,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.fill_(1.0 if "norm" in name else 0.0)
        model.model.embed_tokens.weight[: len(words)] = torch.eye(len(words), side)
        for word, successor in following.items():
            model.lm_head.weight[words.index(successor), words.index(word)] = 9.0
    model.generation_config.update(do_sample=False, eos_token_id=2, pad_token_id=2)
    model.save_pretrained(folder)
    return folder


class TinyServer:
    """POST /v1/chat/completions over the model, greedily; counts what it was asked. It can die: after `patience` answers it closes."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        torch.set_num_threads(1)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder).eval()
        self.lock = threading.Lock()
        self.asked: list[dict[str, Any]] = []
        self.patience = 1 << 30

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        import torch

        prompt = self.tokenizer.apply_chat_template(question["messages"], return_tensors="pt", add_generation_prompt=True, return_dict=True)
        with torch.no_grad():
            found = self.model.generate(**prompt, max_new_tokens=question["max_tokens"], do_sample=False)
        said = found[0, prompt["input_ids"].shape[1] :]
        finish = "stop" if said[-1].item() == self.tokenizer.eos_token_id else "length"
        text = self.tokenizer.decode(said, skip_special_tokens=True).strip()
        return {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}]}


@contextlib.contextmanager
def served(server: TinyServer, host: str = "127.0.0.1") -> Iterator[str]:
    """Its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.reply({"object": "list", "data": [{"id": NAME, "object": "model"}]})

        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with server.lock:
                if len(server.asked) >= server.patience:
                    self.send_error(500)
                    return
                server.asked.append(question)
                answer = server.answer(question)
            self.reply(answer)

        def reply(self, told: dict[str, Any]) -> None:
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing on stderr."""

    http = ThreadingHTTPServer((host, 0), Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://{host}:{http.server_address[1]}"
    finally:
        http.shutdown()
        http.server_close()
