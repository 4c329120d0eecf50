"""Hidden tests of data.py: other shapes, edges, gradients, dtypes."""

import pytest
import torch
from probes import (
    SPECIALS,
    WORDS,
    collated,
    decoded,
    embedding_at_first,
    encoded,
    first_weight,
    item,
    labels_of_all,
    loaded,
    looked_up,
    measured,
    measured_with_graph,
    mixed,
    next_numbers,
    precisions,
    probabilities,
    sentence,
    surprises,
    table_after_steps,
    table_gradient,
    three_times,
    vectors,
    vocabulary,
)

# ---------------------------------------------------------------- tokenize


@pytest.mark.task("tokenize")
@pytest.mark.points(1)
@pytest.mark.hint("White space is no token, also where several spaces or lines follow each other.")
def test_tokenize_white_space(agree, pick):
    """Several spaces, tabs and line ends; and a text without any word."""
    one, two, three = pick(WORDS, 3)
    gaps = pick(["   ", "\n", "\t ", " \n\n"], 4)
    agree("tokenize", f"{gaps[0]}{one}{gaps[1]}{two}{gaps[2]}{three}{gaps[3]}", read_as=list)
    agree("tokenize", pick(["", "  "]), read_as=list)


@pytest.mark.task("tokenize")
@pytest.mark.points(1)
@pytest.mark.hint("With lower=False the letters stay as they are.")
def test_tokenize_keeps_case(agree, pick):
    """Capital letters are kept on request."""
    one, two, three = pick(WORDS, 3)
    agree("tokenize", f"{one.capitalize()} {two} {three.upper()}", lower=False, read_as=list)


@pytest.mark.task("tokenize")
@pytest.mark.points(1)
@pytest.mark.hint("[a-z] knows only 26 letters; \\w knows those of every alphabet.")
def test_tokenize_other_letters(agree, pick):
    """Letters with accents, and other alphabets."""
    words = pick(["Café", "naïve", "Straße", "Über", "señor", "Привет", "Ελλάδα", "été", "東京"], 4)
    agree("tokenize", f"{words[0]} {words[1]}, {words[2]}: {words[3]}", read_as=list)


# ---------------------------------------------------------------- Vocab


@pytest.mark.task("Vocab")
@pytest.mark.points(1)
@pytest.mark.hint("max_size counts the words alone: with four specials, len(vocab) is max_size + 4.")
def test_vocab_max_size(agree, pick):
    """At most max_size words, the most frequent ones, and all specials."""
    agree(vocabulary, mixed(pick, pick(WORDS, 9), pick(range(1, 12), 9)), max_size=pick(range(5, 8)))


@pytest.mark.task("Vocab")
@pytest.mark.points(1)
@pytest.mark.hint("A word that occurs exactly min_freq times is kept.")
def test_vocab_min_freq(agree, pick):
    """Rare words are left out."""
    agree(vocabulary, mixed(pick, pick(WORDS, 6), pick(range(1, 7), 6)), min_freq=pick([2, 3, 4]))


@pytest.mark.task("Vocab")
@pytest.mark.points(1)
@pytest.mark.hint("The id of <unk> is wherever <unk> stands among the specials; it need not be 0.")
def test_vocab_other_specials(agree, pick):
    """Specials of the caller's own, with <unk> at another place."""
    known, *unknown = pick(WORDS, 4)
    specials = [*pick(["<pad>", "<cls>", "<sep>"], 2), "<unk>", "<mask>"]
    agree(looked_up, [known], pick([known, *unknown, *specials], 8), specials=specials)


@pytest.mark.task("Vocab")
@pytest.mark.points(1)
@pytest.mark.hint("A special that is found in the corpus has its id already.")
def test_vocab_specials_in_the_corpus(agree, pick):
    """Specials among the tokens do not stand in the vocabulary twice."""
    words = [*pick(WORDS, 4), "<unk>", "<eos>"]
    agree(vocabulary, mixed(pick, words, pick(range(1, 9), 6)))


# ---------------------------------------------------------------- encode, decode


@pytest.mark.task("encode")
@pytest.mark.points(1)
@pytest.mark.hint("max_len is a limit: what is shorter is not padded, what is as long is not cut.")
def test_encode_lengths_around_the_limit(agree, pick):
    """Sentences shorter than max_len, exactly as long, and too long by one; without <eos>, too."""
    for length in pick([3, 5, 6], 3):
        tokens = pick(WORDS, length)
        agree(encoded, [*SPECIALS, *WORDS], tokens, add_sos=True, max_len=6)
        agree(encoded, [*SPECIALS, *WORDS], tokens, max_len=5)


@pytest.mark.task("encode")
@pytest.mark.points(1)
@pytest.mark.hint("Ask the vocabulary for the ids of <sos>, <eos> and <pad>: they need not be 2, 3 and 1.")
def test_encode_other_special_ids(agree, pick):
    """Specials at other places of the vocabulary, to ids and back."""
    words = ["!", "3", *pick(WORDS, 5)]
    itos = [*words[:3], "<eos>", "<unk>", *words[3:], "<sos>", "<pad>"]
    agree(encoded, itos, pick([*words, "zebra"], 6), add_sos=True, add_eos=True)
    agree(decoded, itos, [9, 10, 0, 1, *pick([2, 4, 5, 6, 7, 8], 4), 10, 3, pick([0, 1, 2])])


@pytest.mark.task("encode")
@pytest.mark.points(1)
@pytest.mark.hint("Elements of a tensor are tensors: they equal ints, but as keys of a dict or a set do not.")
def test_decode_tensor(agree, pick):
    """Ids in a tensor."""
    words = pick(range(4, 16), 4)
    agree(decoded, [*SPECIALS, *WORDS], torch.tensor([2, *words[:3], 3, words[3], 1]))


# ---------------------------------------------------------------- TextDataset


@pytest.mark.task("TextDataset")
@pytest.mark.points(1)
@pytest.mark.hint("torch.tensor([]) is float32: say the dtype.")
def test_dataset_empty_text(agree, pick):
    """A text without tokens gives an empty tensor of int64."""
    texts = [pick(WORDS), "", pick(WORDS)]
    agree(item, texts, pick(range(3, 9), 3), 1)


@pytest.mark.task("TextDataset")
@pytest.mark.points(1)
@pytest.mark.hint("Without an IndexError behind the last item, a `for` loop over the dataset never ends.")
def test_dataset_in_a_for_loop(agree, pick):
    """A `for` loop finds every item once, and ends."""
    agree(labels_of_all, pick(WORDS, 4), pick(range(2, 9), 4))


@pytest.mark.task("TextDataset")
@pytest.mark.points(1)
@pytest.mark.hint("Compare the two lengths in __init__, and raise ValueError.")
def test_dataset_numbers_differ(agree, pick):
    """Fewer labels than texts raise ValueError, and more labels too."""
    texts = pick(WORDS, 5)
    agree(item, texts[:4], pick(range(2, 9), 5), 2)
    agree(item, texts, pick(range(2, 9), 5), 2)
    agree(item, texts, pick(range(2, 9), 4), 2)


# ---------------------------------------------------------------- collate


@pytest.mark.task("collate")
@pytest.mark.points(1)
@pytest.mark.hint("The lengths say where words stand; ids that equal pad_id do not.")
def test_collate_pad_id_inside(agree, rand, pick):
    """The pad id inside sentences: it is a word there."""
    batch = [(rand(length, low=5, high=9, dtype=torch.int64), 7) for length in pick(range(3, 9), 3)]
    for ids, _ in batch:
        ids[pick(range(len(ids)))] = 1
    agree(collated, batch, 1, "lengths", "mask")


@pytest.mark.task("collate")
@pytest.mark.points(1)
@pytest.mark.hint("A length of 0 is a row of padding.")
def test_collate_empty_sentence(agree, rand, pick):
    """A batch in which one sentence is empty."""
    batch = [(rand(length, low=5, high=9, dtype=torch.int64), 7) for length in pick([0, 2, 4], 3)]
    agree(collated, batch, 1, "ids", "lengths", "mask")


@pytest.mark.task("collate")
@pytest.mark.points(2)
@pytest.mark.hint("Each batch is as wide as its own longest sentence.")
def test_collate_in_loader(agree, rand, pick):
    """In a DataLoader, two and then one sentence in a batch."""
    pairs = [
        (rand(length, low=5, high=50, dtype=torch.int64), label)
        for length, label in zip(pick(range(2, 9), 5), pick(range(9), 5), strict=True)
    ]
    agree(loaded, pairs, 2, 1)


# ---------------------------------------------------------------- split_indices, bucket_batches


@pytest.mark.task("split_indices")
@pytest.mark.points(1)
@pytest.mark.hint(
    "torch.manual_seed and random.seed change the generators of everybody: make one of your own."
)
@pytest.mark.parametrize("what", ["parts", "batches"])
def test_global_generators(agree, rand, what):
    """The global generators of torch, random and numpy go on as if nothing had been drawn."""
    lengths = rand(40, low=1, high=20, dtype=torch.int64).tolist()
    arguments = (40, [0.8, 0.2]) if what == "parts" else (lengths, 8)
    agree(next_numbers, what, arguments, rand(low=0, high=999, dtype=torch.int64).item())


@pytest.mark.task("split_indices")
@pytest.mark.points(1)
@pytest.mark.hint("Shuffle the batches, after sorting the sentences; with a generator that has the seed.")
def test_bucket_order(student, rand, close):
    """The batches come in random order; the same seed gives the same, another seed another order."""
    n, seed = (
        rand(low=200, high=400, dtype=torch.int64).item(),
        rand(low=0, high=999, dtype=torch.int64).item(),
    )
    lengths = rand(n, low=1, high=1000, dtype=torch.int64).tolist()
    first, again, other = student.call(three_times, "batches", (lengths, 8), seed, seed + 1)
    close(sorted(index for batch in first for index in batch), list(range(n)), what="all indices, sorted")
    longest = [max(lengths[index] for index in batch) for batch in first]
    in_order = longest in (sorted(longest), sorted(longest, reverse=True))
    close(in_order, False, what="whether the batches are sorted by length")
    close(first == again, True, what="whether the same seed gives the same batches")
    close(first == other, False, what="whether another seed gives the same batches")


# ---------------------------------------------------------------- one_hot


@pytest.mark.task("one_hot")
@pytest.mark.points(1)
@pytest.mark.hint("The row of a token is the last dimension: result[.., i, ids[.., i]] is 1.")
def test_one_hot_square(agree, pick):
    """As many tokens as words in the vocabulary."""
    agree("one_hot", torch.tensor([*pick(range(5), 4), 0]), 5, exact=True)


@pytest.mark.task("one_hot")
@pytest.mark.points(1)
@pytest.mark.parametrize("shape", [(), (2, 3, 4)], ids=["one id", "three dimensions"])
def test_one_hot_dimensions(agree, rand, shape):
    """A single id without dimensions, and ids of three dimensions."""
    agree("one_hot", rand(*shape, low=1, high=40, dtype=torch.int64), 40, exact=True)


@pytest.mark.task("one_hot")
@pytest.mark.points(1)
@pytest.mark.hint("`dtype` is that of the result.")
def test_one_hot_dtype(agree, rand, pick):
    """A dtype that the caller chooses."""
    dtype = pick([torch.float64, torch.int64, torch.bool])
    agree("one_hot", rand(3, 4, low=0, high=7, dtype=torch.int64), 7, dtype=dtype, exact=True)


# ---------------------------------------------------------------- MyEmbedding


@pytest.mark.task("MyEmbedding")
@pytest.mark.points(1)
@pytest.mark.hint(
    "One parameter `weight` (V, d), standard normal, with zeros in the row of padding_idx only."
)
def test_embedding_at_first(agree, student, pick, within):
    """Name and shape of the parameter, its first values, and the padding row."""
    V, d = pick(range(300, 400)), pick(range(40, 50))
    agree(embedding_at_first, V, d, pick(range(V)))
    first = student.call(first_weight, V, d)
    within(first.double().mean(), -0.1, 0.1, what="mean of the first weight", false_fail=1e-15)
    within(first.double().std(), 0.93, 1.07, what="standard deviation of the first weight", false_fail=1e-15)


@pytest.fixture
def padded(weights, pick):
    """Weights for a MyEmbedding(6, 3, padding_idx), with zeros in the padding row, and ids with padding."""

    def padded(padding_idx):
        state = weights("MyEmbedding", 6, 3, dtype=torch.float64)
        state["weight"][padding_idx] = 0
        others = pick([index for index in range(6) if index != padding_idx], 3)
        return state, torch.tensor([[*others, padding_idx], [others[0], others[1], padding_idx, padding_idx]])

    return padded


@pytest.mark.task("MyEmbedding")
@pytest.mark.points(1)
@pytest.mark.hint("The padding row gets no gradient, however often it is looked up.")
def test_embedding_padding_gradient(agree, rand, pick, padded):
    """The gradient of the padding row is zero."""
    padding_idx = pick(range(1, 6))
    state, ids = padded(padding_idx)
    agree(table_gradient, (6, 3, padding_idx), state, ids, rand(2, 4, 3))


@pytest.mark.task("MyEmbedding")
@pytest.mark.points(1)
@pytest.mark.hint("`if padding_idx:` is false for 0; ask `is not None`.")
def test_embedding_padding_zero(agree, rand, padded):
    """Padding with the id 0."""
    state, ids = padded(0)
    agree(table_gradient, (6, 3, 0), state, ids, rand(2, 4, 3))


@pytest.mark.task("MyEmbedding")
@pytest.mark.points(1)
@pytest.mark.hint("Look the rows up in `weight` itself, not in a copy or in `.data`.")
def test_embedding_training(agree, rand, pick, padded):
    """Two steps of an optimizer move the rows that occur, and not the padding row."""
    padding_idx = pick(range(1, 6))
    state, ids = padded(padding_idx)
    agree(table_after_steps, (6, 3, padding_idx), state, ids, 1 + rand(2, 4, 3).abs(), 0.1)


@pytest.mark.task("MyEmbedding")
@pytest.mark.points(1)
@pytest.mark.parametrize("shape", [(), (2, 1, 3)], ids=["one id", "three dimensions"])
def test_embedding_dimensions(agree, rand, weights, shape):
    """A single id without dimensions, and ids of three dimensions."""
    state = weights("MyEmbedding", 4, 4, dtype=torch.float64)
    agree(vectors, (4, 4), state, rand(*shape, low=0, high=4, dtype=torch.int64))


# ---------------------------------------------------------------- perplexity


@pytest.mark.task("perplexity")
@pytest.mark.points(1)
@pytest.mark.hint("log(softmax(x)) is -inf where softmax is too small for a float; log_softmax is exact.")
def test_perplexity_large_gaps(agree, rand):
    """Logits that differ by hundreds."""
    logits, targets = rand(2, 3, 5), rand(2, 3, low=1, high=5, dtype=torch.int64)
    logits[0, 0, 0] = 900 + rand(low=0, high=50).item()
    agree("perplexity", logits, targets, 0, read_as=float, rtol=1e-6, atol=0)


@pytest.mark.task("perplexity")
@pytest.mark.points(1)
@pytest.mark.hint("- ln 0 is infinite, and so are the mean and exp of it.")
def test_perplexity_impossible_target(agree, rand):
    """A target of probability 0 makes the perplexity infinite; another word of probability 0 does not."""
    logits, targets = rand(2, 3, 5), rand(2, 3, low=1, high=4, dtype=torch.int64)
    logits[..., 4] = -torch.inf
    agree("perplexity", logits, targets, 0, read_as=float, rtol=1e-6, atol=0)
    targets[1, 2] = 4
    agree("perplexity", logits, targets, 0, read_as=float, rtol=1e-6, atol=0)


@pytest.mark.task("perplexity")
@pytest.mark.points(1)
@pytest.mark.hint(
    "Cross-entropy wants the classes in dimension 1: flatten, or transpose; view mixes the numbers."
)
def test_perplexity_square(agree, rand):
    """As many tokens in a sentence as sentences and as words in the vocabulary."""
    agree(
        "perplexity",
        rand(5, 5, 5),
        rand(5, 5, low=1, high=5, dtype=torch.int64),
        0,
        read_as=float,
        rtol=1e-6,
        atol=0,
    )


# ---------------------------------------------------------------- ngram_precision, sentence_bleu, corpus_bleu

BLEU = {"rtol": 1e-6, "atol": 1e-9, "read_as": float}


@pytest.fixture
def several(pick):
    """A candidate, and references of the given lengths that each share some tokens with it."""

    def several(length, *ref_lengths):
        """Each reference holds the first six tokens of the candidate, twice as far as there is room."""
        cand = sentence(pick, WORDS[:4], length)
        return cand, [
            (2 * cand[:6] + sentence(pick, WORDS[:6], 9))[:ref_length] for ref_length in ref_lengths
        ]

    return several


@pytest.mark.task("ngram_precision")
@pytest.mark.points(1)
@pytest.mark.hint("With several references the greatest count limits, not the sum of their counts.")
def test_precision_of_several_references(agree, pick):
    """Two references that have a word once and twice, in a candidate that has it many times."""
    one, two, *others = pick(WORDS, 6)
    cand = mixed(pick, [one, two, *others], [*pick(range(4, 12), 2), 1, 1, 1, 1])
    refs = [mixed(pick, [one, two, *others], counts) for counts in ([1, 3, 1, 2, 1, 0], [2, 1, 0, 2, 1, 0])]
    agree(precisions, cand, refs, 2)


@pytest.mark.task("ngram_precision")
@pytest.mark.points(1)
@pytest.mark.hint("A candidate of three tokens has no quadruple: (0, 0), and BLEU is 0 without an error.")
def test_short_candidates(agree, pick):
    """A candidate shorter than n, and one without any token."""
    ref = pick(WORDS, 7)
    cand = ref[: pick([2, 3])]
    agree(precisions, cand, [ref], 4)
    agree("sentence_bleu", cand, [ref], 2, **BLEU)
    agree("sentence_bleu", cand, [ref], **BLEU)
    agree("sentence_bleu", [], [ref], **BLEU)


@pytest.mark.task("ngram_precision")
@pytest.mark.points(1)
@pytest.mark.hint("Nothing is smoothed: one precision of 0 makes the product 0 (and log(0) an error).")
def test_bleu_without_a_match(agree, pick):
    """Pairs match, triples do not."""
    cand = pick(WORDS, pick(range(5, 10)))
    ref = [token for start in range(0, len(cand), 2) for token in (*cand[start : start + 2], "of")]
    agree("sentence_bleu", cand, [ref], 2, **BLEU)
    agree("sentence_bleu", cand, [ref], **BLEU)


@pytest.mark.task("ngram_precision")
@pytest.mark.points(1)
@pytest.mark.hint("The reference nearest in length counts; of two that are equally near, the shorter one.")
def test_bleu_nearest_length(agree, several, pick):
    """References of several lengths, two of them equally near."""
    agree("sentence_bleu", *several(10, *pick([5, 12, 15], 3)), **BLEU)
    agree("sentence_bleu", *several(9, *pick([7, 11, 15], 3)), **BLEU)


@pytest.mark.task("ngram_precision")
@pytest.mark.points(1)
@pytest.mark.hint(
    "A sentence without any match adds to the sums of n-grams and lengths; the product is not 0."
)
def test_corpus_bleu_with_a_bad_sentence(agree, several, pick):
    """One sentence of the corpus has no match at all, another is shorter than N."""
    pairs = [
        several(9, 11, 8),
        (pick(WORDS[8:], 4), [pick(WORDS[:4], 4)]),
        (["the", "cat"], [["the", "cat"]]),
    ]
    pairs = pick(pairs, 3)
    agree("corpus_bleu", [cand for cand, _ in pairs], [refs for _, refs in pairs], **BLEU)


# ---------------------------------------------------------------- BigramLM


@pytest.mark.task("BigramLM")
@pytest.mark.points(1)
@pytest.mark.hint("p(x_0) is the share of sentences that begin so, not the share of tokens.")
def test_bigram_first_token(agree, pick):
    """Sequences of one token: how many sentences begin with it."""
    corpus = [[first, *sentence(pick, WORDS[:4], 3)] for first in mixed(pick, WORDS[:4], [1, 2, 3, 5])]
    agree(probabilities, corpus, [[word] for word in pick(WORDS[:5], 5)], rtol=1e-6, atol=1e-12)


@pytest.mark.task("BigramLM")
@pytest.mark.points(1)
@pytest.mark.hint("What was not seen has probability 0 and nll inf; math.log(0) raises.")
def test_bigram_unseen(agree, pick):
    """A pair that was not seen, a word that was not seen, a word that nothing follows; and one that was."""
    a, b, c, d = pick(WORDS, 4)
    corpus = [[a, b, a, c], [a, c], [b, a, b]]
    sequences = pick([[a, b, a], [a, a], [b, c], [a, d], [d, a], [a, c, a], [c]], 7)
    agree(probabilities, corpus, sequences, rtol=1e-6, atol=1e-12)
    agree(surprises, corpus, sequences, rtol=1e-6, atol=1e-9)


@pytest.mark.task("BigramLM")
@pytest.mark.points(1)
@pytest.mark.hint("The product of thousands of probabilities is 0 in floating point; sum the logarithms.")
def test_bigram_long_sequence(agree, pick):
    """The nll of a sequence of thousands of tokens."""
    round_trip = sentence(pick, WORDS[:6], pick(range(40, 60)))
    corpus = [sentence(pick, WORDS[:6], 30), [*round_trip, round_trip[0]], sentence(pick, WORDS[:6], 20)]
    agree(surprises, corpus, [corpus[1], 40 * round_trip, corpus[0]], rtol=1e-6, atol=1e-9)


# ---------------------------------------------------------------- accuracy, MeanMeter


@pytest.mark.task("accuracy")
@pytest.mark.points(1)
@pytest.mark.hint("One dimension: pred holds the classes already.")
def test_accuracy_of_classes(agree, rand):
    """The share of right predictions of classes."""
    y, other = rand(2, 200, low=0, high=4, dtype=torch.int64)
    agree("accuracy", torch.where(rand(200) < 0.5, y, other), y, read_as=float, rtol=1e-6, atol=1e-9)


@pytest.mark.task("accuracy")
@pytest.mark.points(1)
@pytest.mark.hint("With as many samples as classes, argmax over the wrong dimension fits, and is wrong.")
def test_accuracy_square(agree, rand, pick):
    """As many samples as classes."""
    logits, right = rand(30, 30), pick(range(5, 26))
    y = torch.cat((logits.argmax(dim=1)[:right], logits.argmin(dim=1)[right:]))
    agree("accuracy", logits, y, read_as=float, rtol=1e-6, atol=1e-9)


@pytest.mark.task("accuracy")
@pytest.mark.points(1)
@pytest.mark.hint("float(value) or value.item() leaves the graph behind; n is 1 unless said.")
def test_meter_of_losses(agree, rand):
    """Losses that have a graph leave none in the mean; an update without n counts as one sample."""
    agree(measured, [(value,) for value in rand(3).tolist()], rtol=1e-6, atol=1e-9)
    agree(measured_with_graph, rand(), list(rand(3, 4)), [5, 1, 3], rtol=1e-6, atol=1e-9)
