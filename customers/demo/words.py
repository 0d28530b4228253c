"""The words that invented guests are made of."""

import re


def _listed(text: str) -> list[str]:
    return text.split()


def _counted(text: str) -> list[tuple[str, int]]:
    """Each word with the number that stands behind it: how often it is drawn against the others."""
    return [(word, int(weight)) for word, weight in re.findall(r"(\D+)(\d+)", text.replace(" ", ""))]


# Surnames by how many in a thousand bear them, roughly; given names as two generations gave them.
SURNAMES = _counted(
    "王72 李71 张68 刘54 陈45 杨31 黄22 赵23 吴20 周21 徐17 孙15 马14 朱15 胡13 郭12 何12 林11 高10 罗10 郑9 "
    "梁8 谢8 宋8 唐8 许7 邓7 冯6 韩7 曹6 曾6 彭6 萧4 蔡5 潘5 田5 董5 袁5 于6 余5 叶5 蒋5 杜5 苏5 魏5 程5 吕5 "
    "丁4 沈5 任4 姚4 卢4 傅3 钟4 姜4 崔4 谭4 廖3 范4 汪4 陆4 金4 石3 戴3 贾3 韦3 夏3 邱3 方3 侯3 邹3 熊3 孟3 "
    "秦3 白3 江3 阎2 薛3 尹2 段2 雷2 黎2 史2 龙2 陶2 贺2 顾2 毛2 郝2 龚2 邵2 万2 钱2 严2 武2 莫1 孔1 欧阳1 "
    "上官1 司马1 诸葛1"
)
GIVEN_MEN = _listed(
    "伟 强 磊 军 洋 勇 杰 涛 超 明 刚 平 辉 鹏 华 飞 鑫 波 斌 宇 浩 凯 健 俊 帆 帅 旭 宁 龙 林 建国 建华 志强 "
    "志明 国强 海涛 文博 子轩 浩然 宇航 俊杰 嘉豪 天佑 一鸣 子墨 博文 晓东 晓峰 家明 振华 永康 思远 承志 景行 "
    "泽宇 明轩 启航 立诚 伟东 少华 德胜"
)
GIVEN_WOMEN = _listed(
    "芳 娜 敏 静 丽 艳 娟 霞 秀英 燕 玲 桂英 丹 萍 红 玉兰 莉 婷 雪 琳 倩 颖 洁 梅 慧 欣 悦 佳 雯 薇 梦 瑶 妍 "
    "琪 蕾 莹 欣怡 子涵 雨桐 梓萱 诗涵 思琪 晓燕 晓红 美玲 丽华 淑芬 雅婷 佳怡 紫嫣 雨薇 若曦 语嫣 静怡 可馨 "
    "婉清 心怡 海燕 春梅 秋月 明珠 亚楠"
)
TITLES = _listed("总 小姐 先生 老板")
DISTRICTS = _listed("黄浦区 徐汇区 长宁区 静安区 普陀区 虹口区 杨浦区 浦东新区 闵行区 宝山区 嘉定区 松江区")
ROADS = [
    first + second + kind
    for first in "云澜桂锦宁瑞汇棠岚枫鹤宣"
    for second in "溪江山桥林川荷湖"
    for kind in ("路", "东路", "支路")
]
OFFICES = _listed(
    "锦程大厦 汇云广场 瑞宁中心 岚桥国际 鹤林科创园 棠川商务楼 云澜世纪大厦 宣和贸易 枫溪物流园 宁湖创意园"
)
SOURCES = [("", 30), *_counted("朋友介绍24 老客带来16 路过10 抖音9 微信6 美团3 公司聚会2")]
ROOMS = _listed("888 666 606 512 703 808 大包 带露台的包厢 安静的包厢 靠近电梯")
DRINKS = _listed("麦卡伦12年 轩尼诗XO 芝华士兑绿茶 百威纯生 山崎 香槟 红酒 软饮 威士忌加冰 黑方")
MUSIC = _listed("粤语老歌 张学友 邓丽君 周杰伦 民谣 电子 爵士 英文老歌 草原歌曲 情歌对唱")
DISLIKES = _listed("不要火龙果 不喜欢烟味 不要太吵 不吃辣 不要劝酒 不喜欢被拍照")
NOTES = _listed("常带客户来谈事 喜欢安静一点的位置 每月初来得多 生日喜欢热闹 开车来，需要代驾 对花生过敏 喜欢提前订房")
