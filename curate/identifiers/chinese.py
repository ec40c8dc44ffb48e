"""Chinese text -> names, dates, ages over 89, addresses, and the numbers that Chinese words announce

Traditional characters are read as simplified ones. Shapes that hold in every language (mail, mobile numbers, resident numbers) are found
by web.py and numbers.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.identifiers import chinese_names, chinese_numbers, chinese_places, chinese_times
from curate.identifiers.kinds import Found
from curate.identifiers.plain import plain

_WIDE = re.compile("[\u3000-\u9fff\uff00-\uffef]")
_TRADITIONAL = (
    "張张劉刘陳陈楊杨趙赵黃黄吳吴孫孙馬马鄭郑謝谢許许馮冯鄧邓蕭萧葉叶蘇苏呂吕盧卢蔣蒋賈贾韋韦鄒邹陸陆龔龚譚谭顏颜龍龙鍾钟賴赖顧顾齊齐湯汤"
    "錢钱嚴严聶聂魯鲁歐欧陽阳閻阎喬乔畢毕紀纪費费賀贺紅红國国華华偉伟麗丽強强軍军傑杰濤涛蘭兰剛刚飛飞輝辉鳳凤瑩莹曉晓東东寶宝榮荣潔洁"
    "醫医師师護护長长簽签員员親亲屬属聯联絡络報报審审檢检查查診诊術术號号歲岁電电話话證证區区縣县鎮镇鄉乡莊庄樓楼單单層层戶户門门條条"
    "臺台灣湾廣广慶庆遼辽寧宁陝陕貴贵雲云務务處处麼么為为於于從从與与來来說说稱称個个週周們们時时間间後后臨临傳传真真機机動动銀银賬账"
    "帳账駕驾駛驶車车標标"
)
_SIMPLE = {ord(old): new for old, new in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)}


def found(text: str) -> Iterator[Found]:
    """Identifiers in the Chinese characters of a text. Finds may lie over each other."""
    if not _WIDE.search(text):
        return
    text = plain(text).translate(_SIMPLE)
    yield from chinese_names.found(text)
    yield from chinese_times.found(text)
    yield from chinese_places.found(text)
    yield from chinese_numbers.found(text)
