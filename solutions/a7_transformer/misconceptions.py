"""Known wrong versions, each the reference with one name replaced."""

import math
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import nn
from transformer import (
    PAD,
    DecoderLayer,
    Embeddings,
    EncoderLayer,
    FeedForward,
    KVCache,
    LayerNormScratch,
    PositionalEncoding,
    TransformerClassifier,
    TransformerEncoder,
    causal_mask,
    greedy_decode,
    padding_mask,
    patchify,
    positional_encoding,
    rope,
    unpatchify,
    window_mask,
)

from grader import misconception

# ---------------------------------------------------------------- positional_encoding


def _angles(L, d, base, shift=0, first=0):
    t = torch.arange(L, dtype=torch.float64)[:, None] + shift
    return t * base ** (-2 * torch.arange(first, first + (d + 1) // 2, dtype=torch.float64) / d)


def _in_turns(even, odd, d):
    return torch.stack((even, odd), dim=-1).flatten(-2)[:, :d].float()


@misconception(
    "positional_encoding", "All sines stand before all cosines; they should take turns, column by column."
)
def positions_in_halves(L, d, base=10000.0):
    angles = _angles(L, d, base)
    return torch.cat((angles.sin(), angles.cos()), dim=1)[:, :d].float()


@misconception(
    "positional_encoding", "The frequencies start at w_1; the first pair has k = 0, so its frequency is 1."
)
def positions_from_second_frequency(L, d, base=10000.0):
    angles = _angles(L, d, base, first=1)
    return _in_turns(angles.sin(), angles.cos(), d)


@misconception(
    "positional_encoding", "Sine and cosine of a pair have different frequencies; both have w_k of the pair."
)
def positions_by_element(L, d, base=10000.0):
    t, i = torch.arange(L, dtype=torch.float64)[:, None], torch.arange(d, dtype=torch.float64)
    angles = t * base ** (-i / d)
    return torch.where(i % 2 == 0, angles.sin(), angles.cos()).float()


@misconception("positional_encoding", "Sines and cosines are exchanged: sines stand in the even columns.")
def positions_exchanged(L, d, base=10000.0):
    angles = _angles(L, d, base)
    return _in_turns(angles.cos(), angles.sin(), d)


@misconception("positional_encoding", "The first position is taken as 1; positions start at 0.")
def positions_from_one(L, d, base=10000.0):
    angles = _angles(L, d, base, shift=1)
    return _in_turns(angles.sin(), angles.cos(), d)


@misconception("positional_encoding", "The exponent is twice what it should be: it is 2k / d, not 4k / d.")
def positions_doubled_exponent(L, d, base=10000.0):
    angles = _angles(L, d, base**2)
    return _in_turns(angles.sin(), angles.cos(), d)


@misconception("positional_encoding", "`//` rounds the exponent 2k / d down to 0, so all frequencies are 1.")
def positions_integer_exponent(L, d, base=10000.0):
    angles = _angles(L, d, 1.0)
    return _in_turns(angles.sin(), angles.cos(), d)


@misconception("positional_encoding", "`base` is not used.")
def positions_fixed_base(L, d, base=10000.0):
    return positional_encoding(L, d)


@misconception("positional_encoding", "An odd d fails: there is one cosine less than sines.")
def positions_even_only(L, d, base=10000.0):
    angles, P = _angles(L, d, base), torch.zeros(L, d)
    P[:, 0::2], P[:, 1::2] = angles.sin(), angles.cos()
    return P


@misconception(
    "positional_encoding", "With an odd d the exponent is divided by d + 1; it should be divided by d itself."
)
def positions_of_next_even(L, d, base=10000.0):
    return positional_encoding(L, d + d % 2, base)[:, :d]


@misconception("positional_encoding", "The table is float64; it should have torch's default dtype.")
def positions_double(L, d, base=10000.0):
    angles = _angles(L, d, base)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)[:, :d]


@misconception(
    "positional_encoding", "A loop goes over the positions; positions times frequencies is one product."
)
def positions_looped(L, d, base=10000.0):
    omega = base ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    rows = [torch.stack(((t * omega).sin(), (t * omega).cos()), dim=-1).flatten()[:d] for t in range(L)]
    return torch.stack(rows).float()


@misconception("positional_encoding", "Two loops go over all elements; sin and cos work on whole tensors.")
def positions_by_elements(L, d, base=10000.0):
    P = torch.zeros(L, d)
    for t in range(L):
        for i in range(d):
            angle = t / base ** ((i - i % 2) / d)
            P[t, i] = math.cos(angle) if i % 2 else math.sin(angle)
    return P


# ---------------------------------------------------------------- PositionalEncoding


@misconception(
    "PositionalEncoding", "The table is a plain attribute and does not follow the module: make it a buffer."
)
class PositionsPlain(PositionalEncoding):
    def __init__(self, d_model, max_len=1000):
        nn.Module.__init__(self)
        self.P = positional_encoding(max_len, d_model)

    def forward(self, x):
        return x + self.P[: x.size(1)]


@misconception(
    "PositionalEncoding", "The table is an nn.Parameter, so it would be trained: make it a buffer."
)
class PositionsTrained(PositionalEncoding):
    def __init__(self, d_model, max_len=1000):
        nn.Module.__init__(self)
        self.P = nn.Parameter(positional_encoding(max_len, d_model))

    def forward(self, x):
        return x + self.P[: x.size(1)]


@misconception(
    "PositionalEncoding", "The positions run over the sentences of the batch; they run over the tokens."
)
class PositionsOfSentences(PositionalEncoding):
    def forward(self, x):
        return x + self.P[: x.size(0), None]


@misconception("PositionalEncoding", "The table alone is returned; it is added to x.")
class PositionsAlone(PositionalEncoding):
    def forward(self, x):
        return self.P[: x.size(1)].expand_as(x)


@misconception("PositionalEncoding", "x is multiplied by the root of d_model; nothing is scaled here.")
class PositionsScaled(PositionalEncoding):
    def forward(self, x):
        return super().forward(x * x.size(-1) ** 0.5)


@misconception("PositionalEncoding", "Every token gets the same row of the table; token t gets row t.")
class PositionsOfLength(PositionalEncoding):
    def forward(self, x):
        return x + self.P[x.size(1)]


@misconception("PositionalEncoding", "A sentence longer than max_len is cut without a word.")
class PositionsCut(PositionalEncoding):
    def forward(self, x):
        n = min(x.size(1), len(self.P))
        return x[:, :n] + self.P[:n]


@misconception(
    "PositionalEncoding", "The positions begin anew behind max_len: give the right ones, or an error."
)
class PositionsRepeated(PositionalEncoding):
    def forward(self, x):
        return x + self.P[torch.arange(x.size(1), device=x.device) % len(self.P)]


# ---------------------------------------------------------------- LayerNormScratch


@misconception("LayerNormScratch", "The variance is divided by d - 1; here it is divided by d.")
class NormUnbiased(LayerNormScratch):
    def forward(self, x):
        var, mean = torch.var_mean(x, dim=-1, correction=1, keepdim=True)
        return (x - mean) / (var + self.eps).sqrt() * self.weight + self.bias


@misconception("LayerNormScratch", "eps is added to the root; it should be added to the variance inside it.")
class NormEpsOutside(LayerNormScratch):
    def forward(self, x):
        std, mean = torch.std_mean(x, dim=-1, correction=0, keepdim=True)
        return (x - mean) / (std + self.eps) * self.weight + self.bias


@misconception("LayerNormScratch", "eps is missing, so that equal features give 0 / 0.")
class NormWithoutEps(LayerNormScratch):
    def forward(self, x):
        std, mean = torch.std_mean(x, dim=-1, correction=0, keepdim=True)
        return (x - mean) / std * self.weight + self.bias


@misconception("LayerNormScratch", "The argument eps is not used: it is always 1e-5.")
class NormFixedEps(LayerNormScratch):
    def __init__(self, d, eps=1e-5):
        super().__init__(d)


@misconception(
    "LayerNormScratch",
    "Mean and variance are those over the tokens; they are over the features of one token.",
)
class NormOverTokens(LayerNormScratch):
    def forward(self, x):
        dim = -2 if x.dim() > 1 else -1
        var, mean = torch.var_mean(x, dim=dim, correction=0, keepdim=True)
        return (x - mean) / (var + self.eps).sqrt() * self.weight + self.bias


@misconception("LayerNormScratch", "One mean is taken over everything; each token has its own.")
class NormOverAll(LayerNormScratch):
    def forward(self, x):
        var, mean = torch.var_mean(x, correction=0)
        return (x - mean) / (var + self.eps).sqrt() * self.weight + self.bias


@misconception("LayerNormScratch", "weight and bias are not used.")
class NormNotAffine(LayerNormScratch):
    def forward(self, x):
        var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        return (x - mean) / (var + self.eps).sqrt()


@misconception(
    "LayerNormScratch",
    "The variance is the mean of squares minus the square of the mean, which cancels far from zero.",
)
class NormCancelling(LayerNormScratch):
    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True)
        var = x.square().mean(dim=-1, keepdim=True) - mean.square()
        return (x - mean) / (var + self.eps).sqrt() * self.weight + self.bias


@misconception("LayerNormScratch", "One gain serves all features; each has its own: `weight` is (d,).")
class NormScalarGain(LayerNormScratch):
    def __init__(self, d, eps=1e-5):
        super().__init__(d, eps)
        self.weight = nn.Parameter(torch.ones(1))


@misconception("LayerNormScratch", "The result is divided by the variance; its root is missing.")
class NormByVariance(LayerNormScratch):
    def forward(self, x):
        var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        return (x - mean) / (var + self.eps) * self.weight + self.bias


@misconception(
    "LayerNormScratch", "Mean and variance are cut from the graph; gradients flow through them too."
)
class NormDetached(LayerNormScratch):
    def forward(self, x):
        var, mean = torch.var_mean(x.detach(), dim=-1, correction=0, keepdim=True)
        return (x - mean) / (var + self.eps).sqrt() * self.weight + self.bias


@misconception("LayerNormScratch", "weight and bias are used through `.data`: no gradient reaches them.")
class NormOfData(LayerNormScratch):
    def forward(self, x):
        var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        return (x - mean) / (var + self.eps).sqrt() * self.weight.data + self.bias.data


@misconception("LayerNormScratch", "A loop goes over the tokens; keepdim=True lets all of them broadcast.")
class NormLooped(LayerNormScratch):
    def forward(self, x):
        tokens = x.reshape(-1, x.size(-1))
        rows = [
            (t - t.mean()) / (((t - t.mean()) ** 2).mean() + self.eps).sqrt() * self.weight + self.bias
            for t in tokens
        ]
        return torch.stack(rows).reshape(x.shape)


@misconception("LayerNormScratch", "torch's own layer_norm does the work; here it is to be done by hand.")
class NormReadyMade(LayerNormScratch):
    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.eps)


# ---------------------------------------------------------------- FeedForward


@misconception("FeedForward", "ReLU comes after the second layer; it stands between the two.")
class FeedForwardLateRelu(FeedForward):
    def forward(self, x):
        return torch.relu(self.k1convL2(self.k1convL1(x)))


@misconception("FeedForward", "The ReLU is missing: two linear layers in a row are no more than one.")
class FeedForwardLinear(FeedForward):
    def forward(self, x):
        return self.k1convL2(self.k1convL1(x))


@misconception("FeedForward", "A second ReLU stands after the last layer.")
class FeedForwardTwoRelus(FeedForward):
    def forward(self, x):
        return torch.relu(super().forward(x))


@misconception("FeedForward", "x is added to the result; the residual belongs to the layer around it.")
class FeedForwardResidual(FeedForward):
    def forward(self, x):
        return x + super().forward(x)


@misconception("FeedForward", "GELU stands between the two layers; here it is ReLU.")
class FeedForwardGelu(FeedForward):
    def forward(self, x):
        return self.k1convL2(F.gelu(self.k1convL1(x)))


@misconception("FeedForward", "This is a single matrix; there are two layers with a ReLU between them.")
class FeedForwardOneMatrix(FeedForward):
    def __init__(self, d_model, hidden):
        nn.Module.__init__(self)
        self.k1convL1 = nn.Linear(d_model, d_model)

    def forward(self, x):
        return self.k1convL1(x)


@misconception(
    "FeedForward", "d_model and hidden are exchanged: the first layer goes from d_model to hidden."
)
class FeedForwardExchanged(FeedForward):
    def __init__(self, d_model, hidden):
        super().__init__(hidden, d_model)


@misconception("FeedForward", "The second layer has no bias.")
class FeedForwardNoBias(FeedForward):
    def __init__(self, d_model, hidden):
        super().__init__(d_model, hidden)
        self.k1convL2 = nn.Linear(hidden, d_model, bias=False)


@misconception("FeedForward", "The layers are used through `.data`: no gradient reaches them.")
class FeedForwardOfData(FeedForward):
    def forward(self, x):
        first, second = self.k1convL1, self.k1convL2
        return F.linear(F.linear(x, first.weight.data, first.bias.data).relu(), second.weight, second.bias)


# ---------------------------------------------------------------- Embeddings


@misconception("Embeddings", "The norm comes before the positions are added; it comes last.")
class EmbeddingsNormFirst(Embeddings):
    def forward(self, ids):
        return self.dropout(self.position_embeddings(self.LayerNorm(self.word_embeddings(ids))))


@misconception("Embeddings", "The positions are missing: a word gives the same vector at every place.")
class EmbeddingsWithoutPositions(Embeddings):
    def forward(self, ids):
        return self.LayerNorm(self.dropout(self.word_embeddings(ids)))


@misconception("Embeddings", "The words are multiplied by the root of d_model; here nothing is scaled.")
class EmbeddingsScaledWords(Embeddings):
    def forward(self, ids):
        words = self.word_embeddings(ids) * self.word_embeddings.embedding_dim**0.5
        return self.LayerNorm(self.dropout(self.position_embeddings(words)))


@misconception("Embeddings", "The positions are divided by the root of d_model; here nothing is scaled.")
class EmbeddingsScaledPositions(Embeddings):
    def forward(self, ids):
        words = self.word_embeddings(ids)
        positions = (self.position_embeddings(words) - words) / words.size(-1) ** 0.5
        return self.LayerNorm(self.dropout(words + positions))


@misconception("Embeddings", "The norm is missing.")
class EmbeddingsWithoutNorm(Embeddings):
    def forward(self, ids):
        return self.dropout(self.position_embeddings(self.word_embeddings(ids)))


@misconception("Embeddings", "The row of padding is trained: nn.Embedding takes padding_idx=1.")
class EmbeddingsTrainedPadding(Embeddings):
    def __init__(self, d_model, vocab_size, max_len=1000, dropout=0.0):
        super().__init__(d_model, vocab_size, max_len, dropout)
        self.word_embeddings = nn.Embedding(vocab_size, d_model)


@misconception("Embeddings", "Padding is taken to have the id 0; here it is 1.")
class EmbeddingsPaddingZero(Embeddings):
    def __init__(self, d_model, vocab_size, max_len=1000, dropout=0.0):
        super().__init__(d_model, vocab_size, max_len, dropout)
        self.word_embeddings = nn.Embedding(vocab_size, d_model, padding_idx=0)


@misconception("Embeddings", "Dropout comes after the norm; it comes before it.")
class EmbeddingsLateDropout(Embeddings):
    def forward(self, ids):
        return self.dropout(self.LayerNorm(self.position_embeddings(self.word_embeddings(ids))))


@misconception("Embeddings", "Dropout is missing.")
class EmbeddingsWithoutDropout(Embeddings):
    def forward(self, ids):
        return self.LayerNorm(self.position_embeddings(self.word_embeddings(ids)))


@misconception("Embeddings", "Dropout acts in evaluation as well; F.dropout has to be told the mode.")
class EmbeddingsDropoutAlways(Embeddings):
    def forward(self, ids):
        x = self.position_embeddings(self.word_embeddings(ids))
        return self.LayerNorm(F.dropout(x, self.dropout.p))


@misconception("Embeddings", "Only the words are dropped, before the positions are added; the sum should be.")
class EmbeddingsDroppedWords(Embeddings):
    def forward(self, ids):
        return self.LayerNorm(self.position_embeddings(self.dropout(self.word_embeddings(ids))))


# ---------------------------------------------------------------- EncoderLayer, TransformerEncoder


@misconception("EncoderLayer", "The norms come before attention and network (pre-LN); here post-LN.")
class EncoderPreNorm(EncoderLayer):
    def forward(self, x, mask=None):
        n = self.layernorm1(x)
        x = x + self.mha(n, n, n, mask)[0]
        return x + self.cnn(self.layernorm2(x))


@misconception("EncoderLayer", "The residual around attention is missing: x is to be added.")
class EncoderWithoutFirstResidual(EncoderLayer):
    def forward(self, x, mask=None):
        y = self.layernorm1(self.mha(x, x, x, mask)[0])
        return self.layernorm2(y + self.cnn(y))


@misconception("EncoderLayer", "The residual around the feed-forward network is missing: y is to be added.")
class EncoderWithoutSecondResidual(EncoderLayer):
    def forward(self, x, mask=None):
        return self.layernorm2(self.cnn(self.layernorm1(x + self.mha(x, x, x, mask)[0])))


@misconception("EncoderLayer", "The second residual starts at x; it starts at y, the output of layernorm1.")
class EncoderResidualFromInput(EncoderLayer):
    def forward(self, x, mask=None):
        y = self.layernorm1(x + self.mha(x, x, x, mask)[0])
        return self.layernorm2(x + self.cnn(y))


@misconception("EncoderLayer", "One norm is used in both places; each has weights of its own.")
class EncoderOneNorm(EncoderLayer):
    def forward(self, x, mask=None):
        y = self.layernorm1(x + self.mha(x, x, x, mask)[0])
        return self.layernorm1(y + self.cnn(y))


@misconception("EncoderLayer", "The mask is ignored by the layer: hand it on to mha.")
class EncoderWithoutMask(EncoderLayer):
    def forward(self, x, mask=None):
        return super().forward(x)


@misconception("EncoderLayer", "The mask is turned around: here True = may attend.")
class EncoderInvertedMask(EncoderLayer):
    def forward(self, x, mask=None):
        return super().forward(x, None if mask is None else ~mask)


@misconception("EncoderLayer", "Dropout also acts on what attention returns; here only inside mha.")
class EncoderMoreDropout(EncoderLayer):
    def forward(self, x, mask=None):
        y = self.layernorm1(x + F.dropout(self.mha(x, x, x, mask)[0], self.mha.dropout.p, self.training))
        return self.layernorm2(y + self.cnn(y))


@misconception("EncoderLayer", "dropout is not handed on to mha.")
class EncoderWithoutDropout(EncoderLayer):
    def __init__(self, d_model, num_heads, hidden, dropout=0.0):
        super().__init__(d_model, num_heads, hidden)


@misconception("EncoderLayer", "The norms do not have eps = 1e-5.")
class EncoderOtherEps(EncoderLayer):
    def __init__(self, d_model, num_heads, hidden, dropout=0.0):
        super().__init__(d_model, num_heads, hidden, dropout)
        self.layernorm1.eps = self.layernorm2.eps = 1e-12


@misconception(
    "EncoderLayer", "What attention returns is cut from the graph: no gradient reaches its weights."
)
class EncoderDetached(EncoderLayer):
    def forward(self, x, mask=None):
        y = self.layernorm1(x + self.mha(x, x, x, mask)[0].detach())
        return self.layernorm2(y + self.cnn(y))


@misconception(
    "TransformerEncoder", "The same layer stands there num_layers times; each should be a new one."
)
class EncoderOfOneLayer(TransformerEncoder):
    def __init__(self, num_layers, d_model, num_heads, hidden, vocab_size, max_len=1000, dropout=0.0):
        super().__init__(num_layers, d_model, num_heads, hidden, vocab_size, max_len, dropout)
        self.enc_layers = nn.ModuleList([EncoderLayer(d_model, num_heads, hidden, dropout)] * num_layers)


@misconception(
    "TransformerEncoder", "The layers stand in a list, where PyTorch does not find them: nn.ModuleList."
)
class EncoderOfList(TransformerEncoder):
    def __init__(self, num_layers, d_model, num_heads, hidden, vocab_size, max_len=1000, dropout=0.0):
        super().__init__(0, d_model, num_heads, hidden, vocab_size, max_len, dropout)
        del self.enc_layers
        self.enc_layers = [EncoderLayer(d_model, num_heads, hidden, dropout) for _ in range(num_layers)]


@misconception("TransformerEncoder", "The mask does not reach the layers.")
class EncoderIgnoringMask(TransformerEncoder):
    def forward(self, ids, mask=None):
        return super().forward(ids)


@misconception("TransformerEncoder", "Only the first layer gets the mask; every layer should.")
class EncoderMaskOnce(TransformerEncoder):
    def forward(self, ids, mask=None):
        x = self.embedding(ids)
        for number, layer in enumerate(self.enc_layers):
            x = layer(x, None if number else mask)
        return x


@misconception("TransformerEncoder", "Every layer gets the embeddings; it should get what the last one made.")
class EncoderSideBySide(TransformerEncoder):
    def forward(self, ids, mask=None):
        x = self.embedding(ids)
        for layer in self.enc_layers:
            out = layer(x, mask)
        return out


@misconception("TransformerEncoder", "The layers go from the last to the first.")
class EncoderBackwards(TransformerEncoder):
    def forward(self, ids, mask=None):
        x = self.embedding(ids)
        for layer in reversed(self.enc_layers):
            x = layer(x, mask)
        return x


@misconception("TransformerEncoder", "dropout is not handed on to the embeddings and the layers.")
class EncoderForgettingDropout(TransformerEncoder):
    def __init__(self, num_layers, d_model, num_heads, hidden, vocab_size, max_len=1000, dropout=0.0):
        super().__init__(num_layers, d_model, num_heads, hidden, vocab_size, max_len)


# ---------------------------------------------------------------- DecoderLayer


def _own_mask(x, target_mask):
    mask = causal_mask(x.size(1), x.device)
    return mask if target_mask is None else mask & target_mask


@misconception("DecoderLayer", "The causal mask is missing: tokens see what comes after them.")
class DecoderNotCausal(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        y = self.layernorm1(x + self.self_mha(x, x, x, target_mask)[0])
        z = self.layernorm2(y + self.cross_mha(y, memory, memory, memory_mask)[0])
        return self.layernorm3(z + self.cnn(z))


@misconception("DecoderLayer", "Keys and values of cross_mha are the decoder's own; they are the encoder's.")
class DecoderLooksAtItself(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        y = self.layernorm1(x + self.self_mha(x, x, x, _own_mask(x, target_mask))[0])
        mask = memory_mask if memory.size(1) == x.size(1) else None
        z = self.layernorm2(y + self.cross_mha(y, y, y, mask)[0])
        return self.layernorm3(z + self.cnn(z))


@misconception("DecoderLayer", "The encoder asks in cross_mha; the queries should be the decoder's.")
class DecoderIsAsked(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        y = self.layernorm1(x + self.self_mha(x, x, x, _own_mask(x, target_mask))[0])
        z = self.layernorm2(y + self.cross_mha(memory, y, y)[0])
        return self.layernorm3(z + self.cnn(z))


@misconception("DecoderLayer", "The values of cross_mha are the decoder's own; they are the encoder's.")
class DecoderOwnValues(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        y = self.layernorm1(x + self.self_mha(x, x, x, _own_mask(x, target_mask))[0])
        z = self.layernorm2(y + self.cross_mha(y, memory, y, memory_mask)[0])
        return self.layernorm3(z + self.cnn(z))


@misconception("DecoderLayer", "The query of cross_mha is x; it should be y, the output of layernorm1.")
class DecoderAsksTooEarly(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        y = self.layernorm1(x + self.self_mha(x, x, x, _own_mask(x, target_mask))[0])
        z = self.layernorm2(y + self.cross_mha(x, memory, memory, memory_mask)[0])
        return self.layernorm3(z + self.cnn(z))


@misconception(
    "DecoderLayer", "The query of cross_mha is taken before layernorm1; it should be taken after it."
)
class DecoderAsksBeforeNorm(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        s = x + self.self_mha(x, x, x, _own_mask(x, target_mask))[0]
        y = self.layernorm1(s)
        z = self.layernorm2(y + self.cross_mha(s, memory, memory, memory_mask)[0])
        return self.layernorm3(z + self.cnn(z))


@misconception("DecoderLayer", "The residual around cross-attention is missing: y is to be added.")
class DecoderWithoutCrossResidual(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        y = self.layernorm1(x + self.self_mha(x, x, x, _own_mask(x, target_mask))[0])
        z = self.layernorm2(self.cross_mha(y, memory, memory, memory_mask)[0])
        return self.layernorm3(z + self.cnn(z))


@misconception("DecoderLayer", "memory_mask is not used: the encoder's padding is seen.")
class DecoderSeesPadding(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        return super().forward(x, memory, None, target_mask)


@misconception("DecoderLayer", "target_mask is not used: padding among the decoder's own tokens is seen.")
class DecoderSeesOwnPadding(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        return super().forward(x, memory, memory_mask)


@misconception(
    "DecoderLayer", "Where there is a target_mask, the causal mask is forgotten: join them by `&`."
)
class DecoderEitherMask(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        mask = causal_mask(x.size(1)) if target_mask is None else target_mask
        y = self.layernorm1(x + self.self_mha(x, x, x, mask)[0])
        z = self.layernorm2(y + self.cross_mha(y, memory, memory, memory_mask)[0])
        return self.layernorm3(z + self.cnn(z))


@misconception("DecoderLayer", "The masks are joined by `|`; a key is seen only if both allow it: `&`.")
class DecoderJoinedByOr(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        mask = causal_mask(x.size(1))
        mask = mask if target_mask is None else mask | target_mask
        y = self.layernorm1(x + self.self_mha(x, x, x, mask)[0])
        z = self.layernorm2(y + self.cross_mha(y, memory, memory, memory_mask)[0])
        return self.layernorm3(z + self.cnn(z))


@misconception("DecoderLayer", "Tokens cannot see themselves: the diagonal of the causal mask is True.")
class DecoderStrictlyCausal(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        mask = torch.ones(x.size(1), x.size(1), dtype=torch.bool).tril(-1)
        mask = mask if target_mask is None else mask & target_mask
        y = self.layernorm1(x + self.self_mha(x, x, x, mask)[0])
        z = self.layernorm2(y + self.cross_mha(y, memory, memory, memory_mask)[0])
        return self.layernorm3(z + self.cnn(z))


@misconception("DecoderLayer", "The norms come before attention and network (pre-LN); here post-LN.")
class DecoderPreNorm(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        n = self.layernorm1(x)
        x = x + self.self_mha(n, n, n, _own_mask(x, target_mask))[0]
        x = x + self.cross_mha(self.layernorm2(x), memory, memory, memory_mask)[0]
        return x + self.cnn(self.layernorm3(x))


@misconception(
    "DecoderLayer", "One attention does both jobs; self_mha and cross_mha have weights of their own."
)
class DecoderOneAttention(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        y = self.layernorm1(x + self.self_mha(x, x, x, _own_mask(x, target_mask))[0])
        z = self.layernorm2(y + self.self_mha(y, memory, memory, memory_mask)[0])
        return self.layernorm3(z + self.cnn(z))


@misconception("DecoderLayer", "memory is detached: no gradient reaches the encoder.")
class DecoderDetachedMemory(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        return super().forward(x, memory.detach(), memory_mask, target_mask)


@misconception("DecoderLayer", "Dropout also acts on what the attentions return; here only inside them.")
class DecoderMoreDropout(DecoderLayer):
    def forward(self, x, memory, memory_mask=None, target_mask=None):
        drop = self.self_mha.dropout
        y = self.layernorm1(x + drop(self.self_mha(x, x, x, _own_mask(x, target_mask))[0]))
        z = self.layernorm2(y + drop(self.cross_mha(y, memory, memory, memory_mask)[0]))
        return self.layernorm3(z + self.cnn(z))


# ---------------------------------------------------------------- TransformerClassifier


def _words(self, ids):
    return self.encoder(ids, padding_mask(ids)).masked_fill((ids == PAD)[..., None], -torch.inf)


@misconception("TransformerClassifier", "The maximum is also over padding; it is over the words alone.")
class ClassifierMaxOverPadding(TransformerClassifier):
    def forward(self, ids):
        return self.dense(self.encoder(ids, padding_mask(ids)).amax(dim=1))


@misconception(
    "TransformerClassifier", "The words attend to padding: the encoder needs a mask that hides padded keys."
)
class ClassifierWithoutMask(TransformerClassifier):
    def forward(self, ids):
        return self.dense(self.encoder(ids).masked_fill((ids == PAD)[..., None], -torch.inf).amax(dim=1))


@misconception("TransformerClassifier", "Padding is hidden neither from attention nor from the maximum.")
class ClassifierIgnoringPadding(TransformerClassifier):
    def forward(self, ids):
        return self.dense(self.encoder(ids).amax(dim=1))


@misconception(
    "TransformerClassifier", "Padding is set to 0 before the maximum, and wins over negative numbers."
)
class ClassifierZeroPadding(TransformerClassifier):
    def forward(self, ids):
        x = self.encoder(ids, padding_mask(ids)) * (ids != PAD)[..., None]
        return self.dense(x.amax(dim=1))


@misconception("TransformerClassifier", "Padding is taken to have the id 0; here it is 1.")
class ClassifierPaddingZero(TransformerClassifier):
    def forward(self, ids):
        x = self.encoder(ids, padding_mask(ids, 0)).masked_fill((ids == 0)[..., None], -torch.inf)
        return self.dense(x.amax(dim=1))


@misconception(
    "TransformerClassifier", "torch.max(x, dim) gives values and indices; the indices went on to dense."
)
class ClassifierOfIndices(TransformerClassifier):
    def forward(self, ids):
        return self.dense(_words(self, ids).max(dim=1).indices.to(self.dense.weight.dtype))


@misconception("TransformerClassifier", "torch.max(x, dim) returns two tensors: values and indices.")
class ClassifierOfPair(TransformerClassifier):
    def forward(self, ids):
        return self.dense(_words(self, ids).max(dim=1))


@misconception("TransformerClassifier", "The maximum is over the features; it is over the words.")
class ClassifierMaxOverFeatures(TransformerClassifier):
    def forward(self, ids):
        greatest = _words(self, ids).amax(dim=2)
        return self.dense(F.pad(greatest, (0, self.dense.in_features - greatest.size(1))))


@misconception("TransformerClassifier", "The mean over the words is taken; it should be the maximum.")
class ClassifierOfMean(TransformerClassifier):
    def forward(self, ids):
        x, words = self.encoder(ids, padding_mask(ids)), (ids != PAD)[..., None]
        return self.dense((x * words).sum(dim=1) / words.sum(dim=1))


@misconception("TransformerClassifier", "Only the first token goes on to dense; it should be the maximum.")
class ClassifierOfFirst(TransformerClassifier):
    def forward(self, ids):
        return self.dense(self.encoder(ids, padding_mask(ids))[:, 0])


@misconception("TransformerClassifier", "Softmax is applied: logits are asked for.")
class ClassifierWithSoftmax(TransformerClassifier):
    def forward(self, ids):
        return super().forward(ids).softmax(dim=-1)


@misconception("TransformerClassifier", "The encoder is detached: no gradient reaches it.")
class ClassifierDetached(TransformerClassifier):
    def forward(self, ids):
        return self.dense(_words(self, ids).amax(dim=1).detach())


# ---------------------------------------------------------------- greedy_decode


def _greedy(step_fn, sos, eos, max_len, pad, seen=lambda ids: ids, stops=True, keeps=False):
    """Greedy decoding with parts that can be wrong; returns the ids with sos."""
    ids, ended = sos[:, None], torch.zeros_like(sos, dtype=torch.bool)
    for _ in range(max_len):
        following = step_fn(seen(ids)).argmax(dim=-1)
        if not keeps:
            following = following.masked_fill(ended, pad)
        ids = torch.cat((ids, following[:, None]), dim=1)
        ended = ended | (following == eos)
        if stops and ended.all():
            break
    return ids


@misconception("greedy_decode", "Tokens are appended after eos; there should be pad.")
def decode_goes_on(step_fn, sos, eos, max_len, pad=PAD):
    return _greedy(step_fn, sos, eos, max_len, pad, keeps=True)[:, 1:]


@misconception("greedy_decode", "step_fn gets the newest token only; it needs all tokens so far.")
def decode_newest_only(step_fn, sos, eos, max_len, pad=PAD):
    return _greedy(step_fn, sos, eos, max_len, pad, seen=lambda ids: ids[:, -1:])[:, 1:]


@misconception("greedy_decode", "step_fn does not get sos, but what was written after it alone.")
def decode_without_sos(step_fn, sos, eos, max_len, pad=PAD):
    return _greedy(step_fn, sos, eos, max_len, pad, seen=lambda ids: ids[:, min(1, ids.size(1) - 1) :])[:, 1:]


@misconception("greedy_decode", "sos stands in the result; it should not.")
def decode_with_sos(step_fn, sos, eos, max_len, pad=PAD):
    return _greedy(step_fn, sos, eos, max_len, pad)


@misconception("greedy_decode", "max_len counts sos; it counts the tokens that are written.")
def decode_max_len_with_sos(step_fn, sos, eos, max_len, pad=PAD):
    return _greedy(step_fn, sos, eos, max_len - 1, pad)[:, 1:]


@misconception("greedy_decode", "step_fn is called until max_len, also when all sequences have ended.")
def decode_never_stops(step_fn, sos, eos, max_len, pad=PAD):
    return _greedy(step_fn, sos, eos, max_len, pad, stops=False)[:, 1:]


@misconception("greedy_decode", "max_len is not used: sequences without an end go on for ever.")
def decode_without_limit(step_fn, sos, eos, max_len, pad=PAD):
    return _greedy(step_fn, sos, eos, 10 * max_len, pad)[:, 1:]


@misconception("greedy_decode", "Decoding stops when the first sequence ends; the others are not done yet.")
def decode_stops_at_first(step_fn, sos, eos, max_len, pad=PAD):
    ids = sos[:, None]
    for _ in range(max_len):
        ids = torch.cat((ids, step_fn(ids).argmax(dim=-1, keepdim=True)), dim=1)
        if (ids[:, -1] == eos).any():
            break
    return ids[:, 1:]


@misconception("greedy_decode", "The eos of a sequence is missing; it belongs to the result.")
def decode_without_eos(step_fn, sos, eos, max_len, pad=PAD):
    ids = greedy_decode(step_fn, sos, eos, max_len, pad)
    return ids.masked_fill(ids == eos, pad)


@misconception("greedy_decode", "Behind its end a sequence is filled with eos; it should be pad.")
def decode_fills_with_eos(step_fn, sos, eos, max_len, pad=PAD):
    return _greedy(step_fn, sos, eos, max_len, eos)[:, 1:]


@misconception("greedy_decode", "The result is filled up to max_len; it ends with the longest sequence.")
def decode_fills_up(step_fn, sos, eos, max_len, pad=PAD):
    ids = greedy_decode(step_fn, sos, eos, max_len, pad)
    return F.pad(ids, (0, max_len - ids.size(1)), value=pad)


@misconception("greedy_decode", "The argument `pad` is not used: it is always 1.")
def decode_fixed_pad(step_fn, sos, eos, max_len, pad=PAD):
    return greedy_decode(step_fn, sos, eos, max_len)


@misconception("greedy_decode", "The argument `eos` is not used: it is always 3.")
def decode_fixed_eos(step_fn, sos, eos, max_len, pad=PAD):
    return greedy_decode(step_fn, sos, 3, max_len, pad)


# ---------------------------------------------------------------- KVCache, decode_step


@misconception("KVCache", "The new tokens are joined along the sentences; they go along the tokens.")
class CacheAlongBatch(KVCache):
    def append(self, K, V):
        self.K = K if self.K is None else torch.cat((self.K, K), dim=0)
        self.V = V if self.V is None else torch.cat((self.V, V), dim=0)
        return self.K, self.V


@misconception("KVCache", "The newest tokens stand first; the oldest should.")
class CacheNewestFirst(KVCache):
    def append(self, K, V):
        self.K = K if self.K is None else torch.cat((K, self.K), dim=-2)
        self.V = V if self.V is None else torch.cat((V, self.V), dim=-2)
        return self.K, self.V


@misconception("KVCache", "Only the new keys and values are returned; all so far should be.")
class CacheReturnsNew(KVCache):
    def append(self, K, V):
        super().append(K, V)
        return K, V


@misconception("KVCache", "The old keys and values are replaced by the new ones; they should be kept.")
class CacheForgets(KVCache):
    def append(self, K, V):
        self.K, self.V = K, V
        return K, V


@misconception("KVCache", "The length counts the calls of append; it counts tokens.")
class CacheCountsCalls(KVCache):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def __len__(self):
        return self.calls

    def append(self, K, V):
        self.calls += 1
        return super().append(K, V)


@misconception("KVCache", "The length is that of another dimension than the tokens'.")
class CacheCountsHeads(KVCache):
    def __len__(self):
        return 0 if self.K is None else self.K.size(1)


@misconception("KVCache", "All caches share one list: it stands in the class, and not in __init__.")
class CacheShared(KVCache):
    held: ClassVar[dict] = {}

    def __init__(self):
        self.held.clear()

    def __len__(self):
        return self.held["K"].size(-2) if self.held else 0

    def append(self, K, V):
        if self.held:
            K, V = torch.cat((self.held["K"], K), dim=-2), torch.cat((self.held["V"], V), dim=-2)
        self.held.update(K=K, V=V)
        return K, V


def _stepped(mha, x, cache, mask=None):
    """One step for x, to which its position has been added."""
    Q = mha.split_heads(mha.W_q(x))
    K, V = cache.append(mha.split_heads(mha.W_k(x)), mha.split_heads(mha.W_v(x)))
    S = Q @ K.mT / Q.size(-1) ** 0.5
    if mask is not None:
        S = S.masked_fill(~mask(S), -torch.inf)
    return mha.W_h(mha.merge_heads(torch.softmax(S, dim=-1) @ V))


@misconception(
    "decode_step", "A causal mask for one query hides all keys but the first: the newest may see them all."
)
def step_under_causal_mask(mha, x, cache, P):
    def first_key(S):
        return torch.ones(S.shape[-2:], dtype=torch.bool).tril()

    return _stepped(mha, x + P[len(cache)], cache, first_key)


@misconception("decode_step", "Every token gets position 0; it gets the number of tokens in the cache.")
def step_at_zero(mha, x, cache, P):
    return _stepped(mha, x + P[0], cache)


@misconception("decode_step", "The position is counted after the token was added: it is one too high.")
def step_one_late(mha, x, cache, P):
    return _stepped(mha, x + P[min(len(cache) + 1, len(P) - 1)], cache)


@misconception("decode_step", "The position is not added.")
def step_without_position(mha, x, cache, P):
    return _stepped(mha, x, cache)


@misconception("decode_step", "The token does not see itself: its key and value must be in the cache first.")
def step_without_itself(mha, x, cache, P):
    return _stepped(
        mha, x + P[len(cache)], cache, lambda S: torch.arange(S.size(-1)) < max(1, S.size(-1) - 1)
    )


@misconception("decode_step", "The scores are not divided by the root of d_k.")
def step_unscaled(mha, x, cache, P):
    x = x + P[len(cache)]
    Q = mha.split_heads(mha.W_q(x)) * (x.size(-1) / mha.num_heads) ** 0.5
    K, V = cache.append(mha.split_heads(mha.W_k(x)), mha.split_heads(mha.W_v(x)))
    A = torch.softmax(Q @ K.mT / Q.size(-1) ** 0.5, dim=-1)
    return mha.W_h(mha.merge_heads(A @ V))


@misconception("decode_step", "The last projection, W_h, is missing.")
def step_without_output_layer(mha, x, cache, P):
    x = x + P[len(cache)]
    Q = mha.split_heads(mha.W_q(x))
    K, V = cache.append(mha.split_heads(mha.W_k(x)), mha.split_heads(mha.W_v(x)))
    return mha.merge_heads(torch.softmax(Q @ K.mT / Q.size(-1) ** 0.5, dim=-1) @ V)


@misconception("decode_step", "All tokens are projected anew at each step: only the newest has to be.")
def step_from_the_beginning(mha, x, cache, P):
    x = (x + P[len(cache)]).unsqueeze(1)
    so_far = cache.append(x, x)[0].squeeze(1)
    return mha(so_far, so_far, so_far, causal_mask(so_far.size(1)))[0][:, -1:]


@misconception("decode_step", "Keys and values of all tokens are computed anew: they belong in the cache.")
def step_with_new_keys(mha, x, cache, P):
    x = x + P[len(cache)]
    so_far = cache.append(x.unsqueeze(1), x.unsqueeze(1))[0].squeeze(1)
    return mha(x, so_far, so_far)[0]


# ---------------------------------------------------------------- patchify, unpatchify


def _fits(img, p):
    if img.size(-2) % p or img.size(-1) % p:
        raise ValueError("patches do not fill the image")


@misconception("patchify", "A view alone takes neighbours of one row of pixels; patches are squares.")
def patches_by_view(img, p):
    _fits(img, p)
    return img.reshape(img.size(0), -1, img.size(1) * p * p)


@misconception("patchify", "The patches go down column by column; they go along row by row.")
def patches_by_column(img, p):
    _fits(img, p)
    B, C, H, W = img.shape
    return img.reshape(B, C, H // p, p, W // p, p).permute(0, 4, 2, 1, 3, 5).reshape(B, -1, C * p * p)


@misconception("patchify", "Inside a patch the channel comes last; it comes first.")
def patches_channel_last(img, p):
    _fits(img, p)
    B, C, H, W = img.shape
    return img.reshape(B, C, H // p, p, W // p, p).permute(0, 2, 4, 3, 5, 1).reshape(B, -1, C * p * p)


@misconception("patchify", "Inside a patch the pixels go down column by column; they go along row by row.")
def patches_turned_inside(img, p):
    _fits(img, p)
    B, C, H, W = img.shape
    return img.reshape(B, C, H // p, p, W // p, p).permute(0, 2, 4, 1, 5, 3).reshape(B, -1, C * p * p)


@misconception("patchify", "F.unfold gives (B, C * p * p, N): the last two dimensions are to be swapped.")
def patches_not_swapped(img, p):
    _fits(img, p)
    return patchify(img, p).mT


@misconception("patchify", "An image that patches do not fill is cut; it should raise ValueError.")
def patches_cut(img, p):
    H, W = img.shape[-2:]
    return patchify(img[..., : H - H % p, : W - W % p], p)


@misconception("patchify", "Only the height is checked: the width must be divisible by p as well.")
def patches_height_checked(img, p):
    if img.size(-2) % p:
        raise ValueError("patches do not fill the image")
    return patchify(img[..., : img.size(-1) // p * p], p)


@misconception("patchify", "Two loops go over the patches; a view and a permutation move all of them.")
def patches_looped(img, p):
    _fits(img, p)
    H, W = img.shape[-2:]
    parts = [img[..., i : i + p, j : j + p].flatten(1) for i in range(0, H, p) for j in range(0, W, p)]
    return torch.stack(parts, dim=1)


@misconception(
    "unpatchify", "A view alone puts whole patches into rows of pixels; the order has to be undone."
)
def images_by_view(patches, p, height, width):
    return patches.reshape(patches.size(0), -1, height, width)


@misconception("unpatchify", "Height and width are exchanged.")
def images_turned(patches, p, height, width):
    return unpatchify(patches, p, width, height).reshape(patches.size(0), -1, height, width)


@misconception("unpatchify", "The channel is taken to come last inside a patch; it comes first.")
def images_channel_last(patches, p, height, width):
    B, C = patches.size(0), patches.size(-1) // p**2
    cut = patches.reshape(B, height // p, width // p, p, p, C)
    return cut.permute(0, 5, 1, 3, 2, 4).reshape(B, C, height, width)


# ---------------------------------------------------------------- rope


def _rope_angles(x, positions, base):
    omega = base ** (-torch.arange(0, x.size(-1), 2, dtype=x.dtype) / x.size(-1))
    return positions.to(x.dtype)[:, None] * omega


def _turned(x, angle):
    cos, sin, even, odd = angle.cos(), angle.sin(), x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


@misconception(
    "rope", "Feature k is paired with feature k + d / 2; here neighbours are pairs: (0, 1), (2, 3), .."
)
def rope_of_halves(x, positions, base=10000.0):
    angle = _rope_angles(x, positions, base)
    left, right = x.chunk(2, dim=-1)
    return torch.cat((left * angle.cos() - right * angle.sin(), left * angle.sin() + right * angle.cos()), -1)


@misconception("rope", "The pairs are turned the other way round: the sign of the sines is wrong.")
def rope_backwards(x, positions, base=10000.0):
    return _turned(x, -_rope_angles(x, positions, base))


@misconception("rope", "All pairs are turned by the same angle; pair k has the frequency base ** (-2k / d).")
def rope_one_angle(x, positions, base=10000.0):
    return _turned(x, _rope_angles(x, positions, 1.0))


@misconception("rope", "The exponent is k / d; it should be 2k / d, with k the number of the pair.")
def rope_half_exponent(x, positions, base=10000.0):
    return _turned(x, _rope_angles(x, positions, base**0.5))


@misconception(
    "rope", "The frequencies start at k = 1; the first pair has k = 0 and is turned by its position."
)
def rope_from_one(x, positions, base=10000.0):
    return _turned(x, _rope_angles(x, positions, base) * base ** (-2 / x.size(-1)))


@misconception("rope", "The turned pairs stand in halves: all first members before all second ones.")
def rope_into_halves(x, positions, base=10000.0):
    return rope(x, positions, base).unflatten(-1, (-1, 2)).mT.flatten(-2)


@misconception("rope", "Sines and cosines are added to x; pairs should be rotated.")
def rope_added(x, positions, base=10000.0):
    angle = _rope_angles(x, positions, base)
    return x + torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


@misconception("rope", "`positions` is not used: the tokens are counted from 0.")
def rope_counted(x, positions, base=10000.0):
    return rope(x, torch.arange(x.size(-2)), base)


@misconception("rope", "`base` is not used.")
def rope_fixed_base(x, positions, base=10000.0):
    return rope(x, positions)


@misconception("rope", "The result is float32 whatever the dtype of x.")
def rope_single(x, positions, base=10000.0):
    return rope(x, positions, base).float()


@misconception("rope", "The result is float64 whatever the dtype of x: the angles are, and x follows them.")
def rope_double(x, positions, base=10000.0):
    return rope(x.double(), positions, base)


# ---------------------------------------------------------------- window_mask


@misconception("window_mask", "w is taken as the width of the whole window; it counts one side.")
def window_in_total(N, w, device=None):
    return window_mask(N, w // 2, device)


@misconception("window_mask", "The window only looks back; it has two sides.")
def window_back(N, w, device=None):
    return window_mask(N, w, device).tril()


@misconception("window_mask", "Tokens at a distance of exactly w are left out; they belong to the window.")
def window_narrow(N, w, device=None):
    return window_mask(N, w - 1, device)


@misconception("window_mask", "The mask is turned around: here True = may attend.")
def window_inverted(N, w, device=None):
    return ~window_mask(N, w, device)


@misconception("window_mask", "The window leaves out the token itself.")
def window_without_itself(N, w, device=None):
    return window_mask(N, w, device) & ~torch.eye(N, dtype=torch.bool)


@misconception("window_mask", "The mask is not boolean.")
def window_of_numbers(N, w, device=None):
    return window_mask(N, w, device).float()


@misconception(
    "window_mask", "The sentence is cut into blocks; each token should stand in the middle of its window."
)
def window_in_blocks(N, w, device=None):
    block = torch.arange(N) // (2 * w + 1)
    return block[:, None] == block
