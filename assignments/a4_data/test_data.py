"""Public tests of data.py. Words, numbers and seeds are drawn at random unless a test says otherwise."""

import pytest
import torch
from probes import (
    SPECIALS,
    WORDS,
    batches,
    collated,
    decoded,
    encoded,
    hesitation,
    in_batches,
    item,
    looked_up,
    measured,
    mixed,
    parts,
    precisions,
    probabilities,
    sentence,
    sizes,
    surprises,
    table_gradient,
    three_times,
    vectors,
    vectors_alone,
    vocabulary,
)

# ---------------------------------------------------------------- tokenize


@pytest.mark.task("tokenize")
@pytest.mark.points(2)
@pytest.mark.hint("A word and the punctuation mark behind it are two tokens; words come out in lower case.")
def test_tokenize_sentence(agree, pick):
    """Words, a number and punctuation marks, some words with a capital letter."""
    one, two, three, four = pick(WORDS, 4)
    marks = pick(".,!?;:()", 4)
    text = f"{one.capitalize()} {two}{marks[0]} {three.upper()}{marks[1]}{four} {pick(range(99))}"
    agree("tokenize", f"{text}{marks[2]}{marks[3]}", read_as=list)


@pytest.mark.task("tokenize")
@pytest.mark.points(1)
@pytest.mark.hint("An apostrophe between letters belongs to the word; at its edge, it is a token of its own.")
def test_tokenize_apostrophes(agree, pick):
    """Apostrophes inside words and around them."""
    inside = pick(("don't", "it's", "o'clock", "we're", "rock'n'roll"), 2)
    quoted, owned = pick(WORDS, 2)
    agree("tokenize", f"{inside[0]} '{quoted}' {inside[1]} {owned}s' {pick(WORDS)}.", read_as=list)


# ---------------------------------------------------------------- Vocab


@pytest.mark.task("Vocab")
@pytest.mark.points(3)
@pytest.mark.hint("First the specials as they are given, then the words, the most frequent first.")
def test_vocab_tables(agree, pick):
    """itos, stoi and the length for a corpus in which no two words are equally frequent."""
    agree(vocabulary, mixed(pick, pick(WORDS, 6), pick(range(1, 10), 6)))


@pytest.mark.task("Vocab")
@pytest.mark.points(2)
@pytest.mark.hint(
    "Counter.most_common leaves ties in the order of first occurrence; sort by (-count, token)."
)
def test_vocab_ties(agree, pick):
    """Words that are equally frequent stand in alphabetical order."""
    *tied, often = pick(WORDS, 6)
    agree(vocabulary, [*sorted(tied, reverse=True), often, often, often, *pick(tied, 5)])


@pytest.mark.task("Vocab")
@pytest.mark.points(1)
@pytest.mark.hint("A word that the corpus does not have gets the id of <unk>, and no error.")
def test_vocab_unknown(agree, pick):
    """The ids of a known word and of unknown ones."""
    known, *unknown = pick(WORDS, 6)
    agree(looked_up, [known] * pick(range(1, 4)), pick([known, known, known, *unknown], 8))


# ---------------------------------------------------------------- encode, decode


@pytest.mark.task("encode")
@pytest.mark.points(1)
@pytest.mark.hint("add_sos and add_eos each add one id; words that vocab does not have get the id of <unk>.")
def test_encode_markers(agree, pick):
    """The ids of a sentence without and with <sos> and <eos>."""
    words = pick(WORDS, 9)
    for add_sos, add_eos in pick([(False, False), (True, False), (False, True), (True, True)], 4):
        tokens = pick(words, 6)
        agree(encoded, [*SPECIALS, *words[:7]], tokens, add_sos=add_sos, add_eos=add_eos)


@pytest.mark.task("encode")
@pytest.mark.points(2)
@pytest.mark.hint("Cut the words, then add <eos>. max_len counts <sos> and <eos> too.")
def test_encode_too_long(agree, pick):
    """Sentences cut to max_len still end with <eos>."""
    for add_sos in pick([True, False], 2):
        tokens = pick(WORDS, 9)
        agree(encoded, [*SPECIALS, *WORDS], tokens, add_sos=add_sos, add_eos=True, max_len=pick(range(4, 8)))


@pytest.mark.task("encode")
@pytest.mark.points(2)
@pytest.mark.hint("<eos> ends the sentence; <pad> and <sos> are left out, <unk> is not.")
def test_decode(agree, pick):
    """A padded sentence as a model returns it, with more behind its <eos>."""
    itos, words = [*SPECIALS, *WORDS], pick(range(4, 18), 6)
    ids = [2, *pick([*words[:4], 0], 5), 3, words[4], 3, words[5], 1, 1]
    agree(decoded, itos, ids)
    agree(decoded, itos, [2, *pick([*words, 1, 0], 8)])


# ---------------------------------------------------------------- TextDataset


@pytest.mark.task("TextDataset")
@pytest.mark.points(2)
@pytest.mark.hint(
    "torch.tensor(ids, dtype=torch.int64): an embedding takes nothing else. The label is an int."
)
def test_dataset_item(agree, pick, rand):
    """One item: the ids as a tensor of int64, and the label as an int."""
    texts, labels = pick(WORDS, 5), rand(5, low=2, high=9, dtype=torch.int64).tolist()
    agree(item, texts, labels, pick(range(5)))


@pytest.mark.task("TextDataset")
@pytest.mark.points(2)
@pytest.mark.hint("A DataLoader asks the dataset for its length: __len__.")
def test_dataset_in_loader(agree, pick, rand):
    """All items through a DataLoader, two at a time."""
    texts, labels = pick(WORDS, 5), rand(5, low=2, high=9, dtype=torch.int64).tolist()
    agree(in_batches, texts, labels, 2)


# ---------------------------------------------------------------- collate


@pytest.fixture
def batch(rand, pick):
    """Five sentences of different lengths, with their labels; all ids are 5 or greater."""
    labels = pick(range(9), 5)
    return [
        (rand(length, low=5, high=50, dtype=torch.int64), label)
        for length, label in zip(pick(range(1, 9), 5), labels, strict=True)
    ]


@pytest.mark.task("collate")
@pytest.mark.points(3)
@pytest.mark.hint(
    "One sentence is one row; the longest one of the batch says how many columns; fill with pad_id."
)
def test_collate_ids(agree, batch, pick):
    """The padded ids."""
    agree(collated, batch, pick(range(1, 5)), "ids")


@pytest.mark.task("collate")
@pytest.mark.points(2)
@pytest.mark.hint("The mask is boolean, and True where a word stands.")
def test_collate_lengths_and_mask(agree, batch):
    """The lengths, and the mask that says where words stand."""
    agree(collated, batch, 1, "lengths", "mask")


@pytest.mark.task("collate")
@pytest.mark.points(1)
@pytest.mark.hint("The labels go into one tensor of int64, in the order of the batch.")
def test_collate_labels(agree, batch):
    """The labels."""
    agree(collated, batch, 1, "labels")


# ---------------------------------------------------------------- split_indices, bucket_batches


@pytest.mark.task("split_indices")
@pytest.mark.points(2)
@pytest.mark.hint(
    "All parts but the last have round(n * fraction) indices; the last takes all that are left."
)
def test_split_parts(student, agree, rand, close):
    """Every index is in exactly one part, and the parts have the right sizes."""
    n, seed = (
        10 * rand(low=20, high=50, dtype=torch.int64).item() + 3,
        rand(low=0, high=999, dtype=torch.int64),
    )
    for fractions in ([0.6, 0.3, 0.1], [0.9, 0.1]):
        found = student.call(parts, n, fractions, seed.item())
        close(sorted(index for part in found for index in part), list(range(n)), what="all indices, sorted")
        agree(sizes, n, fractions, seed.item())
    agree(sizes, 25000, [0.9, 0.1], seed.item())


@pytest.mark.task("split_indices")
@pytest.mark.points(1)
@pytest.mark.hint(
    "Shuffle with a generator that has been given the seed: torch.Generator().manual_seed(seed)."
)
def test_split_seeds(student, rand, close):
    """The same seed gives the same parts, another seed gives others."""
    n, seed = (
        20 * rand(low=5, high=20, dtype=torch.int64).item(),
        rand(low=0, high=999, dtype=torch.int64).item(),
    )
    first, again, other = student.call(three_times, "parts", (n, [0.5, 0.25, 0.25]), seed, seed + 1)
    close(sorted(first[0] + first[1] + first[2]), list(range(n)), what="all indices, sorted")
    close(first == again, True, what="whether the same seed gives the same parts")
    close(first == other, False, what="whether another seed gives the same parts")


@pytest.mark.task("split_indices")
@pytest.mark.points(1)
@pytest.mark.hint("Nothing is dropped: 2500 sentences in batches of 128 make 19 full batches and one of 68.")
def test_bucket_sizes(student, rand, close):
    """Every index is in exactly one batch, and one batch at most is smaller."""
    n, size = rand(low=90, high=140, dtype=torch.int64).item() * 7 + 3, 7
    lengths = rand(n, low=1, high=200, dtype=torch.int64).tolist()
    found = student.call(batches, lengths, size, rand(low=0, high=999, dtype=torch.int64).item())
    close(
        sorted(len(batch) for batch in found), [3] + [size] * (n // size), what="sizes of the batches, sorted"
    )
    close(sorted(index for batch in found for index in batch), list(range(n)), what="all indices, sorted")


@pytest.mark.task("split_indices")
@pytest.mark.points(2)
@pytest.mark.hint("A batch is padded to its longest sentence: put sentences of similar lengths together.")
def test_bucket_padding(student, rand, pick, close, within):
    """How much has to be padded, compared with random batches."""
    lengths = rand(600, low=1, high=200, dtype=torch.int64).tolist()
    found = student.call(batches, lengths, 16, rand(low=0, high=999, dtype=torch.int64).item())
    close(sorted(index for batch in found for index in batch), list(range(600)), what="all indices, sorted")
    order = pick(range(600), 600)
    by_chance = padding([order[start : start + 16] for start in range(0, 600, 16)], lengths)
    within(
        padding(found, lengths) / by_chance, 0, 0.6, what="padding over that of random batches", false_fail=0
    )


def padding(batches, lengths):
    """How many pads the batches need."""
    return sum(len(batch) * max(lengths[index] for index in batch) for batch in batches) - sum(lengths)


# ---------------------------------------------------------------- one_hot


@pytest.mark.task("one_hot")
@pytest.mark.points(1)
@pytest.mark.hint("The result is float32 by default: a matrix product with int64 fails.")
def test_one_hot_hello(agree):
    """The word "hello" over the letters e, h, l, o."""
    agree("one_hot", torch.tensor([1, 0, 2, 2, 3]), 4, exact=True)


@pytest.mark.task("one_hot")
@pytest.mark.points(2)
@pytest.mark.hint("V says how wide the result is, also where the greatest ids do not occur.")
def test_one_hot_batch(agree, rand):
    """A batch of sentences, over a vocabulary that is larger than their ids need."""
    agree("one_hot", rand(3, 5, low=0, high=6, dtype=torch.int64), 8, exact=True)


@pytest.mark.task("one_hot")
@pytest.mark.points(1)
@pytest.mark.hint("Every id meets every number 0 .. V-1 in one comparison, or picks a row of the identity.")
@pytest.mark.forbid("torch.nn.functional.one_hot")
def test_one_hot_operations(ops_at_most, rand):
    """Thirty-two ids by at most 8 operations: no loop over them, and no F.one_hot."""
    ops_at_most("one_hot", 8, rand(4, 8, low=0, high=11, dtype=torch.int64), 12, exact=True)


# ---------------------------------------------------------------- MyEmbedding


@pytest.mark.task("MyEmbedding")
@pytest.mark.points(2)
@pytest.mark.hint("weight is an nn.Parameter (V, d); row i belongs to id i.")
def test_embedding_rows(agree, rand, weights):
    """The vectors of a batch of sentences, with given weights."""
    state = weights("MyEmbedding", 7, 4, dtype=torch.float64)
    agree(vectors, (7, 4), state, rand(3, 5, low=0, high=7, dtype=torch.int64))


@pytest.mark.task("MyEmbedding")
@pytest.mark.points(1)
@pytest.mark.hint("An id that occurs twice gets both gradients; rows that do not occur get zero.")
def test_embedding_gradient(agree, rand, weights, pick):
    """The gradient of the weight where ids repeat."""
    twice, once, _ = pick(range(5), 3)
    state = weights("MyEmbedding", 5, 3, dtype=torch.float64)
    agree(table_gradient, (5, 3), state, torch.tensor([twice, once, twice]), rand(3, 3))


TABLES = "torch.nn.Embedding", "torch.nn.functional.embedding", "torch.nn.functional.embedding_bag"


@pytest.mark.task("MyEmbedding")
@pytest.mark.points(1)
@pytest.mark.hint("Ids of any number of dimensions index the table at once; so does the mask of the padding.")
@pytest.mark.forbid(*TABLES)
def test_embedding_operations(ops_at_most, rand, weights, pick):
    """Sixty ids with padding by at most 10 operations: no loop over them, and no layer of torch's."""
    padding_idx = pick(range(1, 50))
    state = weights("MyEmbedding", 50, 4, dtype=torch.float64)
    state["weight"][padding_idx] = 0
    ids = rand(6, 10, low=0, high=50, dtype=torch.int64)
    ids[1, 7:], ids[4, 3:] = padding_idx, padding_idx
    ops_at_most(vectors_alone, 10, (50, 4, padding_idx), state, ids)


@pytest.mark.task("MyEmbedding")
@pytest.mark.points(1)
@pytest.mark.hint("One-hot vectors of 60 ids over 80 words have 4800 elements; the table has 240.")
@pytest.mark.forbid(*TABLES)
def test_embedding_memory(ops_at_most, rand, weights):
    """Sixty ids without a tensor more than twice as large as the table, the ids or the result."""
    state = weights("MyEmbedding", 80, 3, dtype=torch.float64)
    ids = rand(4, 15, low=0, high=80, dtype=torch.int64)
    ops_at_most(vectors_alone, 10, (80, 3), state, ids, largest=2.0)


# ---------------------------------------------------------------- perplexity


@pytest.mark.task("perplexity")
@pytest.mark.points(1)
@pytest.mark.hint("exp of the mean of -ln p: the geometric mean of 1/p, here of 2, 4 and 8.")
def test_perplexity_by_hand(agree, rand, pick):
    """Targets of probability 1/2, 1/4 and 1/8 give 4; other probabilities, and another number of them."""
    for p in ([0.5, 0.25, 0.125], rand(5, low=0.1, high=0.9).tolist()):
        logits = torch.tensor([[[p_, 1 - p_] for p_ in pick(p, len(p))]], dtype=torch.float64).log()
        agree(
            "perplexity",
            logits,
            torch.zeros(1, len(p), dtype=torch.int64),
            1,
            read_as=float,
            rtol=1e-6,
            atol=0,
        )


@pytest.mark.task("perplexity")
@pytest.mark.points(1)
@pytest.mark.hint("A model that knows nothing hesitates between all V words.")
def test_perplexity_uniform(agree, rand):
    """Equal logits: the perplexity is the size of the vocabulary."""
    V = rand(low=100, high=60000, dtype=torch.int64).item()
    logits, targets = torch.zeros(1, 3, V, dtype=torch.float64), rand(1, 3, low=2, high=V, dtype=torch.int64)
    agree("perplexity", logits, targets, 1, read_as=float, rtol=1e-6, atol=0)


@pytest.mark.task("perplexity")
@pytest.mark.points(1)
@pytest.mark.hint("Log-softmax runs over the words of the vocabulary; the mean is over all tokens together.")
def test_perplexity_batch(agree, rand):
    """A batch without padding."""
    targets = rand(3, 4, low=1, high=6, dtype=torch.int64)
    agree("perplexity", rand(3, 4, 6), targets, 0, read_as=float, rtol=1e-6, atol=0)


@pytest.mark.task("perplexity")
@pytest.mark.points(1)
@pytest.mark.hint("One log-softmax does all tokens of all sentences; which of them count, a mask can say.")
def test_perplexity_operations(ops_at_most, rand):
    """24 sentences of 32 tokens by at most 40 operations: no loop over tokens or sentences."""
    targets = rand(24, 32, low=2, high=6, dtype=torch.int64)
    targets[torch.arange(32) >= rand(24, 1, low=20, high=33, dtype=torch.int64)] = 1
    ops_at_most(hesitation, 40, 2 * rand(24, 32, 6), targets, 1, rtol=1e-6, atol=0)


@pytest.mark.task("perplexity")
@pytest.mark.points(2)
@pytest.mark.hint("Padding neither adds to the sum nor to the number that it is divided by.")
def test_perplexity_padding(agree, rand):
    """Sentences of different lengths, padded."""
    targets = rand(4, 6, low=2, high=7, dtype=torch.int64)
    targets[torch.arange(6) >= torch.tensor([[6], [2], [3], [5]])] = 1
    agree("perplexity", 2 * rand(4, 6, 7), targets, 1, read_as=float, rtol=1e-6, atol=0)


# ---------------------------------------------------------------- ngram_precision, sentence_bleu, corpus_bleu


@pytest.fixture
def translations(pick):
    """A candidate with a stretch of five tokens of its reference in it, and so a BLEU above 0."""

    def translations(length, ref_length, few=WORDS[:4]):
        """A candidate of `length` tokens and a reference of `ref_length`, of a few words that repeat."""
        ref = sentence(pick, few, ref_length)
        start = pick(range(ref_length - 4))
        cand = sentence(pick, [*few, WORDS[5]], length - 5)
        at = pick(range(length - 4))
        return [*cand[:at], *ref[start : start + 5], *cand[at:]], ref

    return translations


@pytest.mark.task("ngram_precision")
@pytest.mark.points(1)
@pytest.mark.hint("The reference has the word twice, so only two of the seven are confirmed.")
def test_precision_one_word(agree, pick):
    """One word many times: a word is confirmed as often as a reference has it."""
    agree("ngram_precision", ["the"] * 7, [["the", "cat", "is", "on", "the", "mat"]], 1, read_as=tuple)
    word, *others = pick(WORDS, 5)
    agree(
        "ngram_precision",
        [word] * pick(range(4, 9)),
        [mixed(pick, [word, *others], [3, 1, 1, 2, 1])],
        1,
        read_as=tuple,
    )


@pytest.mark.task("ngram_precision")
@pytest.mark.points(1)
@pytest.mark.hint("Count n-grams with their repetitions, also n-grams that overlap.")
def test_precision_of_all_lengths(agree, translations):
    """Single tokens, pairs, triples and quadruples of random sentences."""
    cand, ref = translations(12, 10)
    agree(precisions, cand, [ref], 4)


@pytest.mark.task("ngram_precision")
@pytest.mark.points(2)
@pytest.mark.hint("A geometric mean of the precisions, times the brevity penalty exp(1 - r / c) where c < r.")
def test_sentence_bleu(agree, translations):
    """BLEU of candidates that are shorter than the reference, and longer."""
    bleu = {"rtol": 1e-6, "atol": 1e-9, "read_as": float}
    for length, ref_length in ((12, 9), (8, 11)):
        cand, ref = translations(length, ref_length)
        agree("sentence_bleu", cand, [ref], **bleu)
    agree("sentence_bleu", ["the", "cat", "is", "on"], [["the", "cat", "is", "on", "the", "mat"]], **bleu)


@pytest.mark.task("ngram_precision")
@pytest.mark.points(1)
@pytest.mark.hint("N says up to which length n-grams count, and which root is taken.")
def test_sentence_bleu_of_pairs(agree, translations):
    """BLEU of single tokens and pairs only, N = 2: also the square root of 5/6 times 3/5."""
    bleu = {"rtol": 1e-6, "atol": 1e-9, "read_as": float}
    cand, ref = translations(10, 12)
    agree("sentence_bleu", cand, [ref], 2, **bleu)
    cand, ref = "the cat sat on the mat", "the cat is on the mat"
    agree("sentence_bleu", cand.split(), [ref.split()], 2, **bleu)


@pytest.mark.task("ngram_precision")
@pytest.mark.points(2)
@pytest.mark.hint("Sum the counts and the lengths over all sentences, and only then divide.")
def test_corpus_bleu(agree, translations):
    """BLEU of three sentences of different lengths."""
    pairs = [translations(*lengths) for lengths in ((8, 11), (14, 12), (6, 9))]
    cands, refs_list = [cand for cand, _ in pairs], [[ref] for _, ref in pairs]
    agree("corpus_bleu", cands, refs_list, rtol=1e-6, atol=1e-9, read_as=float)


# ---------------------------------------------------------------- BigramLM


@pytest.mark.task("BigramLM")
@pytest.mark.points(1)
@pytest.mark.hint("Both sentences begin with a; of its three successors two are b; each b is followed by a.")
def test_bigram_by_hand(agree, pick):
    """The corpus "a b a b a", "a a b", with p(a b a) = 3/4; also with the words swapped for others."""
    a, b = pick(WORDS, 2)
    for one, other in (("a", "b"), (a, b)):
        corpus = [[one, other, one, other, one], [one, one, other]]
        agree(
            probabilities,
            corpus,
            pick([[one, other, one], [one, one], [one, other]], 3),
            rtol=1e-6,
            atol=1e-12,
        )


@pytest.mark.task("BigramLM")
@pytest.mark.points(2)
@pytest.mark.hint("Of all times that a is followed by something: its last place in a sentence is none.")
def test_bigram_probabilities(agree, pick):
    """The probabilities of the sentences of a random corpus."""
    corpus = [sentence(pick, WORDS[:3], length) for length in pick(range(3, 8), 4)]
    agree(probabilities, corpus, corpus, rtol=1e-6, atol=1e-12)


@pytest.mark.task("BigramLM")
@pytest.mark.points(1)
@pytest.mark.hint("The natural logarithm, of the whole sequence.")
def test_bigram_nll(agree, pick):
    """The negative log-likelihood of the sentences of a random corpus."""
    corpus = [sentence(pick, WORDS[:3], length) for length in pick(range(4, 9), 4)]
    agree(surprises, corpus, corpus, rtol=1e-6, atol=1e-9)


# ---------------------------------------------------------------- accuracy, MeanMeter


@pytest.mark.task("accuracy")
@pytest.mark.points(1)
@pytest.mark.hint("argmax over the classes, which are the columns.")
def test_accuracy_of_logits(agree, rand):
    """The share of right predictions of logits."""
    logits = rand(40, 3)
    y = torch.where(rand(40) < 0.3, logits.argmax(dim=1), rand(40, low=0, high=3, dtype=torch.int64))
    agree("accuracy", logits, y, read_as=float, rtol=1e-6, atol=1e-9)


@pytest.mark.task("accuracy")
@pytest.mark.points(2)
@pytest.mark.hint("A batch counts by its number of samples: here .673, and the mean of the batches is .75.")
def test_meter_of_unequal_batches(agree, rand):
    """64 of 128 and 68 of 68 right; then batches of random values and sizes."""
    agree(measured, [(64 / 128, 128), (68 / 68, 68)], rtol=1e-6, atol=1e-9)
    updates = zip(rand(4).tolist(), rand(4, low=1, high=100, dtype=torch.int64).tolist(), strict=True)
    agree(measured, list(updates), rtol=1e-6, atol=1e-9)
