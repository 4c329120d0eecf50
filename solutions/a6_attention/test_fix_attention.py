import pytest


@pytest.mark.task("fix_attention")
@pytest.mark.points(2)
def test_fix_merge_of_heads():
    raise NotImplementedError


@pytest.mark.task("fix_attention")
@pytest.mark.points(1)
def test_fix_padding_and_causal():
    raise NotImplementedError
