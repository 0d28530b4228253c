"""What a week's comments speak of: words cut out of them and counted, with no guess at what is meant by them.

A word counts once an answer. Chinese is cut by jieba, whose dictionary takes a second to load and is kept beside the
desk's own files, not in a folder that everybody may write to.
"""

import logging
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from vipdesk import embedded

MOST, FEWEST = 12, 2  # themes listed; answers that have to speak of one
_CHINESE, _LATIN = re.compile(r"[\u4e00-\u9fff]{2,6}"), re.compile(r"[a-z][a-z'-]{2,20}")
# Words that say nothing by themselves, or only how much.
_EMPTY = """
    我们 你们 他们 她们 大家 自己 这个 那个 这里 那里 这样 那样 这么 那么 什么 怎么 为什么 一个
    一下 一点 一些 有点 有些 没有 不是 就是 还是 但是 而且 因为 所以 如果 虽然 可是 然后 不过
    的话 可以 可能 应该 需要 希望 觉得 感觉 认为 知道 今天 昨天 晚上 今晚 昨晚 现在 时候 已经
    还有 非常 比较 特别 十分 真的 太过 很多 不太 不要 不能 不会 不好 不错 很好 还好 还行 挺好
    一般 满意 谢谢 感谢 麻烦 建议 意见 其他 整体 总体 方面 问题 东西 地方 继续 一直 总是 每次
    这次 下次 第一次
    the and was were with for not but very too our you your they their this that there
    have has had are all from would could good nice bad great okay well just more much some
    any one ok really evening night please thank thanks
"""
_STOP = frozenset(_EMPTY.split())


def themes(comments: Iterable[tuple[str, bool]]) -> list[dict[str, Any]]:
    """The words that most answers speak of, of (comment, whether its score was low): how many answers, and how many of
    them gave a low score."""
    said: Counter[str] = Counter()
    low: Counter[str] = Counter()
    for comment, is_low in comments:
        words = words_of(comment)
        said.update(words)
        low.update(words if is_low else ())
    found = sorted((word for word, count in said.items() if count >= FEWEST), key=lambda word: (-said[word], word))
    return [{"word": word, "answers": said[word], "low": low[word]} for word in found[:MOST]]


def words_of(comment: str) -> set[str]:
    """Words with a meaning of their own, in small letters."""
    cut = (word.strip().casefold() for word in _tokenizer().cut(comment))
    return {word for word in cut if word not in _STOP and (_CHINESE.fullmatch(word) or _LATIN.fullmatch(word))}


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    import jieba  # a second and 50 MB, which only who reads a week's comments pays

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    home = embedded.home()
    tokenizer.tmp_dir = str(home) if os.access(home, os.W_OK) else tempfile.mkdtemp(prefix="vipdesk-")
    return tokenizer
