import torch
from torch import nn


class HelloRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(input_size=4, hidden_size=4)

    def forward(self, x):
        out, _ = self.rnn(x.unsqueeze(1))
        return out.squeeze(1)


def train_hello(state, epochs, lr):
    net = HelloRNN()
    net.load_state_dict({k: v.clone() for k, v in state.items()})
    adam = torch.optim.Adam(net.parameters(), lr=lr)
    nll = nn.CrossEntropyLoss()
    x = nn.functional.one_hot(torch.tensor([1, 0, 2, 2, 3]), 4).float()
    y = torch.tensor([3, 1, 2, 3, 2])
    history = []
    word = ""
    for _ in range(epochs):
        adam.zero_grad()
        probabilities = torch.softmax(net(x), dim=1)
        loss = nll(probabilities, y)
        loss.backward()
        adam.step()
        history.append(float(loss))
        word = "".join("ehlo"[k] for k in probabilities.argmax(1).tolist())
    return net, history, word
