"""Texts from a handful of words, the same each time."""

from random import Random

FIRST = ["Ada", "Bruno", "Celia", "Dario", "Edda", "Feliks", "Greta", "Henryk", "Ines", "Jonas"]
LAST = ["Adler", "Brzoza", "Castro", "Dunaj", "Ekberg", "Falk", "Gruber", "Holm", "Iwanow", "Jansen"]
PLACES = ["Orchard House", "The Old Nursery", "Riverside Park", "Walled Garden", "Town Hall"]
TAGS = ["apples", "compost", "hedges", "herbs", "moss", "pruning", "roses", "seeds", "shade", "soil", "tools", "water"]
ADJECTIVE = ["quiet", "northern", "lost", "practical", "hidden", "modern", "everyday", "distant", "useful", "small"]
THING = ["gardens", "orchards", "rivers", "meadows", "kitchens", "seeds", "ponds", "hedges", "borders", "lawns"]
VERB = ["need", "deserve", "want", "remember", "change", "survive", "welcome", "forgive", "outlive", "teach"]


class Words:
    """A source of words."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def below(self, end: int) -> int:
        """A number from 0 to `end` - 1; `random()` gives the same in every version of Python."""
        return int(self._random.random() * end)

    def pick(self, choices: list) -> str:
        """One of them."""
        return choices[self.below(len(choices))]

    def title(self) -> str:
        """A few words."""
        return f"{self.pick(ADJECTIVE).capitalize()} {self.pick(THING)} {self.pick(VERB)} {self.pick(THING)}"

    def sentences(self, count: int) -> str:
        """A paragraph."""
        made = [f"The {self.pick(ADJECTIVE)} {self.pick(THING)} {self.pick(VERB)} {self.title().lower()}."]
        made += [f"{self.title()} and {self.title().lower()}." for _ in range(count - 1)]
        return " ".join(made)
