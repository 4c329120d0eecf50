"""Probes that the tests of this assignment share: each runs beside your code and returns plain data."""

import torch
import torch.nn.functional as F

from grader import build


def encodings(submission, L, d, **options):
    """The table of your positional_encoding, in float64 whatever dtype it has."""
    return submission.positional_encoding(L, d, **options).double()


def positioned(submission, d_model, max_len, x):
    """Your PositionalEncoding, brought to the dtype of x, on x."""
    model = build(submission, "PositionalEncoding", [d_model, max_len], dtype=x.dtype)
    yield
    return model(x)


def positioned_in_steps(submission, d_model, max_len, x, dtypes):
    """The dtypes of what your PositionalEncoding gives, while it is brought from dtype to dtype with x."""
    model = submission.PositionalEncoding(d_model, max_len)
    return [model.to(dtype)(x.to(dtype)).dtype for dtype in dtypes]


def positioned_elsewhere(submission, d_model, max_len, shape):
    """Device and shape of what your PositionalEncoding gives on the meta device (which has no values)."""
    model = submission.PositionalEncoding(d_model, max_len).to("meta")
    moved = model(torch.empty(*shape, device="meta"))
    return {"device": moved.device, "shape": tuple(moved.shape)}


def parameters_of(submission, name, *init):
    """Name and shape of every parameter of your class, as its constructor leaves it."""
    model = getattr(submission, name)(*init)
    return {key: tuple(parameter.shape) for key, parameter in model.named_parameters()}


def positioned_parameters(submission, d_model, x):
    """The parameters of your PositionalEncoding, and what it gives."""
    return {
        "parameters": parameters_of(submission, "PositionalEncoding", d_model),
        "output": submission.PositionalEncoding(d_model)(x),
    }


def fresh(submission, name, init, x):
    """The output of your class as its constructor leaves it, in the dtype of x."""
    return build(submission, name, init, dtype=x.dtype)(x)


def output(submission, name, init, state, *inputs, train=False, **options):
    """The output of your class with given weights, in float64."""
    model = build(submission, name, init, state, train=train, dtype=torch.float64)
    yield
    return model(*inputs, **options)


def gradients(submission, name, init, state, inputs, upstream, **options):
    """Gradients of the floating inputs, and of every weight, when the output gets the upstream gradient."""
    model = build(submission, name, init, state, dtype=torch.float64)
    inputs = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    (model(*inputs, **options) * upstream).sum().backward()
    weights = {key: parameter.grad for key, parameter in model.named_parameters()}
    return {"weights": weights, "inputs": [x.grad for x in inputs if x.is_floating_point()]}


def hidden_and_cut(submission, name, init, state, x, keep):
    """The first tokens of an encoder's output: with the others hidden by a mask, and with them cut away."""
    model = build(submission, name, init, state, dtype=torch.float64)
    mask = (torch.arange(x.size(1)) < keep)[None, None, None]
    return {"hidden": model(x, mask)[:, :keep], "cut": model(x[:, :keep])}


def before_change(submission, init, state, x, later, memory, t):
    """Your DecoderLayer's output before token t, with the tokens t, t+1, .. as given and replaced."""
    layer = build(submission, "DecoderLayer", init, state, dtype=torch.float64)
    changed = torch.cat((x[:, :t], later), dim=1)
    return {"as given": layer(x, memory)[:, :t], "replaced": layer(changed, memory)[:, :t]}


def written(submission, script, sos, eos, max_len, pad=None):
    """Your greedy_decode of a script: at step t the highest logits are those of script[:, t].

    Behind its end, a script goes on with its last column. Returns the result, and how often step_fn was
    called.
    """
    calls = []

    def step_fn(ids):
        at = min(ids.size(1), script.size(1)) - 1
        calls.append(at)
        return F.one_hot(script[:, at], 12).double()

    options = {} if pad is None else {"pad": pad}
    return {"ids": submission.greedy_decode(step_fn, sos, eos, max_len, **options), "calls": len(calls)}


def written_from_history(submission, logits, sos, eos, max_len):
    """Your greedy_decode of a step_fn whose logits depend on all tokens so far, also on their order."""

    def step_fn(ids):
        place = torch.arange(1, ids.size(1) + 1)
        return logits[(ids * place).sum(dim=1) % len(logits)]

    return submission.greedy_decode(step_fn, sos, eos, max_len)


def cached(submission, parts):
    """What your KVCache returns and how long it is, while keys and values are added part by part."""
    cache = submission.KVCache()
    found = [{"length": len(cache)}]
    for K, V in parts:
        all_K, all_V = cache.append(K, V)
        found.append({"K": all_K, "V": all_V, "length": len(cache)})
    return found


def cached_in_turns(submission, first, second):
    """What two caches of yours return when they are filled in turns."""
    one, other = submission.KVCache(), submission.KVCache()
    return [
        {"one": one.append(*parts)[0], "other": other.append(*more)[0]}
        for parts, more in zip(first, second, strict=True)
    ]


def in_steps(submission, init, state, x, P):
    """The outputs of your decode_step for the tokens of x, one after the other, side by side."""
    mha = build(submission, "MultiHeadAttention", init, state, dtype=x.dtype)
    cache = submission.KVCache()
    steps = [submission.decode_step(mha, x[:, t : t + 1], cache, P) for t in range(x.size(1))]
    return {"outputs": torch.cat(steps, dim=1), "length": len(cache)}


def last_step(submission, init, state, x, P):
    """Your decode_step for the last token of x, after all others."""
    mha = build(submission, "MultiHeadAttention", init, state, dtype=x.dtype)
    cache = submission.KVCache()
    for t in range(x.size(1) - 1):
        submission.decode_step(mha, x[:, t : t + 1], cache, P)
    yield
    return submission.decode_step(mha, x[:, -1:], cache, P)


def there_and_back(submission, img, p):
    """An image, cut into patches and put together again."""
    return submission.unpatchify(submission.patchify(img, p), p, img.size(-2), img.size(-1))


def rotated_scores(submission, q, k, positions, shift):
    """Products of rotated queries and keys, with the positions as given and with all of them shifted."""
    given = submission.rope(q, positions) @ submission.rope(k, positions).mT
    shifted = submission.rope(q, positions + shift) @ submission.rope(k, positions + shift).mT
    return {"as given": given, "shifted": shifted}
