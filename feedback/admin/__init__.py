"""Operations' part of what guests say."""

from feedback.admin import complaints, weeks

__all__ = ["complaints", "weeks"]
