"""Whether a guest's answer to a text message asks for no more of them: a short code, or their own words."""

import re
import unicodedata

from vipdesk.invisible import drop_all_invisible

# Blanks, marks and emoji mean nothing here, and neither does being polite.
_MARKS = re.compile(r"[\W_]+")
_POLITE = re.compile(
    r"你好|您好|请问|麻烦(?:你们?|您)?|拜托|不好意思|对不起|谢谢(?:你们?|您)?|感谢|多谢|谢了|辛苦了?|好吗|可以吗|行吗"
    r"|thankyou|thanks|thx|please|pls|hello|hi|sorry|回复"
)
_ENDINGS = re.compile(r"[了吧啊哦呀呢啦嘛]+$")
_SIMPLE = str.maketrans(
    "訂閱請發給謝煩騷擾聯絡對號碼這個廣資訊們終從後準許繼續總該類",
    "订阅请发给谢烦骚扰联络对号码这个广资讯们终从后准许继续总该类",
)
_CODE = r"(?:r|t|td|n|0000|00000|rr|tt)"
_NAMED = r"短信|简讯|信息|资讯|消息|广告|推送|推广|通知|服务|订阅|sms"
_WHAT = r"(?:(?:这些?|那些?|此类|你们?的|您的|本|该|所有|任何|一切)*(?:" + _NAMED + r")*)"
_WHOM = r"(?:(?:给|向|对|跟)?(?:我|本人|这个号码|这个号|此号码?))?"
_ME = r"(?:我|本人)?(?:要|想|需要|申请|要求|现在)*"
_SENDING = rf"(?:{_WHOM}(?:发送?|群发|推送|打扰|骚扰|联系|联络){_WHOM}{_WHAT}|{_WHAT}{_WHOM}发送?)"
_PATTERNS = (
    _CODE,
    rf"回?{_CODE}?请?{_ME}(?:退订|拒收|退出|td){_WHAT}请?{_CODE}?",
    rf"请?{_ME}取消(?:(?:发送|接收|订阅){_WHAT}|{_WHAT})",
    rf"请?{_ME}(?:停止?|终止|屏蔽)(?:发送?|接收|订阅|推送|打扰)?{_WHOM}{_WHAT}",
    rf"(?:以后|今后|从此)*请?(?:以后|今后|从此)*(?:不要|别|勿|莫|不用|不必|不想|不准|禁止|停止|不许|不)(?:再|继续|总是?|老是?)*{_SENDING}",
    rf"{_ME}(?:不想|不要|不愿意?|不再|不)(?:再)*(?:收到?|接收|看到?){_WHAT}",
    rf"不再?(?:需要{_WHAT}|想?要(?:{_NAMED}))",
    r"请?勿(?:打?扰|发)",
    r"(?:i(?:want|wish|wouldlike)to)?(?:stop|unsubscribe|optout|cancel|quit|end)(?:me)?(?:all|sending|texting|it|this|these|the|your|from|messages?|texts?|sms|me|now)*",
    r"(?:donot|dont|nomore|never)(?:send|text|message|contact|sms|spam)?(?:me|messages?|texts?|sms|any|more|anymore|again|to)*",
    r"(?:remove|delete|takeoff|take)(?:me|mynumber)(?:off)?(?:from)?(?:the|your|this)?(?:list|messages?|sms)?",
)
_OPT_OUT = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))


def is_opt_out(text: str) -> bool:
    """Whether the whole answer, politeness aside, says so; a question or another wish beside it does not count."""
    shown = unicodedata.normalize("NFKC", drop_all_invisible(text)).casefold()
    said = _MARKS.sub("", shown.translate(_SIMPLE))
    plain = _ENDINGS.sub("", _POLITE.sub("", said))
    return any(word and _OPT_OUT.fullmatch(word) for word in (said, plain))
