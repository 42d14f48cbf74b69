from web.i18n import calls, choose_language, problems, translate


def test_every_word_of_templates_and_scripts_has_an_english_translation_that_is_compiled():
    assert problems("en") == []


def test_the_query_chooses_before_the_cookie_and_the_default_is_vietnamese():
    assert choose_language("en", None) == "en"
    assert choose_language("vi", "en") == "vi"
    assert choose_language(None, "en") == "en"
    assert choose_language("fr", None) == "vi"
    assert choose_language(None, None) == "vi"


def test_values_stand_in_their_places_and_unknown_places_stay():
    assert translate("vi", "Gọi {phone} {x}", phone="0238") == "Gọi 0238 {x}"
    assert translate("en", "Gọi {phone}", phone="0238") == "Call 0238"


def test_words_without_a_translation_stay_vietnamese():
    assert translate("en", "Chưa ai dịch câu này") == "Chưa ai dịch câu này"


def test_words_inside_template_literals_and_other_calls_are_found():
    script = (
        'say(`${open ? t("Mở \\"ngay\\"") : ""}`, tn("{count} nơi", many)); const format("không phải"); about.t("cũng không");'
    )
    assert calls(script) == [("t", 'Mở "ngay"'), ("tn", "{count} nơi")]
