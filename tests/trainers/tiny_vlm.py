"""A folder -> a vision-language model of some ten thousand random weights with its processor, from code that `transformers` ships"""

from pathlib import Path

import torch
import transformers
import trl
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

TEMPLATES = Path(trl.__file__).parent / "chat_templates"
QWEN = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
PIXELS = 28 * 28  # of a picture: at least one token of Qwen's, and at most four


def letters(end: str, special: tuple[str, ...]) -> transformers.PreTrainedTokenizerFast:
    """A tokenizer of the 256 bytes: any text comes back from its tokens."""
    bytes_ = {byte: number for number, byte in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=bytes_, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=end, pad_token=special[0], additional_special_tokens=list(special)
    )


def qwen(folder: Path) -> Path:
    """Qwen2.5-VL: '<|image_pad|>' in the tokens, as many as a picture has patches of 28 x 28 pixels."""
    tokenizer = letters("<|im_end|>", QWEN)
    token = dict(zip(QWEN, tokenizer.convert_tokens_to_ids(list(QWEN))))
    sizes = {"shortest_edge": PIXELS, "longest_edge": 4 * PIXELS}
    processor = transformers.Qwen2_5_VLProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(size=sizes),
        video_processor=transformers.Qwen2VLVideoProcessor(),
        tokenizer=tokenizer,
        chat_template=(TEMPLATES / "qwen2_5_vl.jinja").read_text(),
    )
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer), "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
            "num_key_value_heads": 1, "bos_token_id": None, "eos_token_id": token["<|im_end|>"], "pad_token_id": token["<|endoftext|>"],
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 1, 1]},
        },
        vision_config={
            "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16, "fullatt_block_indexes": [0],
        },
        image_token_id=token["<|image_pad|>"], video_token_id=token["<|video_pad|>"],
        vision_start_token_id=token["<|vision_start|>"], vision_end_token_id=token["<|vision_end|>"],
    )  # fmt: skip
    return saved(folder, transformers.Qwen2_5_VLForConditionalGeneration, config, processor)


def llava(folder: Path) -> Path:
    """LLaVA-NeXT: its image token is '<image>' itself, so a mark that is left in the text would be taken for a picture."""
    tokenizer = letters("</s>", ("<pad>", "</s>", "<image>"))
    processor = transformers.LlavaNextProcessor(
        image_processor=transformers.LlavaNextImageProcessor(
            size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}, image_grid_pinpoints=[[28, 28]]
        ),
        tokenizer=tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=(TEMPLATES / "llava_next.jinja").read_text(),
    )
    small = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2, "num_hidden_layers": 2}
    config = transformers.LlavaNextConfig(
        vision_config={"model_type": "clip_vision_model", "image_size": 28, "patch_size": 14, **small},
        text_config={"model_type": "llama", "num_key_value_heads": 2, "vocab_size": len(tokenizer), **small},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=[[28, 28]],
    )
    return saved(folder, transformers.LlavaNextForConditionalGeneration, config, processor)


def saved(folder: Path, model: type, config: transformers.PreTrainedConfig, processor: transformers.ProcessorMixin) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model(config).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
