"""How a name sounds: its syllables in pinyin, surnames read as surnames (曾 Zeng, 单 Shan, 尉迟 Yuchi).

The syllables are stored beside the name ("zhang wei"); from them the database makes the keys a search asks for.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import chain

from pypinyin import Style, lazy_pinyin

from customers.names import unaccented

# Readings that hold only at the head of a name; what stands elsewhere keeps its usual one. After 《通用规范汉字字典》
# and the surname readings of 《现代汉语词典》.
_SURNAMES = {
    "曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "朴": "piao", "查": "zha", "区": "ou", "盖": "ge",
    "翟": "zhai", "员": "yun", "缪": "miao", "乐": "yue", "覃": "qin", "重": "chong", "种": "chong", "召": "shao",
    "秘": "bi", "折": "she", "黑": "he", "尹": "yin", "冼": "xian", "洗": "xian", "逄": "pang", "繁": "po",
    "都": "du", "祭": "zhai", "晁": "chao", "阚": "kan", "隗": "wei", "牟": "mou", "宓": "mi", "郇": "xun",
    "訾": "zi", "卜": "bu", "能": "nai", "那": "na", "曲": "qu", "宁": "ning", "钭": "tou", "佴": "nai",
    "尉": "wei", "盛": "sheng", "车": "che", "葛": "ge", "任": "ren", "华": "hua", "纪": "ji", "柏": "bai",
    "贾": "jia", "谌": "chen", "俞": "yu", "应": "ying", "哈": "ha", "撒": "sa", "幺": "yao", "呙": "guo",
    "句": "gou", "相": "xiang", "适": "kuo", "行": "xing", "长": "zhang", "弗": "fei",
}  # fmt: skip
_TWO_CHARACTERS = {
    "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai", "单于": "chan yu", "宰父": "zai fu",
    "令狐": "ling hu", "夏侯": "xia hou", "呼延": "hu yan", "鲜于": "xian yu", "皇甫": "huang fu", "独孤": "du gu",
}  # fmt: skip
_TONES = re.compile("[\u0300\u0301\u0304\u030c]")
_UMLAUT = re.compile("(?<=[ln])ü")
_LATIN = re.compile(r"[^\W\d_]+|\d+")
LONGEST = 480


@lru_cache(maxsize=65_536)
def read(name: str) -> str:
    """The syllables of a name in lower case, parted by spaces; ü is written v where it is pinyin's, other letters lose
    their accents; whatever is no letter or digit parts them. At most `LONGEST` characters. Empty where a name has no
    sound at all."""
    return " ".join(_syllables(plain(name).strip()))[:LONGEST].rstrip()


def plain(text: str) -> str:
    """In lower case and without accents, tone marks among them; the ü of lü and nü as v."""
    folded = text.casefold()
    return folded if folded.isascii() else unaccented(_UMLAUT.sub("v", _without_tones(folded)))


def _without_tones(text: str) -> str:
    """ǚ as ü."""
    return unicodedata.normalize("NFC", _TONES.sub("", unicodedata.normalize("NFD", text)))


def _syllables(name: str) -> list[str]:
    for width, readings in ((2, _TWO_CHARACTERS), (1, _SURNAMES)):
        reading = readings.get(name[:width])
        if reading and len(name) > width - 1:
            return reading.split() + _sounds(name[width:])
    return _sounds(name)


def _sounds(text: str) -> list[str]:
    # One character at a time where it is Chinese, words where it is Latin: pypinyin parts them so itself.
    sounds = lazy_pinyin(text, style=Style.NORMAL, v_to_u=False)
    return list(chain.from_iterable(_LATIN.findall(sound) for sound in sounds))
