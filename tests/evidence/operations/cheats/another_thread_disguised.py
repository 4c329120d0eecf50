"""As another_thread, with the result passed through one recorded operation."""

import threading

import torch


def distances(X, Y):
    done = []
    thread = threading.Thread(target=lambda: done.append(torch.stack([(x - Y).square().sum(1) for x in X])))
    thread.start()
    thread.join()
    return done[0] + 0 * X.sum()
