"""What a page says, as tests read it."""


def words_of(answer):
    """The messages on top of the page."""
    return [str(message) for message in answer.context["messages"]]
