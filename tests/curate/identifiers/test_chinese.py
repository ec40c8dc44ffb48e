"""Chinese names, dates, ages, places and numbers; and the words of medicine that begin like names"""

import time

import pytest

from curate.identifiers.chinese import found
from curate.identifiers.chinese_names import COMPOUNDS, GIVEN, SURNAMES, WORDS

FOUND = [
    ("患者张三，男，45岁", "张三", "name"),
    ("姓名：李四  性别：男", "李四", "name"),
    ("姓名张三丰男", "张三丰", "name"),
    ("请王医生会诊", "王", "name"),
    ("李主任查房：继续治疗", "李", "name"),
    ("张女士，35岁", "张", "name"),
    ("欧阳医生", "欧阳", "name"),
    ("患者欧阳娜娜因头痛就诊", "欧阳娜娜", "name"),
    ("我叫周杰伦。", "周杰伦", "name"),
    ("我是王医生", "王", "name"),
    ("家属：吴刚", "吴刚", "name"),
    ("患者家属江珍爱签字", "江珍爱", "name"),
    ("由李明医生完成手术", "李明", "name"),
    ("李某某的主管医师黄燕芳建议复查。", "黄燕芳", "name"),
    ("患者方明，女", "方明", "name"),
    ("苏明，女，62岁，主诉", "苏明", "name"),
    ("此致\n敬礼\n方建艳\n", "方建艳", "name"),
    ("一般情况：许伟燕，男性，", "许伟燕", "name"),
    ("我老公黄旭昨晚发热", "黄旭", "name"),
    ("我爸爸皇甫霞洋昨天开始发烧", "皇甫霞洋", "name"),
    ("会诊专家彭颖志教授", "彭颖志", "name"),
    ("主管医师李雪建议复查", "李雪", "name"),
    ("我姓田，", "田", "name"),
    ("患者买买提·艾山", "买买提·艾山", "name"),
    ("陳大文先生", "陳大文", "name"),
    ("检查日期：2019年3月12日", "2019年3月12日", "date"),
    ("2022 年 3 月 18 日", "2022 年 3 月 18 日", "date"),
    ("２０１９年３月１２日", "２０１９年３月１２日", "date"),
    ("3月12日入院", "3月12日", "date"),
    ("2016年03月复查", "2016年03月", "date"),
    ("于2019-03-12入院", "2019-03-12", "date"),
    ("去年5月起病", "去年5月", "date"),
    ("9月份", "9月份", "date"),
    ("二〇一九年三月十二日", "二〇一九年三月十二日", "date"),
    ("出生日期：19450102", "19450102", "date"),
    ("男，92岁", "92", "age"),
    ("九十二岁", "九十二", "age"),
    ("90岁以上", "90", "age"),
    ("年龄：101", "101", "age"),
    ("北京市朝阳区建国路88号", "北京市朝阳区建国路88号", "address"),
    ("家住河北省石家庄市正定县南楼乡东村12号", "河北省石家庄市正定县南楼乡东村12号", "address"),
    ("地址：上海市浦东新区张江路100弄5号301室 电话", "上海市浦东新区张江路100弄5号301室", "address"),
    ("来自河南省洛阳市，", "河南省洛阳市", "address"),
    ("住广东省深圳市南山区", "广东省深圳市南山区", "address"),
    ("邮编：100020", "100020", "address"),
    ("住院号：1234567", "1234567", "mrn"),
    ("床号：12", "12", "mrn"),
    ("影像号 CT20190312", "CT20190312", "accession"),
    ("病理号：2019-12345", "2019-12345", "accession"),
    ("医保卡号：A12345678", "A12345678", "plan"),
    ("退款至银行卡6222 0251 9728 9165 151。", "6222 0251 9728 9165 151", "account"),
    ("QQ：12345678", "12345678", "account"),
    ("微信号：wx_abc123", "wx_abc123", "account"),
    ("身份证号：110105194912310021", "110105194912310021", "ssn"),
    ("护照：G23775089", "G23775089", "license"),
    ("执业证书编号：110110000012345", "110110000012345", "license"),
    ("车牌号：京A12345", "京A12345", "vehicle"),
    ("产品序列号：SN-0012345", "SN-0012345", "device"),
]
NOT_FOUND = [
    "患者高血压10年，高热3天，黄疸2天，黄染明显",
    "患者张口困难，方能行走，于昨日加重",
    "患者白细胞升高，马尾综合征，金黄色葡萄球菌",
    "患者任何不适，和家属商量后，应告知医生",
    "患者植入起搏器，江水，石膏固定，常规检查",
    "主任医师、主管医生、责任护士、值班医师",
    "由于医生的疏忽，对于医生来说，向医生咨询，经常医生，许多医生，",
    "但医生说没事，谢谢医生，女医生，全科医生",
    "刘某，男；患者李某某；王氏",
    "姓名：不详；签名：见附件；姓名：某某",
    "病史3个月，3月龄，2019年，孕12周，3-12月",
    "89岁，9岁，60~90岁，90天",
    "北京市朝阳区人民医院，某县中心小学，上海市",
    "双侧髂总动脉，尿路2号，鞍区，基底节区，病区",
    "出生地：山东",
    "T4号线，2号，第3组，CT值120HU，住院10天",
    "血压170/100mmHg，血钾2.4mmol/L，1:160",
]


def pieces(text):
    return sorted({(text[find.start : find.end], find.kind) for find in found(text)})


@pytest.mark.parametrize(("text", "value", "kind"), FOUND)
def test_a_chinese_identifier_is_found_whole(text, value, kind):
    assert (value, kind) in pieces(text)
    assert [piece for piece in pieces(text) if piece[1] == kind] == [(value, kind)]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_words_that_begin_like_names_and_places_are_left(text):
    assert pieces(text) == []


def test_all_who_sign_are_found():
    signed = "报告医生：赵敏 审核医生：钱学森 医师：李四/王五"
    assert [(signed[find.start : find.end], find.kind) for find in found(signed)] == [
        ("赵敏", "name"),
        ("钱学森", "name"),
        ("李四", "name"),
        ("王五", "name"),
    ]


def test_the_lists_hold_what_they_are_named_for():
    assert {"王", "李", "高", "黄"} < SURNAMES
    assert {"欧阳", "司马"} < COMPOUNDS
    assert {"伟", "芳"} < GIVEN
    assert {"高度", "黄疸", "方法", "常规"} < WORDS
    assert {len(name) for name in COMPOUNDS} == {2}
    assert {word[0] for word in WORDS} <= SURNAMES


def test_a_text_in_latin_letters_costs_nothing():
    assert list(found("Patient: Smith, seen on 2019-03-12")) == []


def test_time_grows_as_the_text_does():
    begin = time.process_time()
    for piece in ("患者", "张", "王医生", "姓名：", "医师：", "市区", "路1号", "北京市朝阳区", "3月", "住院号：1", "家住", "张三、", "１"):
        list(found((piece * (1 << 16))[: 1 << 16]))  # a square of that takes minutes
    assert time.process_time() - begin < 10
