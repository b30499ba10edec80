"""Each question of what is meant, as a table: what was observed, and the answer."""

from __future__ import annotations

import pytest

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.intent.cuts import Cut, cuts_on_purpose, is_stopped_by_name
from torchlint.intent.evaluation import ForwardLoop, evaluates, is_named_for_it, is_shown_by_name
from torchlint.intent.experiments import Rebuilding, rebuilds_on_purpose
from torchlint.intent.held_out import Data, TrainingLoop, is_evaluation_data, is_held_out, trains_on_held_out
from torchlint.intent.hiding import HeldLayers, hides_on_purpose
from torchlint.intent.loader_use import LoaderUse, is_for_evaluation, is_for_evaluation_alone, is_for_training
from torchlint.intent.place import Function, LoopAround, Place
from torchlint.intent.sanity_checks import DrawnBatch, is_sanity_check
from torchlint.intent.sharing import RepeatedLayer, shares_on_purpose
from torchlint.intent.splits import is_named_as_part, is_named_for_evaluation, is_named_for_training, mention_training
from torchlint.intent.transforms import augments_at_test_time, transforms_labels
from torchlint.intent.unit_tests import holds_unit_tests, is_unit_test


def named(*names: str) -> frozenset[str]:
    return frozenset(names)


def inside(*functions: str, conditions: frozenset[str] = frozenset(), file: str = "train.py") -> Place:
    return Place(tuple(Function(name, file) for name in functions), conditions)


EPOCHS, FOLDS, LISTED = LoopAround(named("epoch")), LoopAround(named("fold")), LoopAround(named("rate"), over_list=True)


@pytest.mark.parametrize(
    ("rebuilding", "answer"),
    [
        (Rebuilding(EPOCHS, conditional=False, loops_to_step=0), No),
        (Rebuilding(EPOCHS, conditional=False, loops_to_step=1), No),
        (Rebuilding(EPOCHS, conditional=False, loops_to_step=2), Unknown),
        (Rebuilding(EPOCHS, conditional=True, loops_to_step=1), Unknown),
        (Rebuilding(FOLDS, conditional=False, loops_to_step=1), Yes),
        (Rebuilding(LISTED, conditional=False, loops_to_step=1), Yes),
        (Rebuilding(LoopAround(named("i", "task_id")), conditional=True, loops_to_step=2), Yes),
        (Rebuilding(LoopAround(), conditional=False, loops_to_step=0), No),
    ],
)
def test_rebuilds_on_purpose(rebuilding: Rebuilding, answer: Answer) -> None:
    assert rebuilds_on_purpose(rebuilding) is answer


def repeated(*names: str, place: Place | None = None, own: bool = False) -> RepeatedLayer:
    return RepeatedLayer(named(*names), () if place is None else (place,), has_own_place=own)


BUILD = Place((Function("build", parameters=named("tie_weights")), Function("block", parameters=named("width"))))


@pytest.mark.parametrize(
    ("layer", "answer"),
    [
        (repeated("block"), No),
        (repeated("shared_block"), Yes),
        (repeated("block", own=True), Yes),
        (repeated("block", place=inside("build", conditions=named("share"))), Yes),
        (repeated("block", place=inside("build_shared")), No),
        (repeated("block", place=BUILD), No),
        (repeated("block", place=Place(BUILD.functions[:1])), Yes),
    ],
)
def test_shares_on_purpose(layer: RepeatedLayer, answer: Answer) -> None:
    assert shares_on_purpose(layer) is answer


def cut(*names: str, place: Place | None = None, guarded: bool = False, layers: tuple[str, ...] = ("stem",)) -> Cut:
    return Cut(named(*names), place or inside("forward"), guarded, named(*layers))


@pytest.mark.parametrize(
    ("observed", "answer"),
    [
        (cut("x", "Net"), No),
        (cut("x", "Net", guarded=True), Unknown),
        (cut("target"), Yes),
        (cut("x", guarded=True, layers=("teacher.0",)), Yes),
        (cut("x", place=inside("forward", "stop_gradient")), Yes),
        (cut("x", place=Place((Function("forward", owner="VectorQuantizer"),))), Yes),
        (cut("x", place=inside("forward", conditions=named("frozen")), guarded=True), Unknown),
    ],
)
def test_cuts_on_purpose(observed: Cut, answer: Answer) -> None:
    assert cuts_on_purpose(observed) is answer


def test_a_frozen_name_stops_gradients() -> None:
    assert is_stopped_by_name(named("frozen_stem.weight"))
    assert not is_stopped_by_name(named("stem.weight"))


@pytest.mark.parametrize(
    ("layers", "answer"),
    [
        (HeldLayers(1, wrapped=True, learn=Yes), Unknown),
        (HeldLayers(1, wrapped=False, learn=Yes), No),
        (HeldLayers(2, wrapped=True, learn=Yes), No),
        (HeldLayers(2, wrapped=False, learn=No), Unknown),
        (HeldLayers(2, wrapped=False, learn=Unknown), No),
    ],
)
def test_hides_on_purpose(layers: HeldLayers, answer: Answer) -> None:
    assert hides_on_purpose(layers) is answer


def loop(
    *names: str,
    place: Place | None = None,
    in_eval_mode: bool = False,
    without_gradients: bool = False,
    measures: bool = False,
    may_train: bool = False,
) -> ForwardLoop:
    data = Data(named(*names))
    return ForwardLoop(data, place or Place(), in_eval_mode, without_gradients, measures, may_train)


@pytest.mark.parametrize(
    ("observed", "answer"),
    [
        (loop("loader"), Unknown),
        (loop("val_loader"), Yes),
        (loop("loader", place=inside("main", "evaluate")), Yes),
        (loop("loader", place=inside("test_step", file="tests/test_step.py")), Unknown),
        (loop("loader", without_gradients=True), Yes),
        (loop("train_loader", without_gradients=True), No),
        (loop("train_loader", measures=True, in_eval_mode=True), Yes),
        (loop("train_loader", measures=True, in_eval_mode=True, may_train=True), No),
        (loop("loader", measures=True), Unknown),
        (loop("loader", measures=True, place=inside("accuracy")), Yes),
        (loop("train_val_loader"), Unknown),
    ],
)
def test_evaluates(observed: ForwardLoop, answer: Answer) -> None:
    assert evaluates(observed) is answer


def test_what_is_named_for_evaluation() -> None:
    assert is_named_for_it(Function("validate", "train.py"))
    assert not is_named_for_it(Function("train_and_validate", "train.py"))
    assert not is_named_for_it(Function("test_model", "test_model.py"))
    assert is_shown_by_name(Data(named("loader")), inside("main", "validate"))
    assert not is_shown_by_name(Data(named("loader")), inside("validate", "step"))
    assert is_shown_by_name(Data(named("loader"), named("val_set")), inside("run"))
    assert not is_shown_by_name(Data(named("loader")), inside("run"))


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (Data(named("val_loader")), Yes),
        (Data(named("val_loader"), named("train_set")), Yes),
        (Data(named("loader"), named("test_set")), Yes),
        (Data(named("train_loader"), named("val_set")), No),
        (Data(named("train_val_loader")), No),
        (Data(named("loader"), named("train_val_set")), Unknown),
        (Data(named("loader")), Unknown),
    ],
)
def test_is_held_out(data: Data, answer: Answer) -> None:
    assert is_held_out(data) is answer


@pytest.mark.parametrize(
    ("data", "functions", "answer"),
    [
        ((Data(named("val_loader")),), ("fit",), Yes),
        ((Data(named("loader"), named("val_set")),), ("fit",), Yes),
        ((Data(named("train_loader"), named("val_set")),), ("fit",), No),
        ((Data(named("val_loader")), Data(named("train_loader"))), ("fit",), No),
        ((Data(named("val_loader")),), ("main", "adapt"), Unknown),
        ((Data(named("val_loader"), named("calibration_set")),), ("fit",), Unknown),
        ((), ("fit",), Unknown),
    ],
)
def test_trains_on_held_out(data: tuple[Data, ...], functions: tuple[str, ...], answer: Answer) -> None:
    assert trains_on_held_out(TrainingLoop(data, inside(*functions))) is answer


def test_a_loader_and_its_dataset_are_named_together() -> None:
    assert is_evaluation_data(Data(named("loader"), named("val_set")))
    assert not is_evaluation_data(Data(named("val_loader"), named("train_set")))


@pytest.mark.parametrize(
    ("batch", "answer"),
    [
        (DrawnBatch(inside("main"), named("train_loader")), No),
        (DrawnBatch(inside("main"), named("train_loader"), whole=True), Yes),
        (DrawnBatch(inside("overfit_one_batch", "draw"), named("train_loader")), Yes),
        (DrawnBatch(inside("main", conditions=named("args", "debug"))), Yes),
        (DrawnBatch(inside("main"), named("toy_loader")), Yes),
        (DrawnBatch(inside("main"), trained_in=inside("main", "overfit")), Yes),
        (DrawnBatch(inside("main"), trained_in=inside("main", conditions=named("single_gpu"))), No),
    ],
)
def test_is_sanity_check(batch: DrawnBatch, answer: Answer) -> None:
    assert is_sanity_check(batch) is answer


TRAIN, VAL, NEUTRAL = named("train_loader"), named("val_loader"), named("loader")


@pytest.mark.parametrize(
    ("use", "trains", "shows"),
    [
        (LoaderUse(NEUTRAL), Unknown, Unknown),
        (LoaderUse(NEUTRAL, trains=True), Yes, Unknown),
        (LoaderUse(NEUTRAL, evaluates=True), No, Unknown),
        (LoaderUse(NEUTRAL, evaluates=True, shows_evaluation=True), No, Yes),
        (LoaderUse(TRAIN), Yes, Unknown),
        (LoaderUse(TRAIN, evaluates=True), Unknown, Unknown),
        (LoaderUse(TRAIN, read=True), Unknown, Unknown),
        (LoaderUse(TRAIN, keeps_order=True), Unknown, Unknown),
        (LoaderUse(TRAIN, trains=True, evaluates=True, read=True, keeps_order=True), Yes, Unknown),
        (LoaderUse(VAL), No, Yes),
        (LoaderUse(VAL, trains=True), Yes, Yes),
    ],
)
def test_what_a_loader_is_for(use: LoaderUse, trains: Answer, shows: Answer) -> None:
    assert is_for_training(use) is trains
    assert is_for_evaluation(use) is shows


def test_training_data_that_is_measured_is_not_for_evaluation_alone() -> None:
    assert is_for_evaluation_alone(LoaderUse(TRAIN, shows_evaluation=True)) is No
    assert is_for_evaluation_alone(LoaderUse(NEUTRAL, shows_evaluation=True)) is Yes


@pytest.mark.parametrize(
    ("name", "answer"), [("tta_loader", Yes), ("test_time_transform", Yes), ("test_transform", No), ("time_test", Yes)]
)
def test_augments_at_test_time(name: str, answer: Answer) -> None:
    assert augments_at_test_time(("loader", name)) is answer


def test_transforms_labels() -> None:
    assert all(transforms_labels((name,)) for name in ("target_transform", "mask_tf", "to_label"))
    assert not transforms_labels(("transform", "unlabelled"))


def test_parts_of_data() -> None:
    assert is_named_as_part("x_train") and is_named_as_part("x_test") and not is_named_as_part("train_test")
    assert is_named_for_training(named("x", "train")) and not is_named_for_training(named("train", "val"))
    assert is_named_for_evaluation(named("x", "val")) and not is_named_for_evaluation(named("train", "val"))
    assert mention_training(named("train_test")) and not mention_training(named("test"))


def test_unit_tests() -> None:
    assert is_unit_test("test_step", "tests/steps.py") and not is_unit_test("test_step", "train.py")
    assert holds_unit_tests("model_test.py", ["helper", "test_step"])
    assert holds_unit_tests("C:\\work\\tests\\model.py", ["test_step"])
    assert not holds_unit_tests("test.py", ["test_step"])
    assert not holds_unit_tests("test_model.py", ["main"])
