"""The five bugs, mended in yet other places."""

import torch


def squared_error(model, x, y):
    out = model(x)
    return (out - y.view_as(out)).square().mean()


def train(model, batches, validation, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses, errors, kept = [], [], []
    for _ in range(epochs):
        model.train()
        total = count = 0
        for x, y in batches:
            loss = squared_error(model, x, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * x.shape[0]
            count += x.shape[0]
        losses.append(total / count)
        model.eval()
        with torch.no_grad():
            errors.append(squared_error(model, *validation).item())
        kept.append({name: value.detach().clone() for name, value in model.state_dict().items()})
    return {"losses": losses, "errors": errors, "best": kept[errors.index(min(errors))]}
