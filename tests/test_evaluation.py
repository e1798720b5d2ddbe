"""Promises of the scores, of the methods that are compared by them."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

import qdtools as qd
from qdtools.classical import DENOISERS
from qdtools.evaluation import METRICS, by_category
from qdtools.noise import missing_strips
from qdtools.statistics import paired_p_value

RIVALS = ("clean", "noisy", "denoised")


def test_psnr_is_the_mean_of_each_images_own(drawings):
    clean = drawings.images[:6]
    noisy = qd.gaussian(clean, 0.5)
    each = [peak_signal_noise_ratio(a, b, data_range=1) for a, b in zip(clean, noisy, strict=True)]
    assert qd.psnr(clean, noisy) == pytest.approx(np.mean(each), abs=1e-4)
    assert qd.psnr(clean, clean) == np.inf


def test_ssim_of_an_image_with_itself_is_one_and_noise_lowers_it(drawings):
    clean = drawings.images[:6]
    assert qd.ssim(clean, clean) == pytest.approx(1)
    assert qd.ssim(clean, qd.gaussian(clean, 1)) < qd.ssim(clean, qd.gaussian(clean, 0.25)) < 1


def test_every_classical_denoiser_gains_over_doing_nothing(drawings):
    clean = drawings.images[:50]
    noisy = qd.gaussian(clean, 0.5)
    for method in (qd.remove_offset, qd.median, qd.total_variation, qd.non_local_means):
        denoised = method(noisy)
        assert denoised.shape == noisy.shape
        assert denoised.dtype == np.float32
        assert denoised.min() >= 0
        assert denoised.max() <= 1
        assert qd.psnr(clean, denoised) > qd.psnr(clean, noisy) + 2


@pytest.mark.parametrize(("key", "default"), [("total_variation", 0.1), ("non_local_means", 0.2)])
def test_a_filters_own_strength_is_the_best_it_could_have_at_half_noise(key, default):
    """On validation drawings of categories that are no default."""
    _, validation, _ = qd.load(["owl", "bicycle", "guitar", "cactus", "house"]).split()
    noisy = qd.gaussian(validation.images, 0.5)
    denoiser = DENOISERS[key]
    decibels = {
        s: qd.psnr(validation.images, denoiser.denoise(noisy, s)) for s in denoiser.strengths
    }
    assert max(decibels, key=decibels.get) == default
    assert (denoiser.denoise(noisy[:3]) == denoiser.denoise(noisy[:3], default)).all()


class TestTuning:
    """Classical denoisers are tuned on drawings that are not scored."""

    METHODS = ("clean_non_local_means", "clean_unet")

    def test_a_filter_is_tuned_for_each_level_by_what_it_is_to_serve(self, shipped, drawings):
        _, validation, test = drawings.split()
        scores = {}
        for aim in ("top1", "psnr"):
            found = qd.evaluate(
                *(shipped, test[::4], [0.25, 1]),
                methods=self.METHODS,
                tune_on=validation,
                tune_for=aim,
            )
            scores[aim] = {(row["method"], row["level"]): row for row in found["rows"]}
        untuned = qd.evaluate(shipped, test[::4], [0.25, 1], methods=self.METHODS)
        for row in untuned["rows"]:
            tuned = scores["psnr"][row["method"], row["level"]]
            assert "strength" not in row
            if row["method"] == "clean_unet":
                assert {key: tuned[key] for key in ("top1", "psnr")} == {
                    key: row[key] for key in ("top1", "psnr")
                }
                assert "strength" not in tuned, "a network has nothing to tune"
            else:
                assert tuned["psnr"] > row["psnr"] + 0.5
        strengths = [scores["psnr"][self.METHODS[0], level]["strength"] for level in (0.25, 1)]
        assert strengths[0] < strengths[1], "more noise asks for more smoothing"

    def test_what_is_scored_decides_no_strength(self, shipped, drawings):
        _, validation, test = drawings.split()
        few = {"tune_on": validation, "methods": self.METHODS[:1]}
        first, second = (
            qd.evaluate(shipped, some, [1], **few)["rows"][0]["strength"]
            for some in (test[:5], test[-5:])
        )
        assert first == second

    def test_drawings_of_other_categories_are_refused(self, shipped, drawings):
        cats, fish = drawings.only(["cat"]), drawings.only(["fish"])
        with pytest.raises(qd.DataError, match="one split"):
            qd.evaluate(shipped, cats, [0], tune_on=fish)

    def test_an_unknown_aim_is_refused(self, shipped, drawings):
        with pytest.raises(qd.SettingError, match="tune_for is 'beauty'"):
            qd.evaluate(shipped, drawings[:5], [0], tune_on=drawings, tune_for="beauty")


def test_an_all_white_image_has_no_offset_to_divide_by():
    assert np.isfinite(qd.remove_offset(np.ones((1, 28, 28, 1), np.float32))).all()


def test_evaluate_gives_a_row_for_each_method_and_level(shipped, drawings):
    few = drawings.only(["cat", "cup"])
    scores = qd.evaluate(shipped, few, [0, 0.5], methods=list(qd.METHODS))
    assert scores["n"] == 200
    assert scores["categories"] == ["cat", "cup"]
    assert scores["seed"] == 0
    seen = [(row["level"], row["method"]) for row in scores["rows"]]
    assert sorted(seen) == sorted((x, m) for x in (0.0, 0.5) for m in qd.METHODS)
    for row in scores["rows"]:
        low, high = row["ci95"]
        assert 0 <= low <= row["top1"] <= high <= 1
    json.dumps(scores, allow_nan=False)


def test_psnr_and_ssim_are_of_the_image_the_classifier_saw(shipped, drawings):
    few = drawings[::10]
    rows = {r["method"]: r for r in qd.evaluate(shipped, few, [0.5], seed=4)["rows"]}
    noisy = qd.gaussian(few.images, 0.5, seed=4)
    assert rows["classifier"]["psnr"] == pytest.approx(qd.psnr(few.images, noisy), abs=1e-4)
    denoised = shipped.denoise(noisy)
    assert rows["pipeline"]["ssim"] == pytest.approx(qd.ssim(few.images, denoised), abs=1e-4)


def test_an_untouched_image_has_no_psnr_rather_than_infinity(shipped, drawings):
    (row,) = qd.evaluate(shipped, drawings[::50], [0], methods=["classifier"])["rows"]
    assert row["psnr"] is None
    assert row["ssim"] == pytest.approx(1)


def test_an_image_that_came_out_exact_is_counted_and_left_out_of_the_mean_psnr(shipped, drawings):
    few = drawings[::5]
    scores = qd.evaluate(
        shipped, few, [0.1], "missing_strips", methods=["classifier", "pipeline"], repeats=2
    )
    each = [
        qd.psnr(clean[None], torn[None])
        for seed in (0, 1)
        for clean, torn in zip(few.images, missing_strips(few.images, 0.1, seed=seed), strict=True)
    ]
    unharmed = sum(np.isinf(each))
    assert 0 < unharmed < len(each)
    row, restored = scores["rows"]
    assert row["n_exact"] == unharmed
    assert row["psnr"] == pytest.approx(np.mean([x for x in each if np.isfinite(x)]))
    assert restored["n_exact"] == 0
    html = qd.comparison([scores], "psnr").data
    assert f">{row['psnr']:.1f}<br><small>{unharmed} exact<" in html
    assert ">exact<" not in html


def test_an_unknown_method_noise_or_category_and_no_drawings_are_refused(shipped, drawings):
    with pytest.raises(qd.SettingError, match=r"'magic'.*pipeline"):
        qd.evaluate(shipped, drawings, methods=["magic"])
    with pytest.raises(qd.SettingError, match="'pink'"):
        qd.evaluate(shipped, drawings, noise="pink")
    with pytest.raises(qd.DataError, match="no drawings"):
        qd.evaluate(shipped, drawings[[]])


def test_repeats_are_averaged_and_the_interval_stays_that_of_the_drawings(shipped, drawings):
    few = drawings[::5]
    methods = ["classifier", "pipeline"]
    singles = [
        qd.evaluate(shipped, few, [1], seed=seed, methods=methods)["rows"] for seed in (0, 1, 2)
    ]
    thrice = qd.evaluate(shipped, few, [1], methods=methods, repeats=3)
    assert thrice["repeats"] == 3
    for index, row in enumerate(thrice["rows"]):
        mean = np.mean([rows[index]["top1"] for rows in singles])
        assert row["top1"] == pytest.approx(mean)
        assert row["top1_by_seed"] == [rows[index]["top1"] for rows in singles]
        assert row["ci95"] == list(qd.interval(round(mean * len(few)), len(few)))


def test_rows_by_drawing_hold_what_the_paired_test_takes(shipped, drawings):
    few = drawings[::5]
    scores = qd.evaluate(
        shipped, few, [1], methods=["classifier", "pipeline"], repeats=2, by_drawing=True
    )
    first, second = (row["right"] for row in scores["rows"])
    for row in scores["rows"]:
        assert len(row["right"]) == len(few)
        assert sum(row["right"]) / (2 * len(few)) == pytest.approx(row["top1"])
        if row["p_value"] is not None:
            assert row["p_value"] == paired_p_value(np.array(first), np.array(second))
    json.dumps(scores, allow_nan=False)


def test_a_categorys_score_is_its_share_of_the_score_of_all(shipped, drawings):
    few = drawings[::5]
    scores = qd.evaluate(shipped, few, [0, 1], repeats=2, by_drawing=True)
    rows = [row for row in by_category(scores, few) if row["level"] == 1]
    assert [row["n"] for row in rows] == list(few.counts.values())
    whole = next(r for r in scores["rows"] if (r["method"], r["level"]) == ("pipeline", 1))
    mean = sum(row["n"] * row["top1"] for row in rows) / len(few)
    assert mean == pytest.approx(whole["top1"])


def test_the_best_method_is_marked_and_the_others_are_tested_against_it(shipped, drawings):
    rows = qd.evaluate(shipped, drawings, [1.5], methods=["clean", "classifier", "pipeline"])[
        "rows"
    ]
    best = max(rows, key=lambda row: row["top1"])
    assert best["best"]
    for row in rows:
        assert row["best"] == (row["top1"] == best["top1"])
        assert (row["p_value"] is None) or 0 <= row["p_value"] <= 1
    # A classifier that knows clean drawings only cannot be told equal under such noise.
    assert rows[0]["p_value"] < 0.001


def test_fewer_than_one_repeat_is_refused(shipped, drawings):
    with pytest.raises(qd.SettingError, match="repeats is 0"):
        qd.evaluate(shipped, drawings, repeats=0)


def test_drawings_of_one_name_are_asked_for_among_all_that_could_be_answered(everything, drawings):
    cats = drawings.only("cat")
    (row,) = qd.evaluate(everything, cats, [0], methods=["classifier"])["rows"]
    named = everything.classify(cats.images).argmax(axis=1) == everything.categories.index("cat")
    assert row["top1"] == pytest.approx(named.mean(), abs=1e-4)
    assert 0 < named.mean() < 1


def test_a_category_without_drawings_is_refused(shipped, drawings):
    cats = drawings[drawings.labels == 1]
    scores = qd.evaluate(shipped, cats, [1], by_drawing=True)
    with pytest.raises(qd.DataError, match="no drawings of 'pineapple'"):
        by_category(scores, cats)


def test_scores_that_are_not_by_drawing_cannot_be_regrouped(shipped, drawings):
    few = drawings[::50]
    with pytest.raises(qd.SettingError, match="by_drawing"):
        by_category(qd.evaluate(shipped, few, [1]), few)
    scores = qd.evaluate(shipped, few, [1], by_drawing=True)
    with pytest.raises(qd.SettingError, match="'median'"):
        by_category(scores, few, method="median")


def test_the_similarity_of_many_images_is_that_of_each_by_itself(drawings):
    some = drawings.images[::2]  # more than one part
    noisy = qd.gaussian(some, 0.5)
    each = [
        structural_similarity(a[..., 0], b[..., 0], data_range=1)
        for a, b in zip(some, noisy, strict=True)
    ]
    np.testing.assert_allclose(METRICS["ssim"].each(some, noisy), each, atol=1e-6)
    assert qd.ssim(some, noisy) == pytest.approx(np.mean(each), abs=1e-6)


def test_every_rival_was_kept_from_the_drawings_it_is_tested_on_and_had_equal_chances():
    manifests = [qd.read_manifest(qd.models_dir() / "rivals" / name) for name in RIVALS]
    assert len({manifest["config"]["classifier_epochs"] for manifest in manifests}) == 1
    assert len({manifest["data"]["sha256_of_pixels"] for manifest in manifests}) == 1
    shipped = qd.read_manifest()
    for manifest in manifests:
        assert manifest["data"] == shipped["data"]
        for setting in ("validation", "test", "seed"):
            assert manifest["config"][setting] == shipped["config"][setting]


def test_the_table_marks_the_winner_and_who_cannot_be_told_from_it(shipped, drawings):
    scores = [
        qd.evaluate(
            shipped, drawings[::5], levels, kind, methods=["clean", "classifier", "pipeline"]
        )
        for kind, levels in {"gaussian": [0, 1.5], "blur": [0, 1]}.items()
    ]
    html = qd.comparison(scores).data
    kinds, levels, *body = re.findall(r"<tr.*?</tr>", html)
    assert len(body) == 3
    assert kinds.count("colspan='1'") == 3
    assert re.findall(r">([a-z]+)<", kinds) == ["method", "clean", "gaussian", "blur", "unseen"]
    assert re.findall(r">([\d.]*)</t[hd]>", levels) == ["", "1.5", "1"]
    assert html.count("★") >= 3
    assert f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{len(drawings[::5])}" in html
    assert "exact" in qd.comparison(scores, "psnr").data
    with pytest.raises(qd.SettingError, match="top1"):
        qd.comparison(scores, "beauty")


@pytest.mark.parametrize("levels", [[1.0, 0.0], [0.0, 1.0, 0.0]])
def test_levels_given_in_any_order_or_twice_stand_over_their_own_accuracies(
    shipped, drawings, levels
):
    ways = ["classifier", "pipeline"]
    scores = qd.evaluate(shipped, drawings[::25], levels, methods=ways)
    for row in scores["rows"]:  # told apart, whatever the weights
        row["top1"] = 0.9 - 0.5 * row["level"] + 0.05 * ways.index(row["method"])
    lines = [bar[0] for bar in qd.accuracy_by_level(scores).axes[0].containers]
    for line, first in zip(lines, (90, 95), strict=True):
        np.testing.assert_allclose(line.get_xydata(), [(0, first), (1, first - 50)])


def test_no_two_methods_look_alike_in_the_figure_of_accuracies(shipped, drawings):
    scores = qd.evaluate(shipped, drawings[::25], [0, 1], methods=list(qd.METHODS)[-7:])
    lines = [bar[0] for bar in qd.accuracy_by_level(scores).axes[0].containers]
    assert len({line.get_color() for line in lines}) == len(lines) == 7
