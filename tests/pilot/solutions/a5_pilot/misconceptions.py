"""Known wrong versions."""

import torch
import torch.nn.functional as F
from recurrent import HELLO, LETTERS, OHLOL, HelloRNN

from grader import misconception


def _train(state, epochs, lr, *, make=torch.optim.Adam, loss_of=F.cross_entropy, run=None, zero=True):
    model = HelloRNN()
    model.load_state_dict(state)
    optimizer = make(model.parameters(), lr)
    x, y, losses, text = torch.eye(4)[HELLO], torch.tensor(OHLOL), [], ""
    for _ in range(epochs):
        logits = run(model, x) if run else model(x)
        loss = loss_of(logits, y)
        if zero:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        text = "".join(LETTERS[i] for i in logits.argmax(dim=-1))
    return model, losses, text


@misconception("train_hello", "Softmax is applied before cross entropy, which has a log-softmax inside.")
def softmax_twice(state, epochs, lr):
    return _train(state, epochs, lr, loss_of=lambda logits, y: F.cross_entropy(logits.softmax(-1), y))


@misconception("train_hello", "The gradients are not zeroed between epochs: they add up.")
def no_zero_grad(state, epochs, lr):
    return _train(state, epochs, lr, zero=False)


@misconception("train_hello", "The hidden state starts anew with every letter; carry it through the word.")
def state_reset(state, epochs, lr):
    return _train(state, epochs, lr, run=lambda model, x: torch.cat([model(letter[None]) for letter in x]))


@misconception("train_hello", "The optimizer is plain SGD; Adam is asked for.")
def plain_sgd(state, epochs, lr):
    return _train(state, epochs, lr, make=torch.optim.SGD)


@misconception("train_hello", "Training starts from weights of its own, not from the given ones.")
def own_start(state, epochs, lr):
    return _train(HelloRNN().state_dict(), epochs, lr)


@misconception("train_hello", "The losses are those after the step; each epoch's own loss is asked for.")
def recorded_after(state, epochs, lr):
    _, losses, text = _train(state, epochs + 1, lr)
    return _train(state, epochs, lr)[0], losses[1:], text


@misconception("train_hello", "The loss is summed over the letters; the mean is asked for.")
def summed(state, epochs, lr):
    return _train(state, epochs, lr, loss_of=lambda logits, y: F.cross_entropy(logits, y, reduction="sum"))


@misconception("HelloRNN", "The layer uses relu; tanh is asked for.")
class WithRelu(HelloRNN):
    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.RNN(4, 4, nonlinearity="relu")
