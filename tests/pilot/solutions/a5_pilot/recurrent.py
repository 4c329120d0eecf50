"""Reference."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LETTERS = "ehlo"
HELLO = [1, 0, 2, 2, 3]
OHLOL = [3, 1, 2, 3, 2]


class HelloRNN(nn.Module):
    """One recurrent layer."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.RNN(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        """All outputs."""
        return self.rnn(x)[0]


def train_hello(state: dict[str, Tensor], epochs: int, lr: float) -> tuple[HelloRNN, list[float], str]:
    """The loop."""
    model = HelloRNN()
    model.load_state_dict(state)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    x, y, losses, text = torch.eye(4)[HELLO], torch.tensor(OHLOL), [], ""
    for _ in range(epochs):
        logits = model(x)
        loss = F.cross_entropy(logits, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        text = "".join(LETTERS[i] for i in logits.argmax(dim=-1))
    return model, losses, text
