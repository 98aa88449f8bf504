"""Stable estimates beside published maxima of the same likelihood, and beside estimators of another kind."""

import numpy as np
from scipy.optimize import root
from scipy.special import gammaln, psi

from metrics.shrinkage import Kind, Prior, fit, shrunk
from tests.metrics import reference_comparison as reference
from tests.worked.published import Published, data

MITES = np.repeat(np.arange(8.0), [70, 38, 17, 10, 9, 3, 2, 1])
ROOT = "SciPy's root of the score"
SEARCH = "SciPy's search without derivatives"


def rows() -> list[Published]:
    return [_mites(), *_families(), *_baseball(), *_hierarchical("surgical", "share"), *_hierarchical("pumps", "rate"), _their_priors()]


def _fitted(kind: Kind, x: np.ndarray, n: np.ndarray) -> tuple[Prior, tuple[float, float]]:
    ours, again = fit(kind, x, n), reference.prior(kind, x, n)
    assert ours is not None
    assert again is not None
    return ours, again


def _mites() -> Published:
    ours, again = _fitted("rate", MITES, np.ones(len(MITES)))
    what = "red mites on 150 apple leaves: shape k of the gamma"
    return Published("Bliss & Fisher 1953", what, [1.02459], [ours.alpha], [again[0]], SEARCH, 5, agree=1e-7)


def _families() -> list[Published]:
    boys, families = data("sex_ratio").values()
    x = np.repeat(boys, families).astype(float)
    ours = fit("share", x, np.full(len(x), 12.0))
    assert ours is not None

    def score(parameters: np.ndarray) -> list[float]:
        a, b = parameters
        both = psi(a + b) - psi(12 + a + b)
        return [(families * (psi(boys + a) - psi(a) + both)).sum(), (families * (psi(12 - boys + b) - psi(b) + both)).sum()]

    again = root(score, [34.1350, 31.6085], tol=1e-12).x  # from the estimates by moments
    source, what = "Wikipedia, Beta-binomial distribution (Geissler 1889)", "boys among 12 children of 6,115 families: "
    why = "the published values lie beside the maximum, where the likelihood is flat: the mean they give is equal to 5 digits"
    mean = [a / (a + b) for a, b in ((34.09558, 31.5715), (ours.alpha, ours.beta), again)]
    return [
        Published(source, f"{what}α, β", [34.09558, 31.5715], [ours.alpha, ours.beta], again, ROOT, 4, why, agree=1e-6),
        Published(source, f"{what}α/(α + β)", mean[:1], mean[1:2], mean[2:], ROOT, 5),
    ]


def _baseball() -> list[Published]:
    hits, rest = data("baseball").values()
    n = np.full(len(hits), 45.0)
    ours, again = _fitted("share", hits.astype(float), n)
    james_stein = np.round(0.265 + 0.212 * (hits / n - 0.265), 3)
    estimates = shrunk(ours, hits, n)[0]
    once_more = (hits + again[0]) / (n + sum(again))
    errors = [[float(((estimate - rest) ** 2).sum())] for estimate in (james_stein, estimates, once_more)]
    source = "Efron & Morris 1977, James–Stein"
    why = "James–Stein keeps 0.212 of the distance from the mean, maximum likelihood 0.054: 18 batters hardly differ more than chance lets"
    what = "18 batters after 45 at bats: "
    return [
        Published(source, f"{what}estimates", james_stein, estimates, once_more, SEARCH, 3, why, agree=1e-6),
        Published(source, f"{what}squared error for the rest of the season (raw: 0.075)", *errors, SEARCH, 3, "by the same", agree=1e-6),
    ]


def _hierarchical(name: str, kind: Kind) -> list[Published]:
    table = data(name)
    n, x = (column.astype(float) for column in list(table.values())[:2])
    ours, again = _fitted(kind, x, n)
    estimates = shrunk(ours, x, n)
    once_more = np.array([reference.shrunk(kind, again, *each) for each in zip(x, n, strict=True)]).T
    law = "logit-normal" if kind == "share" else "gamma"
    source = f"Mamba.jl, {name} (BUGS examples, vol. I)"
    what = {"surgical": "12 hospitals, deaths after heart surgery of infants", "pumps": "10 pumps of a power plant, failures"}[name]
    prior = f"theirs: {law} with vague priors on its parameters, by Markov chains; ours: the parameters by maximum likelihood"
    narrower = f"{prior}, so that not knowing them widens no interval"
    limits = (np.concatenate([table["lower"], table["upper"]]), np.concatenate(estimates[1:]), np.concatenate(once_more[1:]))
    return [
        Published(source, f"{what}: means", table["mean"], estimates[0], once_more[0], SEARCH, 4, prior, agree=1e-6),
        Published(source, f"{what}: 95 % limits", *limits, SEARCH, 4, narrower, agree=1e-6),
    ]


def _their_priors() -> Published:
    """Our posterior means averaged over the parameters, as likely as the BUGS example's priors and the pumps make them."""
    t, x, published = (column.astype(float) for column in list(data("pumps").values())[:3])
    alpha, beta = (each.ravel() for each in np.meshgrid(np.exp(np.linspace(-4, 3, 50)), np.exp(np.linspace(-6, 4, 50))))
    a, b = alpha[:, None], beta[:, None]
    height = (gammaln(x + a) - gammaln(a) + a * np.log(b) - (a + x) * np.log(b + t)).sum(axis=1)
    height += np.log(alpha) - alpha + 0.1 * np.log(beta) - beta
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    ours = weight @ np.array([shrunk(Prior("rate", *pair), x, t)[0] for pair in zip(alpha, beta, strict=True)])
    what = "10 pumps: means under its priors, by integration (theirs: error of the chains up to 0.03)"
    return Published("Mamba.jl, pumps (BUGS examples, vol. I)", what, published, ours, weight @ ((x + a) / (t + b)), "by hand", 1)
