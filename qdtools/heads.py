"""The file of a head: names learned from a few examples, on the features of a graph that stays.

A head is one file of JSON, ``head.json``, without anything that could run. Whoever holds the graph that
it stands on, in Python or in a page, gets the same answers by this recipe.

The file
--------
An object with exactly these members:

``format``, ``version``
    ``"qdtools head"`` and 1. A reader refuses any other.
``graph``
    SHA-256 of the graph's file, ``pipeline.onnx``, in hexadecimal.
``categories``
    The k learned names, each once, in the order of the rows; none is a name in ``known``.
``known``
    Names of the graph that may be answered besides, each once; an empty list where only the learned
    names may. Not empty only where ``other`` is true.
``features``
    m, how many features there are: inputs of the classifier's last dense layer, 256 in the shipped graph.
``other``
    Whether the last row stands for "anything but the learned names". There are r = k + 1 rows then,
    otherwise r = k, which is at least 2.
``weights``, ``bias``
    Base64 of little-endian 32-bit floats, all finite: r times m of them row by row, and r. In each
    column, and in the bias, the rows sum to zero up to rounding.
``temperature``
    T, a number above 0.
``threshold``
    A number, or null for none.
``examples``
    k whole numbers: how many drawings of each learned name there were.
``held_out``
    ``{"right": 55, "n": 60, "level": 0}``, or null where nothing was held out: how many drawings were
    named right, among the learned names, by heads that had not learned from them, and how noisy the
    drawings were. Of each drawing exactly one head is asked.
``source``
    Where the drawings come from, in words.

From an image to its names
--------------------------
1. The features f of the image are what enters the dense layer that makes ``direct_logits``; those of a
   noisy image, denoised first, are what enters the one that makes ``logits``. Negative ones count as 0.
2. x = sqrt(f / sum(f)), so that x has the length 1; all zeros where the sum is 0.
3. z = (weights x + bias) / temperature.
4. Where ``known`` is empty, the probabilities of the learned names are the softmax of z_1 ... z_k; a
   last row for anything else stays out.
5. Otherwise q is the softmax of all k + 1 of z. Each learned name has its q. Each known name has the
   last of q times its share in the softmax of the graph's own logits over ``known``. The order of all is:
   the learned names, then the known ones.
6. To choose among some of these names, divide their probabilities by their sum.
7. "None of these" is the better answer where the most probable name is a learned one, and
   ln(exp(z_1) + ... + exp(z_k)) is below the threshold. Whether it is where a known name is
   most probable, is the graph's own affair.
"""

from __future__ import annotations
