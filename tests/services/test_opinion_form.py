"""The customer opinion form (客户意见处理表): every part of the case, and blanks for the rest (P5-5.1a)."""

import pytest

from models import Document, Person
from services.database import reading
from services.errors import Refused
from services.texts import text
from tests.complaint_story import at_step, sent_complaint
from tests.factories import Cast
from tests.services.test_prints import Paper, printed


def opinion(paper: Document, by: Person, language: str = "zh") -> Paper:
    with reading() as session:
        return printed(session, by, session.get_one(Document, paper.id), "opinion", language)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_all_parts_stand_on_it_from_the_first_day_on(cast: Cast, language: str) -> None:
    """P5-5.1a"""
    printed_ = opinion(sent_complaint(cast), cast.customer_service, language)
    parts = ("accept", "contact", "verify", "analyse", "responsibility", "plan", "agree", "execute", "survey")
    printed_.says("西安地铁", "ZD2511-0001", "2 号制动缸漏风", "CP-202611-0001")
    printed_.says(*(text(language, f"step.{one}") for one in parts))
    printed_.says(text(language, "field.cause"), text(language, "field.promised_on"))
    assert not printed_.holds("密封圈低温硬化") and not printed_.outside()


def test_what_was_filled_in_stands_in_its_part(cast: Cast) -> None:
    """P1-4.4a, P5-6c"""
    printed_ = opinion(at_step(cast, None), cast.service_administrator)
    printed_.says("密封圈低温硬化", "改用耐寒材料", "余海", "更换密封圈 3 套", "维修规程 4.2", "客户同意")
    printed_.says("供应商 华密橡胶", "100.00 %", "1,000.00", "已向营销部经理和质量技术部反馈")
    printed_.says("邓超群", "丁一鸣")
    assert not printed_.outside() and len(printed_.pages) <= 3


def test_the_longest_complaint_breaks_over_pages_as_text(cast: Cast) -> None:
    content = ("#漏风$x$<b> " * 3000)[:20_000].strip()
    printed_ = opinion(sent_complaint(cast, content=content), cast.customer_service)
    assert printed_.text.count("漏风") > 1900 and not printed_.outside()


def test_who_may_not_read_the_case_prints_nothing(cast: Cast) -> None:
    paper = sent_complaint(cast)
    for who in (cast.stranger, cast.engineer, cast.finance_officer):
        with pytest.raises(Refused):
            opinion(paper, who)
