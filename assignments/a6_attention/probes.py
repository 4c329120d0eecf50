"""Probes that the tests of this assignment share: each runs beside your code and returns plain data."""

import torch
import torch.nn.functional as F
from torch import nn


def mixtures(submission, X):
    """H of your soft_attention. (A is so large that sending it would take longer than computing it.)"""
    return submission.soft_attention(X)[0]


def with_gradients(submission, name, inputs, upstream, **options):
    """The gradients of the inputs when each returned tensor receives its upstream gradient."""
    leaves = [tensor.clone().requires_grad_() for tensor in inputs]
    outputs = getattr(submission, name)(*leaves, **options)
    loss = sum((output * gradient).sum() for output, gradient in zip(outputs, upstream, strict=True))
    loss.backward()
    return [leaf.grad for leaf in leaves]


def rows_before_change(submission, Q, K, V, new_K, new_V, t):
    """Outputs of the queries before token t, first with K and V, then with tokens t, t+1, .. replaced."""
    before, _ = submission.causal_attention(Q, K, V)
    K, V = torch.cat((K[..., :t, :], new_K), dim=-2), torch.cat((V[..., :t, :], new_V), dim=-2)
    after, _ = submission.causal_attention(Q, K, V)
    return {"before": before[..., :t, :], "after": after[..., :t, :]}


def under_padding(submission, ids, pad_id, x):
    """torch's own attention of x (B, h, T, d) to itself under your padding mask of ids (B, T)."""
    mask = submission.padding_mask(ids, pad_id)
    return F.scaled_dot_product_attention(x, x, x, attn_mask=mask)


def padding_and_causal(submission, ids, pad_id):
    """Your padding mask, combined with a causal one."""
    T = ids.size(1)
    return submission.padding_mask(ids, pad_id) & torch.ones(T, T, dtype=torch.bool).tril()


def split_and_merged(submission, x, h):
    """The heads, and what they give when they are merged at once."""
    heads = submission.split_heads(x, h)
    return {"heads": heads, "merged": submission.merge_heads(heads)}


def build(submission, init, state):
    """Your MultiHeadAttention in float64 with the given weights.

    A bias that should not be there is zero, and one that should be is missed only where it matters.
    """
    model = submission.MultiHeadAttention(*init).double().eval()
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    unknown = model.load_state_dict(state, strict=False).unexpected_keys
    if any(name.endswith("weight") for name in unknown):
        raise AttributeError(f"MultiHeadAttention has no {unknown[0]}; it has {sorted(model.state_dict())}")
    return model


def mha_parameters(submission, init, state):
    """Every parameter of your MultiHeadAttention by name, after the given weights were loaded."""
    return {name: p.detach() for name, p in build(submission, init, state).named_parameters()}


def mha(submission, init, state, inputs, train=False):
    """Output H and weights A of your MultiHeadAttention."""
    model = build(submission, init, state).train(train)
    yield
    H, A = model(*inputs)
    return {"H": H, "A": A}


def mha_output(submission, init, state, inputs):
    """Output H of your MultiHeadAttention."""
    H, _ = build(submission, init, state)(*inputs)
    return H


def mha_weights(submission, init, state, inputs):
    """Weights A of your MultiHeadAttention."""
    _, A = build(submission, init, state)(*inputs)
    return A


def mha_gradients(submission, init, state, inputs, upstream):
    """Gradients of the inputs and of the listed weights when H receives the upstream gradient."""
    model = build(submission, init, state)
    leaves = [tensor.clone().requires_grad_() for tensor in inputs]
    H, _ = model(*leaves)
    (H * upstream).sum().backward()
    gradients = {name: parameter.grad for name, parameter in model.named_parameters() if name in state}
    return gradients | {"inputs": [leaf.grad for leaf in leaves]}


def packed_then_projected(submission, x, Wq, Wk, Wv):
    """q, k and v of x, from the three matrices through your pack_weights and packed_qkv."""
    q, k, v = submission.packed_qkv(x, submission.pack_weights(Wq, Wk, Wv))
    return {"q": q, "k": k, "v": v}


class OneHead(nn.Module):
    """A stand-in for multi-head attention: one head of torch's own, without projections."""

    def forward(self, X_q, X_k, X_v, mask=None):
        X_q, X_k, X_v = X_q.unsqueeze(1), X_k.unsqueeze(1), X_v.unsqueeze(1)
        H = F.scaled_dot_product_attention(X_q, X_k, X_v, attn_mask=mask)
        each_key = torch.eye(X_k.size(-2), dtype=X_k.dtype).expand(*X_k.shape[:-1], -1)
        A = F.scaled_dot_product_attention(X_q, X_k, each_key, attn_mask=mask)
        return H.squeeze(1), A


def crossed(submission, dec, enc, mask=None):
    """Your cross_attention through a stand-in with one head."""
    H, A = submission.cross_attention(dec, enc, OneHead(), mask)
    return {"H": H, "A": A}


def crossed_in_two_orders(submission, dec, enc, order):
    """Outputs of your cross_attention for the encoder's tokens as given, and in another order."""
    H, _ = submission.cross_attention(dec, enc, OneHead())
    reordered, _ = submission.cross_attention(dec, enc[:, order], OneHead())
    return {"as given": H, "reordered": reordered}


def crossed_by_own_heads(submission, init, state, dec, enc):
    """Your cross_attention through your own MultiHeadAttention."""
    H, A = submission.cross_attention(dec, enc, build(submission, init, state))
    return {"H": H, "A": A}


def fix_weights(submission, Q, K, V, **options):
    """The weights A of `attention` in fix_attention.py."""
    _, A = submission.attention(Q, K, V, **options)
    return A


def fix_output(submission, Q, K, V, **options):
    """The output H of `attention` in fix_attention.py."""
    H, _ = submission.attention(Q, K, V, **options)
    return H


def fix_last_row(submission, Q, K, V, **options):
    """What `attention` in fix_attention.py gives for the last query."""
    H, A = submission.attention(Q, K, V, **options)
    return {"H": H[:, -1], "A": A[..., -1, :]}
