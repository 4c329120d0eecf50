import pytest


@pytest.mark.task("soft_attention")
@pytest.mark.points(2)
def test_soft_square():
    raise NotImplementedError


@pytest.mark.task("soft_attention")
@pytest.mark.points(1)
def test_soft_large_scores():
    raise NotImplementedError


@pytest.mark.task("hard_attention")
@pytest.mark.points(1)
def test_hard_more_inputs_than_features():
    raise NotImplementedError


@pytest.mark.task("hard_attention")
@pytest.mark.points(1)
def test_hard_keeps_dtype():
    raise NotImplementedError


@pytest.mark.task("scores")
@pytest.mark.points(1)
def test_scores_shared_keys():
    raise NotImplementedError


@pytest.mark.task("scores")
@pytest.mark.points(1)
def test_scores_square():
    raise NotImplementedError


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
def test_sdpa_mask_shapes():
    raise NotImplementedError


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
def test_sdpa_gradients():
    raise NotImplementedError


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
def test_sdpa_keeps_dtype():
    raise NotImplementedError


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
def test_sdpa_plain_matrices():
    raise NotImplementedError


@pytest.mark.task("causal_mask")
@pytest.mark.points(2)
def test_causal_future_has_no_influence():
    raise NotImplementedError


@pytest.mark.task("causal_mask")
@pytest.mark.points(1)
def test_causal_half_precision():
    raise NotImplementedError


@pytest.mark.task("padding_mask")
@pytest.mark.points(1)
def test_padding_as_many_sentences_as_tokens():
    raise NotImplementedError


@pytest.mark.task("padding_mask")
@pytest.mark.points(1)
def test_padding_with_causal_mask():
    raise NotImplementedError


@pytest.mark.task("padding_mask")
@pytest.mark.points(1)
def test_padding_anywhere():
    raise NotImplementedError


@pytest.mark.task("split_heads")
@pytest.mark.points(2)
def test_split_and_merge():
    raise NotImplementedError


@pytest.mark.task("split_heads")
@pytest.mark.points(1)
def test_split_extreme_head_counts():
    raise NotImplementedError


@pytest.mark.task("split_heads")
@pytest.mark.points(1)
def test_split_width_not_divisible():
    raise NotImplementedError


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(2)
def test_mha_gradients():
    raise NotImplementedError


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
def test_mha_input_widths():
    raise NotImplementedError


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
def test_mha_dropout_in_training():
    raise NotImplementedError


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
def test_mha_no_dropout_in_eval():
    raise NotImplementedError


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
def test_mha_width_not_divisible():
    raise NotImplementedError


@pytest.mark.task("packed_qkv")
@pytest.mark.points(2)
def test_packed_same_as_separate():
    raise NotImplementedError


@pytest.mark.task("packed_qkv")
@pytest.mark.points(1)
def test_packed_gradients():
    raise NotImplementedError


@pytest.mark.task("cross_attention")
@pytest.mark.points(2)
def test_cross_own_multi_head_attention():
    raise NotImplementedError


@pytest.mark.task("cross_attention")
@pytest.mark.points(1)
def test_cross_encoder_mask():
    raise NotImplementedError


@pytest.mark.task("cross_attention")
@pytest.mark.points(1)
def test_cross_encoder_order():
    raise NotImplementedError


@pytest.mark.task("attention_stats")
@pytest.mark.points(2)
def test_stats_batched():
    raise NotImplementedError
