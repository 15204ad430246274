"""Parse texts of a page."""


def words_of(answer):
    """The messages at the top of the page."""
    return [str(message) for message in answer.context["messages"]]
