"""The five bugs, mended in other places."""

import torch


def squared_error(model, x, y):
    return (model(x).flatten() - y.flatten()).square().mean()


def train(model, batches, validation, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses, errors = [], []
    best = {}
    samples = sum(len(x) for x, _ in batches)
    for _ in range(epochs):
        total = 0.0
        for x, y in batches:
            loss = squared_error(model.train(), x, y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            total += loss.item() * len(x) / samples
        losses.append(total)
        with torch.no_grad():
            error = squared_error(model.eval(), *validation).item()
        if error < min(errors, default=float("inf")):
            best = {name: value.clone() for name, value in model.state_dict().items()}
        errors.append(error)
    return {"losses": losses, "errors": errors, "best": best}
