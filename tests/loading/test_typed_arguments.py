"""What is typed for an argument becomes what its annotation says, and what is no such thing is named."""

import pytest

from explorer.loading.typed_arguments import typed


@pytest.mark.parametrize(
    ("text", "annotation", "expression", "remark"),
    [
        ("resnet", "str", "'resnet'", "resnet is taken as the text 'resnet': x is a str."),
        ("vit-b/16", "typing.Optional[str]", "'vit-b/16'", "taken as the text"),
        ("it's", "str", '"it\'s"', "taken as the text"),
        ("5", "str | None", "'5'", "taken as the text"),
        ("None", "str | None", "None", ""),
        ("'resnet'", "str", "'resnet'", ""),
        ("'res", "str", "'res", ""),
        ("NAMES[0]", "str", "NAMES[0]", ""),
        ("'a' + B", "str", "'a' + B", ""),
        ("true", "bool", "True", ""),
        (" No ", "bool", "False", ""),
        ("not x", "bool", "not x", ""),
        ("1", "bool", "1", ""),
        ("'yes'", "bool", "'yes'", "x is a bool, and 'yes' is none."),
        ("4", "int", "4", ""),
        ("4.0", "int", "4", "4.0 is taken as 4: x is an int."),
        ("1e3", "Optional[int]", "1000", "1e3 is taken as 1000: x is an int."),
        ("4.5", "int", "4.5", "x is an int, and 4.5 is none."),
        ("'4'", "int", "'4'", "x is an int, and '4' is none."),
        ("1e999", "int", "1e999", "x is an int, and 1e999 is none."),
        ("2 * WIDTH", "int", "2 * WIDTH", ""),
        ("1", "float", "1", ""),
        ("'a'", "float", "'a'", "x is a float, and 'a' is none."),
        ("resnet", "", "resnet", ""),
        ("4.0", "int | float", "4.0", ""),
        ("a", "list[str]", "a", ""),
        ("", "str", "", ""),
    ],
)
def test_an_annotation_tells_how_a_word_is_taken(text: str, annotation: str, expression: str, remark: str) -> None:
    found = typed("x", text, annotation)
    assert found.expression == expression
    assert remark in found.remark
    assert bool(remark) == bool(found.remark)
