"""Known wrong versions."""

import torch
import torch.nn.functional as F
from transformer import EncoderLayer

from grader import misconception


def _transform(layer, y):
    return layer.linear2(torch.relu(layer.linear1(y)))


@misconception("EncoderLayer", "The norms come before attention and transformation (pre-LN); here post-LN.")
class PreLN(EncoderLayer):
    def forward(self, x, mask=None):
        n = self.norm1(x)
        x = x + self.mha(n, n, n, mask)[0]
        return x + _transform(self, self.norm2(x))


@misconception("EncoderLayer", "The residual around attention is missing: x is to be added.")
class NoFirstResidual(EncoderLayer):
    def forward(self, x, mask=None):
        y = self.norm1(self.mha(x, x, x, mask)[0])
        return self.norm2(y + _transform(self, y))


@misconception("EncoderLayer", "The residual around the two linear layers is missing: y is to be added.")
class NoSecondResidual(EncoderLayer):
    def forward(self, x, mask=None):
        y = self.norm1(x + self.mha(x, x, x, mask)[0])
        return self.norm2(_transform(self, y))


@misconception("EncoderLayer", "The second residual starts at x; it starts at y, the output of norm1.")
class ResidualFromInput(EncoderLayer):
    def forward(self, x, mask=None):
        y = self.norm1(x + self.mha(x, x, x, mask)[0])
        return self.norm2(x + _transform(self, y))


@misconception("EncoderLayer", "One norm is used in both places; each has weights of its own.")
class OneNorm(EncoderLayer):
    def forward(self, x, mask=None):
        y = self.norm1(x + self.mha(x, x, x, mask)[0])
        return self.norm1(y + _transform(self, y))


@misconception("EncoderLayer", "The mask is ignored: hand it on to mha.")
class MaskIgnored(EncoderLayer):
    def forward(self, x, mask=None):
        return super().forward(x)


@misconception("EncoderLayer", "The mask is turned around: here True = may attend.")
class MaskInverted(EncoderLayer):
    def forward(self, x, mask=None):
        return super().forward(x, None if mask is None else ~mask)


@misconception("EncoderLayer", "Dropout also acts on what attention returns; here only inside mha.")
class MoreDropout(EncoderLayer):
    def forward(self, x, mask=None):
        p = self.mha.dropout.p
        y = self.norm1(x + F.dropout(self.mha(x, x, x, mask)[0], p, self.training))
        return self.norm2(y + _transform(self, y))


@misconception("EncoderLayer", "The relu between the two linear layers is missing.")
class NoRelu(EncoderLayer):
    def forward(self, x, mask=None):
        y = self.norm1(x + self.mha(x, x, x, mask)[0])
        return self.norm2(y + self.linear2(self.linear1(y)))


@misconception("EncoderLayer", "The eps of the norms is not 1e-5.")
class OtherEps(EncoderLayer):
    def __init__(self, *init):
        super().__init__(*init)
        self.norm1.eps = self.norm2.eps = 1e-12
