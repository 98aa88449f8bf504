"""Tiles: a square for every ward, none shared, near its place."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pages.shared.tiles import tiles

degrees = st.integers(0, 40)
places_of_a_city = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.one_of(st.none(), st.tuples(degrees.map(lambda d: 20.5 + d / 50), degrees.map(lambda d: 105.3 + d / 50))),
    max_size=40,
)


@given(places_of_a_city)
def test_every_ward_has_a_square_and_no_two_share_one(places):
    assigned = tiles(places)
    assert assigned.keys() == places.keys()
    assert len(set(assigned.values())) == len(places)
    assert all(column >= 0 and row >= 0 for column, row in assigned.values())


@given(places_of_a_city)
def test_a_ward_north_and_east_of_another_is_never_south_and_west_of_it_on_the_map(places):
    assigned = tiles(places)
    known = [(place, assigned[code]) for code, place in places.items() if place is not None]
    for (place, tile), (other, other_tile) in combinations(known, 2):
        if place[0] > other[0] and place[1] > other[1]:
            assert tile[0] >= other_tile[0] or tile[1] >= other_tile[1]


@given(places_of_a_city)
def test_wards_without_a_place_stand_below_the_others(places):
    assigned = tiles(places)
    lost = [assigned[code][1] for code, place in places.items() if place is None]
    known = [assigned[code][1] for code, place in places.items() if place is not None]
    assert not lost or not known or max(lost) + 1 < min(known)


def test_four_corners_keep_their_corners():
    corners = {"sw": (20.9, 105.7), "se": (20.9, 105.9), "nw": (21.1, 105.7), "ne": (21.1, 105.9)}
    assigned = tiles(corners)
    assert assigned["sw"][0] < assigned["se"][0]
    assert assigned["sw"][1] < assigned["nw"][1]
    assert assigned["ne"][0] == assigned["se"][0]
    assert assigned["ne"][1] == assigned["nw"][1]


def test_one_ward_and_none():
    assert tiles({"only": (21.0, 105.8)}) == {"only": (0, 0)}
    assert tiles({}) == {}
