import torch


def train_step(model, batch, loss_fn, optimizer):
    model = model.train(True)
    inputs, targets = batch
    error = loss_fn(model(inputs), targets)
    error.backward()
    optimizer.step()
    return float(error.detach())


def save_checkpoint(path, model, optimizer, epoch):
    content = [epoch, model.state_dict(), optimizer.state_dict(), {}]
    torch.save(content, str(path))


def load_checkpoint(path, model, optimizer):
    epoch, weights, memory, _ = torch.load(path)
    model.load_state_dict(weights)
    optimizer.load_state_dict(memory)
    return epoch
