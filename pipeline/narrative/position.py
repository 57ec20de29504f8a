"""Where in the narrative a reader is: which part, which section, under which headings.

Belongs here: following headings. Does not: what the sentences of a section say (`claims`).
"""

from pipeline.narrative.figures import figures
from pipeline.narrative.grammar import OTHER, SectionHeads, grammar
from pipeline.narrative.sentences import Paragraph, heading, numbering

PART, FIRST, SECOND = 0, 1, 2
EVALUATION = "performance"


class Position:
    """Follows the paragraphs of a document. `section` is None outside the narrative."""

    def __init__(self) -> None:
        self.section: str | None = None
        self.group = ""
        self.path: dict[int, str] = {}
        self._has_subheadings = False
        self._level = PART  # of the heading that opened the group

    def enter(self, paragraph: Paragraph) -> int:
        """Take the next paragraph; returns the offset at which its text begins behind a heading."""
        found = heading(paragraph)
        is_term = (
            found is not None and found.has_colon and (self.section is None or found.level in (PART, FIRST))
        )
        if found and (is_term or any(figures(found.title))):
            found = None
        if found is None:
            self._lead(paragraph.plain)
            return 0
        before = self.section
        if found.level is None:
            is_heading = found.end == len(paragraph.plain) and self._unnumbered(found.title)
        elif found.level == PART:
            is_heading = self._part(found.title)
        elif found.level == FIRST:
            is_heading = self._first(found.title)
        else:
            is_heading = self._below(found.title, found.level)
        # a colon is enough for a heading only where a section begins
        if not is_heading or (found.has_colon and self.section == before):
            return 0
        printed = paragraph.printed[: found.end].rstrip("。：:")
        if numbered := numbering(printed) if found.level == PART else None:
            printed = f"{printed[: numbered[1]]} {printed[numbered[1] :]}"
        self._remember(found.level, printed)
        self._lead(paragraph.plain[found.end :])
        return found.end

    def sentence(self, plain: str) -> str:
        """Return the section of the next sentence: without sub-headings, it may begin another one.

        Raises ValueError outside the narrative.
        """
        if self.section is None:
            raise ValueError(f"No section is open at: {plain}")
        if not self._has_subheadings and (found := grammar().inside(self.group, plain, "sentence")):
            self.section = found.name
        return self.section

    def locator(self) -> str:
        """Return the headings above, from the part down."""
        return " / ".join(self.path[level] for level in sorted(self.path))

    def _part(self, title: str) -> bool:
        book = grammar()
        self.section = OTHER if book.opens(title) and not book.closes(title) else None
        self.group = OTHER
        return True

    def _first(self, title: str) -> bool:
        book = grammar()
        if book.closes(title):
            self.section = None
        elif head := book.headed(title):
            self._open(head)
        elif book.opens(title) or self.section is not None:
            self.section, self.group = OTHER, OTHER
        self._has_subheadings = False
        self._level = FIRST
        return True

    def _below(self, title: str, level: int) -> bool:
        if self.section is None:
            return False
        book = grammar()
        if head := book.inside(self.group, title, "within"):
            self._open(head)
            self._has_subheadings = True
            return True
        head = book.headed(title)
        if head is None:
            # a heading beside the one that opened the section ends it
            if level == self._level:
                self.section, self.group = OTHER, OTHER
            return level == self._level
        if head.group != self.group:
            # evaluation speaks of income and expenditure too, below its own heading
            is_below = level > self._level and (level > SECOND or self.group == EVALUATION)
            if self.group != OTHER and is_below:
                return False
            self._level = level
            self._has_subheadings = False
        self._open(head)
        return True

    def _unnumbered(self, title: str) -> bool:
        book = grammar()
        if book.is_title(title):
            was_open, self.section = self.section is not None, None
            return was_open
        if head := book.headed(title):
            if title.endswith(("说明", "情况")):
                self._open(head)
                return True
        elif book.opens(title) and "决算" in title:
            self.section, self.group = OTHER, OTHER
            return True
        return False

    def _open(self, head: SectionHeads) -> None:
        self.section, self.group = head.name, head.group

    def _lead(self, plain: str) -> None:
        """Take the begin of a paragraph: behind a number it may open a section of the same group."""
        numbered = numbering(plain)
        if numbered and self.section is not None:
            head = grammar().inside(self.group, plain[numbered[1] :], "lead")
            if head:
                self._open(head)

    def _remember(self, level: int | None, printed: str) -> None:
        rank = FIRST if level is None else level
        self.path = {above: text for above, text in self.path.items() if above < rank}
        self.path[rank] = printed
