"""The encoder layer of a Transformer."""

import torch
from torch import Tensor, nn


class MultiHeadAttention(nn.Module):
    """Given: attention by several heads. It takes (x, x, x, mask) and returns (H, A). Leave it as it is."""

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.h = num_heads
        self.W_q = nn.Linear(d_model, d_model, bias=False)
        self.W_k = nn.Linear(d_model, d_model, bias=False)
        self.W_v = nn.Linear(d_model, d_model, bias=False)
        self.W_h = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, X_q, X_k, X_v, mask=None):
        q, k, v = (
            layer(x).unflatten(-1, (self.h, -1)).transpose(-3, -2)
            for layer, x in ((self.W_q, X_q), (self.W_k, X_k), (self.W_v, X_v))
        )
        S = q @ k.mT / q.size(-1) ** 0.5
        if mask is not None:
            S = S.masked_fill(~mask, -torch.inf)
        A = torch.softmax(S, dim=-1)
        H = (self.dropout(A) @ v).transpose(-3, -2).flatten(-2)
        return self.W_h(H), A


class EncoderLayer(nn.Module):
    """One encoder layer, with each norm after its residual (post-LN):

        y = norm1(x + attention of x to itself)
        z = norm2(y + linear2(relu(linear1(y))))

    Submodules by these names, and no others with weights (tests load weights by these names):

        mha: MultiHeadAttention(d_model, num_heads, dropout), the class above
        linear1: nn.Linear, d_model -> hidden, with bias
        linear2: nn.Linear, hidden -> d_model, with bias
        norm1, norm2: nn.LayerNorm(d_model) with eps 1e-5

    Dropout acts inside mha, on the attention weights, and nowhere else.

    Arguments:
        d_model: width; num_heads: heads, which divide it; hidden: width between linear1 and linear2.
        dropout: probability, 0 by default.
    """

    def __init__(self, d_model: int, num_heads: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Encode x (B, N, d_model) to the same shape.

        mask: None, or boolean and broadcastable to (B, h, N, N), True = may attend. It hides keys.
        """
        raise NotImplementedError
