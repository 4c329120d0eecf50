"""Known wrong versions, each the reference with one name replaced."""

import math
import random
import re
from collections import Counter
from functools import reduce
from itertools import pairwise

import torch
import torch.nn.functional as F
from data import (
    SPECIALS,
    BigramLM,
    MeanMeter,
    MyEmbedding,
    TextDataset,
    Vocab,
    bucket_batches,
    collate,
    decode,
    ngram_precision,
    one_hot,
    perplexity,
    sentence_bleu,
    split_indices,
    tokenize,
)
from torch import nn
from torch.utils.data import Dataset

from grader import misconception

# ---------------------------------------------------------------- tokenize


@misconception("tokenize", 'split(" ") makes an empty token of every second space, and glues punctuation.')
def tokenize_split_at_one_space(text, lower=True):
    return (text.lower() if lower else text).split(" ")


@misconception("tokenize", "Punctuation is glued to the words: split() cuts at white space only.")
def tokenize_split(text, lower=True):
    return (text.lower() if lower else text).split()


@misconception("tokenize", "`lower` is not applied: words keep their capital letters.")
def tokenize_never_lower(text, lower=True):
    return tokenize(text, lower=False)


@misconception("tokenize", "Words are put into lower case also where `lower` is False.")
def tokenize_always_lower(text, lower=True):
    return tokenize(text, lower=True)


@misconception("tokenize", 'Words are torn at their apostrophes: "don\'t" is one token.')
def tokenize_torn_apostrophes(text, lower=True):
    return re.findall(r"\w+|[^\w\s]", text.lower() if lower else text)


@misconception("tokenize", "Apostrophes around a word are taken into it; only those inside belong to it.")
def tokenize_apostrophes_as_letters(text, lower=True):
    return re.findall(r"[\w']+|[^\w\s]", text.lower() if lower else text)


@misconception("tokenize", "Punctuation is thrown away; each mark is a token of its own.")
def tokenize_no_punctuation(text, lower=True):
    return re.findall(r"\w+(?:'\w+)*", text.lower() if lower else text)


@misconception("tokenize", "Only the letters a to z and digits make words; letters with accents do, too.")
def tokenize_ascii(text, lower=True):
    return re.findall(r"[a-zA-Z0-9_]+(?:'[a-zA-Z0-9_]+)*|[^\w\s]", text.lower() if lower else text)


# ---------------------------------------------------------------- Vocab


def _rebuilt(vocab, itos):
    vocab.itos = itos
    vocab.stoi = {token: index for index, token in enumerate(itos)}


def _by_frequency(tokens, specials):
    counts = Counter(token for token in tokens if token not in specials)
    return counts, sorted(counts, key=lambda token: (-counts[token], token))


@misconception(
    "Vocab", "Equally frequent words stand in the order of their first occurrence, not of the alphabet."
)
class VocabOfMostCommon(Vocab):
    def __init__(self, tokens, max_size=None, min_freq=1, specials=SPECIALS):
        counts = Counter(token for token in tokens if token not in specials)
        kept = [token for token, count in counts.most_common() if count >= min_freq]
        _rebuilt(self, [*specials, *kept[:max_size]])


@misconception("Vocab", "The words are in the order of their first occurrence: the most frequent come first.")
class VocabOfFirstOccurrence(Vocab):
    def __init__(self, tokens, max_size=None, min_freq=1, specials=SPECIALS):
        counts = Counter(token for token in tokens if token not in specials)
        kept = [token for token in counts if counts[token] >= min_freq]
        _rebuilt(self, [*specials, *kept[:max_size]])


@misconception("Vocab", "max_size counts the specials, too; it is the number of words.")
class VocabOfAllInMaxSize(Vocab):
    def __init__(self, tokens, max_size=None, min_freq=1, specials=SPECIALS):
        words = None if max_size is None else max_size - len(specials)
        super().__init__(tokens, words, min_freq, specials)


@misconception("Vocab", "max_size is not used.")
class VocabWithoutLimit(Vocab):
    def __init__(self, tokens, max_size=None, min_freq=1, specials=SPECIALS):
        super().__init__(tokens, None, min_freq, specials)


@misconception("Vocab", "An unknown word raises KeyError; it should get the id of <unk>.")
class VocabOfKnownWords(Vocab):
    def __getitem__(self, token):
        return self.stoi[token]


@misconception("Vocab", "An unknown word gets the id 0; it should get that of <unk>, wherever that stands.")
class VocabOfUnknownZero(Vocab):
    def __getitem__(self, token):
        return self.stoi.get(token, 0)


@misconception("Vocab", "The words are in alphabetical order; the most frequent should come first.")
class VocabOfAlphabet(Vocab):
    def __init__(self, tokens, max_size=None, min_freq=1, specials=SPECIALS):
        counts, ranked = _by_frequency(tokens, specials)
        kept = [token for token in ranked if counts[token] >= min_freq][:max_size]
        _rebuilt(self, [*specials, *sorted(kept)])


@misconception("Vocab", "The rarest words come first; it should be the most frequent.")
class VocabOfRarestFirst(Vocab):
    def __init__(self, tokens, max_size=None, min_freq=1, specials=SPECIALS):
        counts, _ = _by_frequency(tokens, specials)
        kept = sorted((count, token) for token, count in counts.items() if count >= min_freq)
        _rebuilt(self, [*specials, *(token for _, token in kept[:max_size])])


@misconception("Vocab", "A word that occurs exactly min_freq times is left out; it should be kept.")
class VocabOfMoreThanMinFreq(Vocab):
    def __init__(self, tokens, max_size=None, min_freq=1, specials=SPECIALS):
        super().__init__(tokens, max_size, min_freq + 1 if min_freq > 1 else 1, specials)


@misconception("Vocab", "A special that occurs in the corpus stands in the vocabulary twice.")
class VocabOfDoubleSpecials(Vocab):
    def __init__(self, tokens, max_size=None, min_freq=1, specials=SPECIALS):
        counts, ranked = _by_frequency(tokens, ())
        kept = [token for token in ranked if counts[token] >= min_freq][:max_size]
        _rebuilt(self, [*specials, *kept])


@misconception("Vocab", "The specials come after the words; they should have the first ids.")
class VocabOfSpecialsLast(Vocab):
    def __init__(self, tokens, max_size=None, min_freq=1, specials=SPECIALS):
        super().__init__(tokens, max_size, min_freq, specials)
        _rebuilt(self, [*self.itos[len(specials) :], *specials])


# ---------------------------------------------------------------- encode, decode


def _encoded(tokens, vocab, add_sos, add_eos):
    ids = [vocab[token] for token in tokens]
    return [vocab["<sos>"]] * add_sos + ids + [vocab["<eos>"]] * add_eos


@misconception("encode", "A long sentence loses its <eos>: cut the words first, then add <eos>.")
def encode_cuts_eos(tokens, vocab, add_sos=False, add_eos=False, max_len=None):
    return _encoded(tokens, vocab, add_sos, add_eos)[:max_len]


@misconception("encode", "max_len counts the words alone; <sos> and <eos> should be counted, too.")
def encode_max_len_of_words(tokens, vocab, add_sos=False, add_eos=False, max_len=None):
    return _encoded(tokens[:max_len], vocab, add_sos, add_eos)


@misconception("encode", "Room is kept for <sos> and <eos> also where they are not asked for.")
def encode_always_two_less(tokens, vocab, add_sos=False, add_eos=False, max_len=None):
    return _encoded(tokens[: None if max_len is None else max_len - 2], vocab, add_sos, add_eos)


@misconception("encode", "A short sentence is filled up with <pad>; padding is left to collate.")
def encode_pads(tokens, vocab, add_sos=False, add_eos=False, max_len=None):
    room = None if max_len is None else max_len - add_sos - add_eos
    ids = _encoded(tokens[:room], vocab, add_sos, add_eos)
    return ids + [vocab["<pad>"]] * ((max_len or 0) - len(ids))


@misconception("encode", "The ids of <sos> and <eos> are taken to be 2 and 3; ask the vocabulary.")
def encode_fixed_ids(tokens, vocab, add_sos=False, add_eos=False, max_len=None):
    room = None if max_len is None else max_len - add_sos - add_eos
    return [2] * add_sos + [vocab[token] for token in tokens[:room]] + [3] * add_eos


@misconception(
    "encode",
    "The end gets the id of <unk>: a vocabulary gives that for every word that it does not have, also for "
    "a special that is spelled otherwise. It is <eos>.",
)
def encode_unknown_end(tokens, vocab, add_sos=False, add_eos=False, max_len=None):
    room = None if max_len is None else max_len - add_sos - add_eos
    return _encoded(tokens[:room], vocab, add_sos, False) + [vocab["</s>"]] * add_eos


@misconception("decode", "Decoding goes on behind <eos>; the first <eos> ends the sentence.")
def decode_goes_on(ids, vocab):
    tokens = [vocab.itos[int(index)] for index in ids]
    return [token for token in tokens if token not in ("<pad>", "<sos>", "<eos>")]


@misconception("decode", "<eos> itself is returned; it only says where the sentence ends.")
def decode_keeps_eos(ids, vocab):
    tokens = decode(ids, vocab)
    return [*tokens, "<eos>"] if vocab["<eos>"] in [int(index) for index in ids] else tokens


@misconception("decode", "<pad> and <sos> are returned; they are no words.")
def decode_keeps_pads(ids, vocab):
    tokens = [vocab.itos[int(index)] for index in ids]
    return tokens[: tokens.index("<eos>")] if "<eos>" in tokens else tokens


@misconception("decode", "<unk> is left out; it stands for a word, and stays.")
def decode_drops_unknown(ids, vocab):
    return [token for token in decode(ids, vocab) if token != "<unk>"]


@misconception("decode", "The first <pad> ends the sentence; only <eos> does.")
def decode_stops_at_pad(ids, vocab):
    ids = [int(index) for index in ids]
    return decode(ids[: ids.index(vocab["<pad>"])] if vocab["<pad>"] in ids else ids, vocab)


@misconception(
    "decode", "Elements of a tensor are looked up in a set or a dict, where they never equal an int: int(i)."
)
def decode_tensor_elements(ids, vocab):
    skipped, tokens = {vocab["<pad>"], vocab["<sos>"]}, []
    for index in ids:
        if index == vocab["<eos>"]:
            break
        if index not in skipped:
            tokens.append(vocab.itos[index])
    return tokens


# ---------------------------------------------------------------- TextDataset


@misconception("TextDataset", "The ids are returned as a list; they should be a tensor.")
class ListDataset(TextDataset):
    def __getitem__(self, index):
        return self.numericalize(self.texts[index]), self.labels[index]


@misconception("TextDataset", "The ids are floats (torch.Tensor(ids) makes them); an embedding takes int64.")
class FloatDataset(TextDataset):
    def __getitem__(self, index):
        return torch.Tensor(self.numericalize(self.texts[index])), self.labels[index]


@misconception("TextDataset", "An empty list of ids becomes float32: torch.tensor needs dtype=torch.int64.")
class FloatWhenEmptyDataset(TextDataset):
    def __getitem__(self, index):
        return torch.tensor(self.numericalize(self.texts[index])), self.labels[index]


@misconception("TextDataset", "The label is a tensor; it should be the int as it is.")
class TensorLabelDataset(TextDataset):
    def __getitem__(self, index):
        return super().__getitem__(index)[0], torch.tensor(self.labels[index])


@misconception("TextDataset", "__len__ is missing: a DataLoader cannot know how many items there are.")
class UnknownLengthDataset(Dataset):
    def __init__(self, texts, labels, numericalize):
        if len(texts) != len(labels):
            raise ValueError
        self.texts, self.labels, self.numericalize = texts, labels, numericalize

    def __getitem__(self, index):
        return torch.tensor(self.numericalize(self.texts[index]), dtype=torch.int64), self.labels[index]


@misconception("TextDataset", "More texts than labels are accepted; that should raise ValueError.")
class UnequalDataset(TextDataset):
    def __init__(self, texts, labels, numericalize):
        Dataset.__init__(self)
        self.texts, self.labels, self.numericalize = texts, labels, numericalize


@misconception("TextDataset", "An index behind the last text starts from the first again: raise IndexError.")
class EndlessDataset(TextDataset):
    def __getitem__(self, index):
        return super().__getitem__(index % len(self.texts))


# ---------------------------------------------------------------- collate


def _changed(batch, pad_id, **changes):
    made = collate(batch, pad_id)
    return made | {key: change(made[key]) for key, change in changes.items()}


@misconception("collate", "ids is (L, B): pad_sequence needs batch_first=True.")
def collate_time_first(batch, pad_id):
    made = collate(batch, pad_id)
    ids = made["ids"].T.contiguous()
    return made | {"ids": ids, "mask": torch.arange(ids.size(1)) < made["lengths"][:, None]}


@misconception("collate", "The padding is 0, which is the id of <unk>; it should be pad_id.")
def collate_pads_with_zero(batch, pad_id):
    return collate(batch, pad_id) | {"ids": collate(batch, 0)["ids"]}


@misconception("collate", "Sentences of different lengths cannot be stacked: they have to be padded first.")
def collate_stacks(batch, pad_id):
    ids = torch.stack([ids for ids, _ in batch])
    return collate(batch, pad_id) | {"ids": ids}


@misconception(
    "collate",
    "The mask is False wherever an id equals pad_id, also inside a sentence; it should follow the lengths.",
)
def collate_mask_from_ids(batch, pad_id):
    made = collate(batch, pad_id)
    return made | {"mask": made["ids"] != pad_id}


@misconception("collate", "Everything is padded to one length of 200; it should be the longest of the batch.")
def collate_to_200(batch, pad_id):
    made = collate(batch, pad_id)
    missing = 200 - made["ids"].size(1)
    ids, mask = F.pad(made["ids"], (0, missing), value=pad_id), F.pad(made["mask"], (0, missing))
    return made | {"ids": ids, "mask": mask}


@misconception("collate", "The mask is the wrong way round: True is where a word stands.")
def collate_inverted(batch, pad_id):
    return _changed(batch, pad_id, mask=lambda mask: ~mask)


@misconception("collate", "The mask holds numbers; it should be boolean.")
def collate_mask_of_numbers(batch, pad_id):
    return _changed(batch, pad_id, mask=lambda mask: mask.long())


@misconception("collate", "All lengths are that of the padded batch; they should be those of the sentences.")
def collate_padded_lengths(batch, pad_id):
    made = collate(batch, pad_id)
    return made | {"lengths": torch.full((len(batch),), made["ids"].size(1))}


@misconception("collate", "The padding stands before the sentences; it should stand behind them.")
def collate_pads_left(batch, pad_id):
    made = collate([(ids.flip(0), label) for ids, label in batch], pad_id)
    return made | {"ids": made["ids"].flip(1), "mask": made["mask"].flip(1)}


@misconception("collate", "The labels are a list; they should be one tensor.")
def collate_list_of_labels(batch, pad_id):
    return _changed(batch, pad_id, labels=lambda labels: labels.tolist())


@misconception("collate", "The sentences are sorted by length, and the labels are not: they belong together.")
def collate_sorted(batch, pad_id):
    made = collate(batch, pad_id)
    order = made["lengths"].argsort(descending=True, stable=True)
    return {key: value if key == "labels" else value[order] for key, value in made.items()}


# ---------------------------------------------------------------- split_indices, bucket_batches


@misconception("split_indices", "The order comes from a global generator: the same seed gives other parts.")
def split_unseeded(n, fractions, seed):
    return split_indices(n, fractions, torch.randint(2**31, ()).item())


@misconception(
    "split_indices", "Every part is rounded down, so that indices are lost; the last takes the rest."
)
def split_loses_some(n, fractions, seed):
    parts = split_indices(n, fractions, seed)
    return [part[: int(n * fraction + 1e-9)] for part, fraction in zip(parts, fractions, strict=True)]


@misconception("split_indices", "Sizes are rounded down; they should be round(n * fraction).")
def split_rounds_down(n, fractions, seed):
    order = [index for part in split_indices(n, fractions, seed) for index in part]
    ends = [0]
    for fraction in fractions[:-1]:
        ends.append(ends[-1] + int(n * fraction + 1e-9))
    return [order[start:end] for start, end in pairwise([*ends, n])]


@misconception("split_indices", "The indices are not shuffled: every seed gives the same parts.")
def split_in_order(n, fractions, seed):
    sizes = [len(part) for part in split_indices(n, fractions, seed)]
    return [list(part) for part in torch.arange(n).split(sizes)]


@misconception("split_indices", "The parts overlap: each is drawn from all indices.")
def split_overlapping(n, fractions, seed):
    sizes = [len(part) for part in split_indices(n, fractions, seed)]
    return [random.Random(seed + place).sample(range(n), size) for place, size in enumerate(sizes)]


@misconception(
    "split_indices", "torch.manual_seed is for the generator of everybody: what is drawn later changes."
)
def split_by_global_seed(n, fractions, seed):
    torch.manual_seed(seed)
    order, sizes = torch.randperm(n), [len(part) for part in split_indices(n, fractions, seed)]
    return [part.tolist() for part in order.split(sizes)]


@misconception("bucket_batches", "The last, smaller batch is dropped; no sentence may be lost.")
def bucket_drops_last(lengths, batch_size, seed):
    return [batch for batch in bucket_batches(lengths, batch_size, seed) if len(batch) == batch_size]


@misconception("bucket_batches", "The batches are drawn at random: short sentences are padded to long ones.")
def bucket_random(lengths, batch_size, seed):
    order = split_indices(len(lengths), [1.0], seed)[0]
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


@misconception("bucket_batches", "The batches come sorted by length; their order should be shuffled.")
def bucket_sorted(lengths, batch_size, seed):
    return sorted(bucket_batches(lengths, batch_size, seed), key=lambda batch: lengths[batch[-1]])


@misconception(
    "bucket_batches", "The order comes from a global generator: the same seed gives another order."
)
def bucket_unseeded(lengths, batch_size, seed):
    return bucket_batches(lengths, batch_size, torch.randint(2**31, ()).item())


@misconception(
    "bucket_batches", "random.seed is for the generator of everybody: what is drawn later changes."
)
def bucket_by_global_seed(lengths, batch_size, seed):
    random.seed(seed)
    batches = bucket_sorted(lengths, batch_size, seed)
    random.shuffle(batches)
    return batches


# ---------------------------------------------------------------- one_hot


@misconception("one_hot", "The result is int64; a matrix product with float weights needs float32.")
def one_hot_integers(ids, V, dtype=torch.int64):
    return one_hot(ids, V, dtype)


@misconception("one_hot", "`dtype` is not used: the result is always float32.")
def one_hot_always_float(ids, V, dtype=torch.float32):
    return one_hot(ids, V)


@misconception("one_hot", "The width is the greatest id + 1; it should be V.")
def one_hot_inferred(ids, V, dtype=torch.float32):
    return one_hot(ids, int(ids.max()) + 1, dtype)


@misconception("one_hot", "The ones are scattered along the first dimension; it should be the last.")
def one_hot_transposed(ids, V, dtype=torch.float32):
    return one_hot(ids, V, dtype).movedim(-1, 0)


@misconception("one_hot", "The ids are flattened: the result should have their dimensions, and one more.")
def one_hot_flattened(ids, V, dtype=torch.float32):
    return one_hot(ids.flatten(), V, dtype)


@misconception("one_hot", "A loop goes over the ids; one comparison with arange(V) does all of them.")
def one_hot_over_ids(ids, V, dtype=torch.float32):
    rows = torch.zeros(ids.numel(), V, dtype=dtype, device=ids.device)
    for row, index in zip(rows, ids.flatten(), strict=True):
        row[index] = 1
    return rows.view(*ids.shape, V)


@misconception("one_hot", "F.one_hot does the work; this task is to write it.")
def one_hot_by_torch(ids, V, dtype=torch.float32):
    return F.one_hot(ids, V).to(dtype)


# ---------------------------------------------------------------- MyEmbedding


@misconception("MyEmbedding", "The padding row is not zero at the beginning.")
class RandomPadding(MyEmbedding):
    def __init__(self, V, d, padding_idx=None):
        super().__init__(V, d, padding_idx)
        nn.init.normal_(self.weight)


@misconception("MyEmbedding", "The padding row gets a gradient, so that an optimizer moves it.")
class TrainedPadding(MyEmbedding):
    def forward(self, ids):
        return self.weight[ids]


class _Overwrite(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weight, ids):
        ctx.save_for_backward(weight, ids)
        return weight[ids]

    @staticmethod
    def backward(ctx, gradient):
        weight, ids = ctx.saved_tensors
        table = torch.zeros_like(weight)
        for index, row in zip(ids.flatten().tolist(), gradient.flatten(0, ids.dim() - 1), strict=True):
            table[index] = row  # as table[ids] = gradient, which leaves open which of several rows stays
        return table, None


@misconception(
    "MyEmbedding",
    "An id that occurs several times gets the gradient of its last place; it should be the sum.",
)
class OverwrittenGradient(MyEmbedding):
    def forward(self, ids):
        if ids.dim() == 0:
            return self.weight[ids]
        rows = _Overwrite.apply(self.weight, ids)
        return rows if self.padding_idx is None else rows * (ids != self.padding_idx).unsqueeze(-1)


@misconception("MyEmbedding", "`if padding_idx:` is false for the id 0; ask `is not None`.")
class NoPaddingZero(MyEmbedding):
    def __init__(self, V, d, padding_idx=None):
        super().__init__(V, d, padding_idx or None)


@misconception("MyEmbedding", "weight is a plain tensor: no optimizer finds it. Make it an nn.Parameter.")
class PlainTable(MyEmbedding):
    def __init__(self, V, d, padding_idx=None):
        super().__init__(V, d, padding_idx)
        table = self.weight.detach()
        del self.weight
        self.register_buffer("weight", table)


@misconception("MyEmbedding", "The rows are taken from weight.data, so that no gradient reaches the weight.")
class DetachedTable(MyEmbedding):
    def forward(self, ids):
        return self.weight.data[ids].requires_grad_()


@misconception("MyEmbedding", "The weight is uniform, as in nn.Linear; it should be standard normal.")
class UniformTable(MyEmbedding):
    def __init__(self, V, d, padding_idx=None):
        super().__init__(V, d, padding_idx)
        with torch.no_grad():
            self.weight.copy_(torch.where(self.weight == 0, 0, torch.rand(V, d)))


@misconception("MyEmbedding", "The gradient of the first row is thrown away, whatever padding_idx is.")
class FirstRowIsPadding(MyEmbedding):
    def __init__(self, V, d, padding_idx=None):
        super().__init__(V, d, 0)


@misconception(
    "MyEmbedding", "One-hot vectors are multiplied by the table: ids index it, which needs no such product."
)
class OneHotTimesTable(MyEmbedding):
    def forward(self, ids):
        vectors = one_hot(ids, self.weight.size(0), self.weight.dtype)
        if self.padding_idx is not None:
            vectors[..., self.padding_idx].zero_()
        return vectors @ self.weight


@misconception("MyEmbedding", "A loop goes over the ids; the table can be indexed by all of them at once.")
class OverIds(MyEmbedding):
    def forward(self, ids):
        look_up = super().forward
        return torch.stack([look_up(index) for index in ids.flatten()]).view(*ids.shape, -1)


@misconception("MyEmbedding", "It is nn.Embedding that does the work; this task is to write it.")
class LayerOfTorch(nn.Embedding):
    def __init__(self, V, d, padding_idx=None):
        super().__init__(V, d, padding_idx=padding_idx)


@misconception("MyEmbedding", "F.embedding looks the rows up; this task is to do that by hand.")
class FunctionOfTorch(MyEmbedding):
    def forward(self, ids):
        return F.embedding(ids, self.weight, self.padding_idx)


# ---------------------------------------------------------------- perplexity


def _nll(logits, targets):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)


@misconception(
    "perplexity", "The harmonic mean of the numbers of choices is taken; perplexity is their geometric mean."
)
def perplexity_harmonic(logits, targets, pad_id):
    p = torch.exp(-_nll(logits, targets))[targets != pad_id]
    return 1 / p.mean()


@misconception("perplexity", "It is the mean of exp; it should be exp of the mean.")
def perplexity_mean_of_exp(logits, targets, pad_id):
    return _nll(logits, targets)[targets != pad_id].exp().mean()


@misconception("perplexity", "2 is raised to a mean of natural logarithms: it should be exp.")
def perplexity_base_two(logits, targets, pad_id):
    return 2 ** _nll(logits, targets)[targets != pad_id].mean()


@misconception("perplexity", "Padding counts as if it were words: leave out where the target is pad_id.")
def perplexity_of_padding(logits, targets, pad_id):
    return _nll(logits, targets).mean().exp()


@misconception(
    "perplexity", "Padding is left out of the sum, but still counted in what the sum is divided by."
)
def perplexity_divided_by_all(logits, targets, pad_id):
    return (_nll(logits, targets) * (targets != pad_id)).mean().exp()


@misconception("perplexity", "It is the mean over sentences; all tokens of the batch should count the same.")
def perplexity_by_sentence(logits, targets, pad_id):
    words = targets != pad_id
    return ((_nll(logits, targets) * words).sum(1) / words.sum(1)).exp().mean()


@misconception("perplexity", "log(softmax(x)) is -inf where the softmax underflows: use log_softmax.")
def perplexity_log_of_softmax(logits, targets, pad_id):
    log_p = torch.softmax(logits, dim=-1).log().gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return (-log_p[targets != pad_id].mean()).exp()


@misconception("perplexity", "Softmax is taken twice: cross_entropy does it, and wants logits.")
def perplexity_softmax_twice(logits, targets, pad_id):
    return perplexity(torch.softmax(logits, dim=-1), targets, pad_id)


@misconception("perplexity", "view(B, V, T) mixes the numbers: to move a dimension, use transpose.")
def perplexity_view(logits, targets, pad_id):
    B, T, V = logits.shape
    return F.cross_entropy(logits.reshape(B, V, T), targets, ignore_index=pad_id).exp()


@misconception("perplexity", "The mean of -ln p is returned, without exp.")
def perplexity_without_exp(logits, targets, pad_id):
    return math.log(perplexity(logits, targets, pad_id))


@misconception("perplexity", "A loop goes over the tokens; one cross-entropy does those of all sentences.")
def perplexity_over_tokens(logits, targets, pad_id):
    total, count = 0.0, 0
    for scores, target in zip(logits.flatten(0, 1), targets.flatten(), strict=True):
        if target != pad_id:
            total, count = total - torch.log_softmax(scores, dim=0)[target], count + 1
    return (total / count).exp()


@misconception("perplexity", "A loop goes over the sentences; flattened, all their tokens go into one call.")
def perplexity_over_sentences(logits, targets, pad_id):
    total, count = 0.0, 0
    for scores, target in zip(logits, targets, strict=True):
        total += F.cross_entropy(scores, target, ignore_index=pad_id, reduction="sum")
        count += (target != pad_id).sum()
    return (total / count).exp()


# ---------------------------------------------------------------- ngram_precision, sentence_bleu, corpus_bleu


def _grams(tokens, n):
    return Counter(tuple(tokens[start : start + n]) for start in range(len(tokens) - n + 1))


@misconception("ngram_precision", "Not clipped: an n-gram counts only as often as a reference has it.")
def precision_unclipped(cand, refs, n):
    found, counts = set().union(*(_grams(ref, n) for ref in refs)), _grams(cand, n)
    return sum(count for gram, count in counts.items() if gram in found), counts.total()


@misconception(
    "ngram_precision",
    "Clipped by the sum over the references; it should be the greatest count in one of them.",
)
def precision_summed_references(cand, refs, n):
    counts = _grams(cand, n)
    return (counts & reduce(Counter.__add__, (_grams(ref, n) for ref in refs))).total(), counts.total()


@misconception("ngram_precision", "Only the first reference is looked at.")
def precision_first_reference(cand, refs, n):
    return ngram_precision(cand, refs[:1], n)


@misconception(
    "ngram_precision", "Every n-gram counts once, however often it stands there: count repetitions."
)
def precision_of_sets(cand, refs, n):
    counts = set(_grams(cand, n))
    return len(counts & set().union(*(_grams(ref, n) for ref in refs))), len(counts)


@misconception("ngram_precision", "It divides by the n-grams of the reference: that is recall.")
def precision_recall(cand, refs, n):
    return ngram_precision(cand, refs, n)[0], _grams(refs[0], n).total()


@misconception("ngram_precision", "The number of n-grams of a short candidate comes out negative; it is 0.")
def precision_negative(cand, refs, n):
    return ngram_precision(cand, refs, n)[0], len(cand) - n + 1


def _bleu(cand, refs, N, *, penalty=None, mean=None):
    if len(cand) < N:
        return 0.0
    c, r = len(cand), min((len(ref) for ref in refs), key=lambda length: (abs(length - len(cand)), length))
    p = [confirmed / total for confirmed, total in (ngram_precision(cand, refs, n + 1) for n in range(N))]
    average = (mean or (lambda p: math.prod(p) ** (1 / len(p))))(p)
    return average * (penalty or (lambda c, r: min(1.0, math.exp(1 - r / c))))(c, r)


@misconception("sentence_bleu", "There is no brevity penalty: short candidates get too much.")
def bleu_without_penalty(cand, refs, N=4):
    return _bleu(cand, refs, N, penalty=lambda c, r: 1.0)


@misconception("sentence_bleu", "The penalty also rewards long candidates: exp(1 - r / c) is for c < r only.")
def bleu_rewards_length(cand, refs, N=4):
    return _bleu(cand, refs, N, penalty=lambda c, r: math.exp(1 - r / c))


@misconception("sentence_bleu", "The penalty punishes long candidates: c and r are swapped.")
def bleu_punishes_length(cand, refs, N=4):
    return _bleu(cand, refs, N, penalty=lambda c, r: min(1.0, math.exp(1 - c / r)))


@misconception("sentence_bleu", "The precisions are averaged by an arithmetic mean; it is a geometric one.")
def bleu_arithmetic(cand, refs, N=4):
    return _bleu(cand, refs, N, mean=lambda p: sum(p) / len(p))


@misconception("sentence_bleu", "N is not used: there are always four precisions.")
def bleu_always_four(cand, refs, N=4):
    return sentence_bleu(cand, refs, 4)


@misconception("sentence_bleu", "Of two references that are equally near in length, the longer is taken.")
def bleu_longer_reference(cand, refs, N=4):
    r = min((len(ref) for ref in refs), key=lambda length: (abs(length - len(cand)), -length))
    return _bleu(cand, refs, N, penalty=lambda c, _: min(1.0, math.exp(1 - r / c)))


@misconception("sentence_bleu", "The shortest reference gives r; it should be the nearest in length.")
def bleu_shortest_reference(cand, refs, N=4):
    r = min(len(ref) for ref in refs)
    return _bleu(cand, refs, N, penalty=lambda c, _: min(1.0, math.exp(1 - r / c)))


@misconception("sentence_bleu", "A candidate shorter than N divides by zero; its BLEU is 0.")
def bleu_divides_by_zero(cand, refs, N=4):
    p = [confirmed / total for confirmed, total in (ngram_precision(cand, refs, n + 1) for n in range(N))]
    return sentence_bleu(cand, refs, N) if p else 0.0


@misconception("sentence_bleu", "log(0) raises where no n-gram is confirmed; BLEU is 0 then.")
def bleu_log_of_zero(cand, refs, N=4):
    if len(cand) < N:
        return 0.0
    return _bleu(cand, refs, N, mean=lambda p: math.exp(sum(math.log(p_n) for p_n in p) / N))


@misconception(
    "corpus_bleu", "The BLEU of the sentences is averaged; counts and lengths should be summed first."
)
def corpus_bleu_averaged(cands, refs_list, N=4):
    return sum(sentence_bleu(cand, refs, N) for cand, refs in zip(cands, refs_list, strict=True)) / len(cands)


def _summed(cands, refs_list, N):
    counts = [
        [ngram_precision(cand, refs, n + 1) for cand, refs in zip(cands, refs_list, strict=True)]
        for n in range(N)
    ]
    return [(sum(one for one, _ in row), sum(other for _, other in row)) for row in counts]


@misconception(
    "corpus_bleu", "The brevity penalty is averaged over the sentences; c and r should be summed first."
)
def corpus_bleu_average_penalty(cands, refs_list, N=4):
    counts, penalties = _summed(cands, refs_list, N), []
    if not all(confirmed for confirmed, _ in counts):
        return 0.0
    p = math.prod(confirmed / total for confirmed, total in counts) ** (1 / N)
    for cand, refs in zip(cands, refs_list, strict=True):
        c, r = len(cand), min((abs(len(ref) - len(cand)), len(ref)) for ref in refs)[1]
        penalties.append(min(1.0, math.exp(1 - r / c)))
    return p * sum(penalties) / len(penalties)


@misconception(
    "corpus_bleu", "The precisions are averaged over the sentences; their counts should be summed."
)
def corpus_bleu_average_precision(cands, refs_list, N=4):
    pairs, p = list(zip(cands, refs_list, strict=True)), []
    for n in range(1, N + 1):
        counts = [ngram_precision(cand, refs, n) for cand, refs in pairs]
        p.append(sum(confirmed / total if total else 0.0 for confirmed, total in counts) / len(pairs))
    c = sum(len(cand) for cand in cands)
    r = sum(min((abs(len(ref) - len(cand)), len(ref)) for ref in refs)[1] for cand, refs in pairs)
    return math.prod(p) ** (1 / N) * min(1.0, math.exp(1 - r / c))


# ---------------------------------------------------------------- BigramLM


@misconception("BigramLM", "The last tokens of the sentences are counted as if something followed them.")
class CountsLastTokens(BigramLM):
    def fit(self, corpus):
        super().fit(corpus)
        self.followed = Counter(token for sentence in corpus for token in sentence)


@misconception("BigramLM", "Pairs are counted from the end of a sentence to the beginning of the next one.")
class AcrossSentences(BigramLM):
    def fit(self, corpus):
        super().fit(corpus)
        tokens = [token for sentence in corpus for token in sentence]
        self.pairs, self.followed = Counter(pairwise(tokens)), Counter(tokens[:-1])


@misconception("BigramLM", "The probability underflows to 0 before its logarithm is taken: sum logarithms.")
class LogOfProduct(BigramLM):
    def nll(self, seq):
        p = self.prob(seq)
        return -math.log(p) if p else math.inf


@misconception("BigramLM", "p(x_0) is the share of the token in the corpus; it is that of the first tokens.")
class FirstByFrequency(BigramLM):
    def fit(self, corpus):
        super().fit(corpus)
        self.first = Counter(token for sentence in corpus for token in sentence)
        self.sentences = self.first.total()


@misconception("BigramLM", "p(x_0) is left out of the product.")
class WithoutFirst(BigramLM):
    def _factors(self, seq):
        return list(super()._factors(seq))[1:]


@misconception("BigramLM", "The counts are smoothed by adding one; this model is not smoothed.")
class AddOne(BigramLM):
    def _factors(self, seq):
        size = len(set(self.followed) | {b for _, b in self.pairs} | set(self.first))
        yield self.first[seq[0]] / self.sentences
        for a, b in pairwise(seq):
            yield (self.pairs[a, b] + 1) / (self.followed[a] + size)


@misconception("BigramLM", "What was not seen raises an error; its probability is 0, its nll infinite.")
class SeenOnly(BigramLM):
    def _factors(self, seq):
        yield dict(self.first)[seq[0]] / self.sentences
        for pair in pairwise(seq):
            yield dict(self.pairs)[pair] / self.followed[pair[0]]


@misconception("BigramLM", "nll is divided by the number of tokens; it should be that of the whole sequence.")
class NllPerToken(BigramLM):
    def nll(self, seq):
        return super().nll(seq) / len(seq)


@misconception("BigramLM", "The logarithm is to base 2; it should be the natural one.")
class NllInBits(BigramLM):
    def nll(self, seq):
        return super().nll(seq) / math.log(2)


@misconception(
    "BigramLM", "The pair is divided by all pairs: that is p(a, b); divide by those that begin with a."
)
class JointProbability(BigramLM):
    def _factors(self, seq):
        yield self.first[seq[0]] / self.sentences
        yield from (self.pairs[pair] / self.pairs.total() for pair in pairwise(seq))


# ---------------------------------------------------------------- accuracy, MeanMeter


@misconception("accuracy", "argmax runs over the samples (dim=0); it should run over the classes.")
def accuracy_over_samples(pred, y):
    classes = pred.argmax(dim=0) if pred.dim() == 2 else pred
    return (classes == y).double().mean().item()


@misconception("accuracy", "Classes are taken for logits: a pred of one dimension needs no argmax.")
def accuracy_of_logits_only(pred, y):
    return (pred.argmax(dim=-1) == y).double().mean().item()


@misconception("accuracy", "It is the number of right predictions; divide by how many there are.")
def accuracy_count(pred, y):
    classes = pred.argmax(dim=1) if pred.dim() == 2 else pred
    return float((classes == y).sum())


@misconception("accuracy", "// divides integers, and cuts the share to 0: use /.")
def accuracy_integer_division(pred, y):
    classes = pred.argmax(dim=1) if pred.dim() == 2 else pred
    return float((classes == y).sum() // len(y))


@misconception("MeanMeter", "All batches count the same; each should count by its number of samples.")
class MeanOfBatches(MeanMeter):
    def update(self, value, n=1):
        super().update(value, 1)


@misconception("MeanMeter", "The values are summed as they are, and divided by the samples: multiply by n.")
class SumOverSamples(MeanMeter):
    def update(self, value, n=1):
        self.total += float(value)
        self.samples += n


@misconception(
    "MeanMeter", "The mean of losses has their graph, which then stays in memory: use float(value)."
)
class KeepsGraph(MeanMeter):
    def update(self, value, n=1):
        self.total = self.total + value * n
        self.samples += n


@misconception("MeanMeter", "The mean is that of the last batch; it should be over all of them.")
class LastBatch(MeanMeter):
    def update(self, value, n=1):
        self.total, self.samples = float(value) * n, n
