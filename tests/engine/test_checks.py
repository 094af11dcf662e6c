"""A start that would not be safe is refused."""

from engine.checks import check_connectors, check_time_limits


def test_the_limits_as_they_ship_are_in_order() -> None:
    assert check_time_limits() == check_connectors() == []


def test_a_connector_that_may_outlast_its_task_is_refused(settings) -> None:
    settings.CONNECTOR_TIMEOUT_S = 60
    (error,) = check_time_limits()
    assert "CELERY_TASK_SOFT_TIME_LIMIT" in error.msg


def test_a_task_that_may_outlast_its_lease_is_refused(settings) -> None:
    settings.CELERY_TASK_TIME_LIMIT = 120
    assert [error.id for error in check_time_limits()] == ["engine.E001"]
