import pytest


@pytest.mark.task("soft_attention")
@pytest.mark.points(2)
def test_soft_worked_example():
    raise NotImplementedError


@pytest.mark.task("soft_attention")
@pytest.mark.points(2)
def test_soft_columns():
    raise NotImplementedError


@pytest.mark.task("hard_attention")
@pytest.mark.points(2)
def test_hard_picks_one_input():
    raise NotImplementedError


@pytest.mark.task("hard_attention")
@pytest.mark.points(2)
def test_hard_ties_take_the_first():
    raise NotImplementedError


@pytest.mark.task("scores")
@pytest.mark.points(2)
def test_scores_of_two_matrices():
    raise NotImplementedError


@pytest.mark.task("scores")
@pytest.mark.points(2)
def test_scores_of_batched_heads():
    raise NotImplementedError


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
def test_sdpa_sanity_check():
    raise NotImplementedError


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(3)
def test_sdpa_batched_heads():
    raise NotImplementedError


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(2)
def test_sdpa_mask():
    raise NotImplementedError


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
def test_sdpa_scale_argument():
    raise NotImplementedError


@pytest.mark.task("scaled_dot_product_attention")
@pytest.mark.points(1)
def test_sdpa_fully_masked_row():
    raise NotImplementedError


@pytest.mark.task("causal_mask")
@pytest.mark.points(2)
def test_causal_mask_values():
    raise NotImplementedError


@pytest.mark.task("causal_mask")
@pytest.mark.points(3)
def test_causal_attention():
    raise NotImplementedError


@pytest.mark.task("causal_mask")
@pytest.mark.points(1)
def test_causal_uniform_scores():
    raise NotImplementedError


@pytest.mark.task("padding_mask")
@pytest.mark.points(2)
def test_padding_mask_of_ids():
    raise NotImplementedError


@pytest.mark.task("padding_mask")
@pytest.mark.points(2)
def test_padding_changes_nothing():
    raise NotImplementedError


@pytest.mark.task("split_heads")
@pytest.mark.points(1)
def test_split_counted_numbers():
    raise NotImplementedError


@pytest.mark.task("split_heads")
@pytest.mark.points(1)
def test_split_batch():
    raise NotImplementedError


@pytest.mark.task("split_heads")
@pytest.mark.points(2)
def test_merge_batch():
    raise NotImplementedError


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(2)
def test_mha_parameters():
    raise NotImplementedError


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(3)
def test_mha_output():
    raise NotImplementedError


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
def test_mha_weights():
    raise NotImplementedError


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
def test_mha_mask():
    raise NotImplementedError


@pytest.mark.task("MultiHeadAttention")
@pytest.mark.points(1)
def test_mha_lengths_differ():
    raise NotImplementedError


@pytest.mark.task("packed_qkv")
@pytest.mark.points(2)
def test_pack_weights():
    raise NotImplementedError


@pytest.mark.task("packed_qkv")
@pytest.mark.points(3)
def test_packed_projection():
    raise NotImplementedError


@pytest.mark.task("cross_attention")
@pytest.mark.points(2)
def test_cross_same_length():
    raise NotImplementedError


@pytest.mark.task("cross_attention")
@pytest.mark.points(2)
def test_cross_lengths_differ():
    raise NotImplementedError


@pytest.mark.task("attention_stats")
@pytest.mark.points(2)
def test_stats_of_weights():
    raise NotImplementedError


@pytest.mark.task("attention_stats")
@pytest.mark.points(1)
def test_stats_zero_weights():
    raise NotImplementedError


@pytest.mark.task("attention_stats")
@pytest.mark.points(2)
def test_saturation():
    raise NotImplementedError
